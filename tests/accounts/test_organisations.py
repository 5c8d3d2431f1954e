"""Organisations: the authority's list and form."""

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from accounts.models import Organisation, Role

FORM = {
    "kind": "base", "name": "新基地", "name_en": "New base", "slug": "new-base", "region": "示例省",
    "accredited_from": "2026-01-01", "accredited_until": "2027-12-31", "accredited_levels": ["junior", "senior"],
}  # fmt: skip


def test_it_works(client, an_officer):
    client.force_login(an_officer)
    response = client.post(reverse("organisation_create"), FORM)
    made = Organisation.objects.get(slug="new-base")
    assert response.url == made.get_absolute_url()
    assert made.accredited_levels == ["junior", "senior"]
    assert client.get(response.url).status_code == 200
    assert ModelLogEntry.objects.get(action="accounts.organisation.create").data["organisation"] == made.pk


@pytest.mark.parametrize(
    "change, field",
    [
        ({"accredited_until": "2025-01-01"}, "accredited_until"),
        ({"accredited_from": ""}, "accredited_from"),
        ({"kind": "employer"}, "kind"),
        ({"kind": "authority", "accredited_from": "", "accredited_until": "", "accredited_levels": []}, "kind"),
        ({"slug": "authority"}, "slug"),
        ({"accredited_levels": ["master"]}, "accredited_levels"),
        ({"name": ""}, "name"),
    ],
)
def test_bad_input_is_told_next_to_the_field(client, an_officer, change, field):
    client.force_login(an_officer)
    response = client.post(reverse("organisation_create"), {**FORM, **change})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Organisation.objects.count() == 1


def test_kind_and_short_name_stay(client, an_officer, base):
    client.force_login(an_officer)
    client.post(reverse("organisation_edit", args=[base.uuid]), {**FORM, "kind": "employer", "slug": "x"})
    base.refresh_from_db()
    assert (base.kind, base.slug, base.name) == ("base", "base-a", "新基地")


def test_the_list_filters_and_exports(english, an_officer, base, other_base):
    english.force_login(an_officer)
    url = reverse("organisation_list")
    page = english.get(url, {"accredited": "yes"}).content.decode()
    assert "Base A" in page and "Base B" not in page
    assert "Base B" in english.get(url, {"accredited": "no"}).content.decode()
    assert "Base B" not in english.get(url, {"q": "base a"}).content.decode()
    assert english.get(url, {"kind": "nonsense", "page": "x"}).status_code == 200
    export = english.get(url, {"export": "csv"})
    text = b"".join(export.streaming_content).decode()
    assert export["Content-Type"].startswith("text/csv") and "测试基地甲" in text and text.count("\n") == 4


def test_the_list_costs_the_same_however_long(client, an_officer, base, django_assert_max_num_queries):
    client.force_login(an_officer)
    for number in range(20):
        Organisation.objects.create(kind="employer", name=f"单位{number}", slug=f"e{number}")
    with django_assert_max_num_queries(6):
        client.get(reverse("organisation_list"))


def test_outsiders(client, a_registrar, base, an_author, make_person):
    assert client.get(reverse("organisation_list")).status_code == 302
    client.force_login(a_registrar)
    assert client.get(reverse("organisation_list")).status_code == 403
    assert client.get(reverse("organisation_create")).status_code == 403
    assert client.get(base.get_absolute_url()).status_code == 200
    assert client.post(reverse("organisation_edit", args=[base.uuid]), FORM).status_code == 403
    for person in (an_author, make_person(at=base, role=Role.MODERATOR)):
        client.force_login(person)
        assert client.get(base.get_absolute_url()).status_code == 404
