"""What is the same for everybody may lie in caches at the edge, and what answers about one person may not; and no answer of
a verification makes canonical JSON-LD, which costs more than all the rest of it."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from pyld import jsonld

from certificates.credential import proof, strict
from certificates.models import TreeHead
from tests.factories.certificates import settle, share_arguments


@pytest.fixture
def addresses(certificate) -> dict[str, int]:
    """Address → seconds it may be kept."""
    size = TreeHead.latest().size
    log = {f"{reverse('log_head')}?size={size}": 60, reverse("log_leaves") + "?start=0&end=1": 86400}
    return log | {
        reverse("did_document"): 300, reverse("did_versions"): 300, reverse("did_version", args=[1]): 86400,
        reverse("status_list", args=[1]): 60, reverse("log_head"): 60, reverse("log_inclusion") + "?leaf=0": 3600,
        reverse("log_consistency") + f"?first=1&second={size}": 3600,
    }  # fmt: skip


def test_what_is_the_same_for_everybody(addresses, client):
    for address, seconds in addresses.items():
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert f"max-age={seconds}" in answer["Cache-Control"] and "public" in answer["Cache-Control"], address
        assert "Set-Cookie" not in answer and not answer.cookies and "Cookie" not in answer.get("Vary", ""), address
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"]), address


def test_a_change_is_another_tag(certificate, client, officer):
    """Nobody is told that nothing has changed when a bit was set."""
    from certificates.issuing import sign_status_list
    from certificates.models import StatusList

    address = reverse("status_list", args=[1])
    before = client.get(address)["ETag"]
    settle(certificate, "revoked", reason="misconduct", by=officer, at=timezone.now())
    sign_status_list(StatusList.objects.get(), at=timezone.now())
    assert client.get(address, headers={"If-None-Match": before}).status_code == 200


def test_the_achievement(certificate, client, settings):
    """The id of the achievement is an address: the level's page, kept for everybody and told apart by its tag."""
    found = json.loads(certificate.credentials.get().credential)["credentialSubject"]["achievement"]["id"]
    address = "/" + found.split("#")[0].split("/", 3)[3]
    settings.PAGE_CACHE_SECONDS = 60
    answer = client.get(address)
    assert answer.status_code == 200 and "public" in answer["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.fixture
def no_canonical_form(monkeypatch):
    """Expanding, compacting and canonicalising raise."""

    def never(*args, **kwargs):
        raise AssertionError("an answer about a certificate made canonical JSON-LD")

    for name in ("expand", "compact", "to_rdf", "normalize"):
        monkeypatch.setattr(jsonld, name, never)
    for module in (strict, proof):
        monkeypatch.setattr(module, "canonical", never)


@pytest.fixture
def questions(certificate, at) -> dict[str, tuple]:
    """The public ways to ask about a certificate: what the address needs, and what is posted."""
    code = share_arguments(certificate, at=timezone.now())["share_link"]["code"]
    by_name = {"number": certificate.number, "name": certificate.holder_name}
    return {
        "verify": ((), by_name), "verify_link": ((certificate.token,), None), "verify_link_json": ((certificate.token,), None),
        "share_link": ((code,), None), "share_link_json": ((code,), None), "did_document": ((), None),
        "status_list": ((1,), None), "log_head": ((), None),
    }  # fmt: skip


def test_no_answer_makes_a_canonical_form(questions, client, no_canonical_form, django_assert_max_num_queries, journal):
    """And none asks the database more than twice."""
    for name, (args, posted) in questions.items():
        with django_assert_max_num_queries(2):
            address = reverse(name, args=args)
            answer = client.post(address, posted) if posted else client.get(address)
        assert answer.status_code == 200, name


def test_answers_about_a_person_are_kept_nowhere(questions, client):
    for name, (args, posted) in questions.items():
        if name.startswith(("verify", "share")):
            answer = client.post(reverse(name, args=args), posted) if posted else client.get(reverse(name, args=args))
            assert "no-store" in answer["Cache-Control"], name
