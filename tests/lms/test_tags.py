"""The shared template filters, and the components drawn from a form."""

import sys
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.urls import reverse, set_script_prefix
from django.utils.translation import override

from lms.templatetags.lms import address, colon, have_of_need, hours, local, percent, plain, share


@pytest.mark.parametrize(
    "value, words",
    [("40.00", "40 hours"), (Decimal("1.50"), "1.5 hours"), (1, "1 hour"), (0, "0 hours"), (None, "–"), ("x", "–")],
)
def test_hours_in_english(value, words):
    with override("en"):
        assert hours(value) == words


@pytest.mark.parametrize(
    "value, text", [("40.00", "40"), (100, "100"), ("0.10", "0.1"), (Decimal("1E+2"), "100"), ("", "")]
)
def test_plain(value, text):
    assert plain(value) == text


def test_shares_are_rounded_down():
    assert percent("0.999") == "99%"
    assert share(3, 4) == "75%"
    assert share(3, 0) == "–"


def test_local_takes_objects_and_mappings():
    thing = {"title": "题", "title_en": "Title"}
    with override("en"):
        assert local(thing, "title") == "Title"
        assert local({"title": "题", "title_en": ""}, "title") == "题"
    with override("zh-hans"):
        assert local(thing, "title") == "题"


def test_have_of_need():
    with override("en"):
        assert have_of_need({"have": "92", "need": "80", "unit": "hours"}) == "92 / 80 hours"
        assert have_of_need({"have": "", "need": "60", "unit": "points"}) == "– / 60 points"
        assert have_of_need({"have": "80", "need": "", "unit": "points"}) == "80 points"


class Sample(forms.Form):
    name = forms.CharField(help_text="Help")
    agree = forms.BooleanField()
    colour = forms.ChoiceField(choices=[("r", "Red"), ("b", "Blue")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)


def test_the_form_component_labels_helps_and_links_errors():
    template = Template('{% include "components/form.html" with form=form only %}')
    html = template.render(Context({"form": Sample({})}))
    assert '<label for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html and 'id="id_name_error"' in html
    assert 'href="#id_name"' in html and 'href="#id_colour_group"' in html and 'id="id_colour_group"' in html
    assert html.count('type="hidden"') == 1


def test_the_tree_component_says_in_words_what_the_marks_show():
    nodes = [{"title": "甲", "ok": True, "children": [{"title": "乙", "ok": False}, {"title": "丙", "ok": None}]}]
    with override("en"):
        template = Template('{% include "components/tree.html" with nodes=nodes only %}')
        html = template.render(Context({"nodes": nodes}))
    assert html.count('class="tree"') == 1
    assert "– met" in html and "– not yet met" in html and "– not known yet" in html


def test_each_language_has_its_colon():
    with override("zh-hans"):
        assert colon() == "："
    with override("en"):
        assert colon() == ": "


def test_an_address_is_the_one_url_gives(settings, monkeypatch):
    assert address("verify") == reverse("verify")
    assert address("no_such_page") == ""
    monkeypatch.setitem(sys.modules, "no_addresses", SimpleNamespace(urlpatterns=[]))
    settings.ROOT_URLCONF = "no_addresses"  # another table of addresses has its own
    assert address("verify") == ""


def test_addresses_below_a_prefix():
    set_script_prefix("/below/")
    try:
        assert address("verify") == reverse("verify") and address("verify").startswith("/below/")
    finally:
        set_script_prefix("/")
    assert not address("verify").startswith("/below/")
