"""Verification by link and by number and name: page and JSON."""

import re
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from certificates.models import Lookup
from certificates.numbers import new_number
from tests.factories.certificates import settle


def ask(client, number, name):
    return client.post(reverse("verify"), {"number": number, "name": name})


def test_by_link(certificate, client_for):
    page = client_for(None).get(reverse("verify_link", args=[certificate.token]))
    text = page.content.decode()
    assert page.status_code == 200
    for shown in (certificate.number, certificate.facts["level"]["title"], certificate.facts["base"]["name"]):
        assert shown in text
    assert certificate.masked_name in text
    assert certificate.holder_name not in text


def test_by_number_and_name(certificate, client_for):
    page = ask(client_for(None), certificate.number.lower().replace("-", ""), f" {certificate.holder_name} ")
    assert certificate.holder_name in page.content.decode()
    assert "verdict--ok" in page.content.decode()


def test_in_english(certificate, client_for):
    page = client_for(None, "en").get(reverse("verify_link", args=[certificate.token]))
    assert "This certificate is valid." in page.content.decode()


def test_how_it_was_marked_and_what_was_passed(certificate):
    case, part = certificate.facts["cases"][0], certificate.facts["parts"][0]
    settled = case | {"marking": {"method": "settled", "scripts": 34, "alpha": "0.87"}}
    few = case | {"marking": {"method": "independent", "scripts": 3, "alpha": None}}
    older = case | {"marking": None}
    failed = part | {"title": "没有通过的环节", "title_en": "", "passed": False}
    told = certificate.facts | {"cases": [settled, few, older], "parts": [part | {"passed": True}, failed]}
    with override("en"):
        page = render_to_string("certificates/_facts.html", {"facts": told})
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "blind marks, settled by a further decision · α = 0.87 (34 scripts)" in text
    assert "mean of independent blind marks" in text and "too few scripts were marked twice" in text
    assert (page.count("settled by"), page.count("mean of independent"), page.count("α =")) == (1, 1, 1)
    assert (part["title_en"] or part["title"]) in text and failed["title"] not in text


def neutral(page) -> str:
    """The answer without what the visitor typed, the time and the form's token."""
    text = page.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    text = re.sub(r'value="[^"]*"', "", text)
    return re.sub(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", "", text)


def test_every_miss_is_the_same_answer(certificate, client_for):
    client = client_for(None)
    wrong_name = ask(client, certificate.number, "某某某")
    unknown = ask(client, new_number("junior"), certificate.holder_name)
    nonsense = ask(client, "12345", certificate.holder_name)
    certificate_hidden = certificate
    type(certificate).objects.filter(pk=certificate.pk).update(prepared_at=None)
    hidden = ask(client, certificate_hidden.number, certificate.holder_name)
    assert {page.status_code for page in (wrong_name, unknown, nonsense, hidden)} == {200}
    assert neutral(wrong_name) == neutral(unknown) == neutral(nonsense) == neutral(hidden)
    assert "verdict--unknown" in wrong_name.content.decode()


@pytest.mark.parametrize("kind", ["hit", "wrong name", "unknown number", "nonsense"])
def test_hit_and_miss_cost_the_same_two_queries(certificate, client_for, django_assert_num_queries, kind):
    number, name = {
        "hit": (certificate.number, certificate.holder_name),
        "wrong name": (certificate.number, "某某某"),
        "unknown number": (new_number("junior"), certificate.holder_name),
        "nonsense": ("x", "y"),
    }[kind]
    client = client_for(None)
    with django_assert_num_queries(2):
        ask(client, number, name)


def test_link_costs_two_queries(certificate, client_for, django_assert_num_queries):
    """One question and one row; the first reader of a page costs one question more (views/kept.py)."""
    client = client_for(None)
    client.get(reverse("verify_link", args=[certificate.token]))
    for address in ("verify_link", "verify_link_json"):
        with django_assert_num_queries(2):
            client.get(reverse(address, args=[certificate.token]))


def test_an_empty_form_says_so_beside_the_field(client_for, db):
    page = ask(client_for(None), "", "张三")
    assert page.status_code == 422
    assert "张三" in page.content.decode()


def test_unknown_link(client_for, db):
    page = client_for(None).get(reverse("verify_link", args=["0000000000000000"]))
    assert "verdict--unknown" in page.content.decode()


def test_each_answer_is_kept_for_the_holder_without_the_verifier(certificate, client_for, employer):
    client_for(None).get(reverse("verify_link", args=[certificate.token]))
    ask(client_for(employer), certificate.number, certificate.holder_name)
    ask(client_for(None), certificate.number, "某某某")
    own = Lookup.objects.filter(certificate=certificate).order_by("pk")
    assert [(row.way, row.organisation and row.organisation.name) for row in own] == [
        ("link", None),
        ("number", "测试用人单位"),
    ]
    assert Lookup.objects.filter(certificate=None).count() == 1


def test_too_many_guesses_are_slowed_down(certificate, client_for):
    client = client_for(None)
    codes = [ask(client, new_number("junior"), "张三").status_code for _ in range(25)]
    assert codes[:20] == [200] * 20
    assert codes[20:] == [429] * 5


def test_json(certificate, client_for):
    answer = client_for(None).get(reverse("verify_link_json", args=[certificate.token]))
    data = answer.json()
    assert data["state"] == "valid" and data["number"] == certificate.number
    assert data["name"] == certificate.masked_name
    assert {"level", "syllabus", "base", "hours", "cases"} <= set(data)
    assert answer["Access-Control-Allow-Origin"] == "*"
    missing = client_for(None).get(reverse("verify_link_json", args=["0" * 16]))
    assert missing.status_code == 404 and set(missing.json()) == {"state", "checked_at"}


def test_json_by_number_keeps_the_name_out_of_the_address(certificate, client_for):
    from urllib.parse import quote

    headers = {"X-Certificate-Number": certificate.number, "X-Holder-Name": quote(certificate.holder_name)}
    answer = client_for(None).get(reverse("verify_json"), headers=headers)
    assert answer.json()["name"] == certificate.holder_name


def test_nothing_private_is_shown(certificate, client_for):
    """No e-mail, no score, no id of the person: neither on the page, nor in the JSON, nor in the credential."""
    client = client_for(None)
    texts = [
        client.get(reverse("verify_link", args=[certificate.token])).content.decode(),
        client.get(reverse("verify_link_json", args=[certificate.token])).content.decode(),
        ask(client, certificate.number, certificate.holder_name).content.decode(),
        certificate.credentials.get().credential,
    ]
    for text in texts:
        assert certificate.holder.email not in text
        assert str(certificate.holder.uuid) not in text
        assert "100.00" not in text


def test_did_document_and_status_list_are_served(certificate, client_for):
    client = client_for(None)
    did = client.get("/.well-known/did.json").json()
    assert did["assertionMethod"] == [did["verificationMethod"][0]["id"]]
    status = client.get(reverse("status_list", args=[certificate.credentials.get().status_list.number])).json()
    assert status["credentialSubject"]["type"] == "BitstringStatusList"
    assert status["id"].endswith(reverse("status_list", args=[certificate.credentials.get().status_list.number]))


def test_a_certificate_in_the_making_answers_nobody(enrolment, rule, registrar, officer, at, client_for):
    from certificates.models import AwardProposal, Certificate
    from tests.factories.certificates import pass_everything

    pass_everything(enrolment, at=at, registrar=registrar)
    AwardProposal.propose(enrolment, by=registrar, at=at).confirm(by=officer, at=at)
    certificate = Certificate.objects.get()
    page = client_for(None).get(reverse("verify_link", args=[certificate.token]))
    assert "verdict--unknown" in page.content.decode()



class _Shown(HTMLParser):
    """The text of <main> that stands there for everybody: outside of what has to be opened, of templates and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        hides = tag in ("details", "template", "script", "dialog", "noscript") or "hidden" in given or tag == "svg"
        if tag not in ("br", "img", "input", "meta", "link", "hr"):
            self.stack.append((tag, hides))

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if any(tag == "main" for tag, _hides in self.stack) and not any(hides for _tag, hides in self.stack):
            self.text += data


@pytest.mark.parametrize("kind", ["valid", "suspended", "unknown"])
def test_the_answer_needs_neither_scripts_nor_new_styles(certificate, client_for, officer, kind):
    """As the browser inside an old chat app shows it: plain text, in the order in which it is read."""
    if kind == "suspended":
        settle(certificate, kind, reason="investigation", by=officer, at=timezone.now())
    token = certificate.token if kind != "unknown" else "a" * len(certificate.token)
    page = client_for(None, "en").get(reverse("verify_link", args=[token])).content.decode()
    shown = _Shown()
    shown.feed(page)
    words = {
        "valid": "This certificate is valid.", "suspended": "suspended", "unknown": "No certificate was found",
    }[kind]  # fmt: skip
    assert words in shown.text
    assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|<style", page)
    if kind != "unknown":
        wanted = [words, certificate.masked_name, certificate.number, certificate.facts["level"]["title_en"]]
        places = [shown.text.index(word) for word in wanted]
        assert places == sorted(places)
