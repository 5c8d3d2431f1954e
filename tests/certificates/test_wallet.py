"""Taking a certificate into a wallet: by OpenID4VCI with a wallet written from its text, by a link that is good once, by file."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates import wallet
from certificates.filecheck import verify_file
from certificates.models import WalletOffer
from certificates.models.wallet import hashed
from lms.lib.errors import WrongState
from lms.lib.jobs.runner import run_due
from tests.certificates.wallet_client import PRE_AUTHORISED, Refused, Wallet
from tests.factories.certificates import settle


def make(certificate, way="offer", *, at=None, request_id=None):
    return WalletOffer.make(
        certificate, way, request_id=request_id or uuid4(), by=certificate.holder, at=at or timezone.now()
    )


@pytest.fixture
def phone(client_for):
    return Wallet(client_for(None))


def test_the_whole_way(certificate, client_for, phone):
    """From the page to the wallet: nothing but the address in the QR code and the digits beside it."""
    asked = {"way": "offer", "request_id": uuid4()}
    page = client_for(certificate.holder).post(reverse("wallet", args=[certificate.uuid]), asked)
    html = page.content.decode()
    address = re.search(r'href="(openid-credential-offer://[^"]+)"', html)[1].replace("&amp;", "&")
    tx = re.search(r'<strong class="code">(\d{6})</strong>', html)[1]
    assert "data:image/svg+xml" in html and "no-store" in page["Cache-Control"]
    offer = phone.read(address)
    token = phone.token(offer, tx)
    credential = phone.credential(offer, token)
    assert credential == json.loads(certificate.credentials.get().credential)
    assert verify_file(json.dumps(credential).encode(), at=timezone.now()).verdict.state == "valid"
    stored = WalletOffer.objects.get()
    assert stored.state_at(timezone.now()) == "taken"
    code = offer["grants"][PRE_AUTHORISED]["pre-authorized_code"]
    kept = str(WalletOffer.objects.values().get())
    assert not any(secret in kept for secret in (code, tx, token["access_token"]))
    actions = [f"certificates.wallet.{verb}" for verb in ("make", "take")]
    assert [ModelLogEntry.objects.filter(action=action).count() for action in actions] == [1, 1]


def test_metadata_says_what_the_text_demands(phone, certificate):
    found, server = phone.metadata(settings.BASE_URL)
    assert found["credential_endpoint"].startswith(settings.BASE_URL)
    for described in found["credential_configurations_supported"].values():
        assert "cryptographic_binding_methods_supported" not in described  # present exactly when a key is bound
        assert "proof_types_supported" not in described
        locales = [line["locale"] for line in described["credential_metadata"]["display"]]
        assert len(set(locales)) == len(locales) == 2
        assert described["credential_signing_alg_values_supported"]
        assert "scope" in described or "openid_credential" in server["authorization_details_types_supported"]
    assert "nonce_endpoint" not in found
    assert server["token_endpoint"].startswith(server["issuer"]) and server["grant_types_supported"] == [PRE_AUTHORISED]


def test_with_authorization_details(certificate, phone):
    _stored, code, tx = make(certificate)
    offer = phone.read(wallet.offer_address(code))
    details = [{"type": "openid_credential", "credential_configuration_id": offer["credential_configuration_ids"][0]}]
    token = phone.token(offer, tx, authorization_details=json.dumps(details))
    assert token["authorization_details"][0]["credential_identifiers"]
    assert phone.credential(offer, token)["id"] == f"urn:uuid:{certificate.uuid}"


@pytest.mark.parametrize("details", ["{}", "[]", "[1]", "x", '[{"type": "openid_credential"}]', '[{"type": "payment"}]'])
def test_details_of_something_else(certificate, phone, details):
    _stored, code, tx = make(certificate)
    with pytest.raises(Refused) as refused:
        phone.token(wallet.offer(code), tx, authorization_details=details)
    assert (refused.value.status, refused.value.error) == (400, "invalid_authorization_details")
    assert phone.token(wallet.offer(code), tx)  # the code was not used up


def error_of(call, *args, **more) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        call(*args, **more)
    return refused.value.status, refused.value.error


def test_whatever_is_wrong_with_a_code_is_one_answer(certificate, phone):
    at = timezone.now()
    _run_out, old, old_tx = make(certificate, at=at - timedelta(minutes=11))
    taken_back, back, back_tx = make(certificate)
    taken_back.revoke(by=certificate.holder, at=at)
    _link, link, _none = make(certificate, "link")
    _stored, used, used_tx = make(certificate)
    phone.token(wallet.offer(used), used_tx)
    cases = [(old, old_tx), (back, back_tx), (link, "000000"), (used, used_tx), ("0" * 26, "000000"), ("没有", "000000")]
    assert {error_of(phone.token, wallet.offer(code), tx) for code, tx in cases} == {(400, "invalid_grant")}


def test_three_tries_of_the_transaction_code(certificate, phone):
    stored, code, tx = make(certificate)
    wrong = "000000" if tx != "000000" else "000001"
    for _n in range(WalletOffer.TRIES):
        assert error_of(phone.token, wallet.offer(code), wrong) == (400, "invalid_grant")
    assert error_of(phone.token, wallet.offer(code), tx) == (400, "invalid_grant")
    stored.refresh_from_db()
    assert stored.state_at(timezone.now()) == "ended"


def test_the_transaction_code_is_not_found_by_trying_its_hash(certificate):
    stored, code, tx = make(certificate)
    assert stored.tx_hash == hashed("tx", code, tx)
    assert stored.tx_hash not in {hashed("tx", f"{n:06d}") for n in range(1000)}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"tx_code": ""}, "invalid_request"),
        ({"pre-authorized_code": ""}, "invalid_request"),
        ({"tx_code": ["1", "2"]}, "invalid_request"),
    ],
)
def test_token_requests_that_are_none(certificate, client_for, change, error):
    _stored, code, tx = make(certificate)
    body = {"grant_type": PRE_AUTHORISED, "pre-authorized_code": code, "tx_code": tx} | change
    from urllib.parse import urlencode

    kind = "application/x-www-form-urlencoded"
    answer = client_for(None).post(reverse("wallet_token"), urlencode(body, doseq=True), content_type=kind)
    assert (answer.status_code, answer.json()) == (400, {"error": error})
    asked = client_for(None).post(reverse("wallet_token"), json.dumps(body), content_type="application/json")
    assert asked.json() == {"error": "invalid_request"}


def ask(client, token, body) -> tuple[int, str]:
    raw = body if isinstance(body, str) else json.dumps(body)
    answer = client.post(reverse("wallet_credential"), raw, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}")
    return answer.status_code, answer.json().get("error", "")


def test_credential_requests_that_are_none(certificate, phone, client_for):
    _stored, code, tx = make(certificate)
    token = phone.token(wallet.offer(code), tx)["access_token"]
    client, ours = client_for(None), {"credential_configuration_id": wallet.CONFIGURATION}
    for body, error in [
        ("{", "invalid_credential_request"), ("[]", "invalid_credential_request"), ({}, "invalid_credential_request"),
        (ours | {"credential_identifier": "x"}, "invalid_credential_request"),
        ({"credential_configuration_id": "other"}, "unknown_credential_configuration"),
        ({"credential_identifier": "other"}, "unknown_credential_identifier"),
        (ours | {"credential_response_encryption": {}}, "invalid_encryption_parameters"),
    ]:  # fmt: skip
        assert ask(client, token, body) == (400, error)
    assert ask(client, token, ours | {"proofs": {"jwt": ["x"]}, "unknown": 1})[0] == 200
    assert ask(client, token, ours) == (401, "invalid_token")  # once


def test_tokens(certificate, phone, client_for):
    stored, code, tx = make(certificate)
    token = phone.token(wallet.offer(code), tx)["access_token"]
    client, ours = client_for(None), {"credential_configuration_id": wallet.CONFIGURATION}
    without = client.post(reverse("wallet_credential"), json.dumps(ours), content_type="application/json")
    assert (without.status_code, without["WWW-Authenticate"]) == (401, "Bearer")
    assert ask(client, code, ours) == (401, "invalid_token")
    assert WalletOffer.of_token(token, at=timezone.now() + timedelta(minutes=6)) is None
    stored.revoke(by=certificate.holder, at=timezone.now())
    assert ask(client, token, ours) == (401, "invalid_token")


def test_a_certificate_that_fell_meanwhile_is_not_handed_over(certificate, phone, officer):
    _stored, code, tx = make(certificate)
    _other, link, _none = make(certificate, "link")
    token = phone.token(wallet.offer(code), tx)
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    assert error_of(phone.credential, wallet.offer(code), token) == (400, "credential_request_denied")
    assert phone.client.get(reverse("wallet_link", args=[link])).status_code == 404
    with pytest.raises(WrongState):
        make(certificate)
    assert ModelLogEntry.objects.filter(action="certificates.wallet.take").count() == 0


def test_the_link_is_good_once_and_open_to_scripts(certificate, client_for):
    _stored, code, _none = make(certificate, "link")
    client, path = client_for(None), reverse("wallet_link", args=[code])
    asked = client.options(path)
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    assert client.head(path).status_code == 405  # what only looks uses nothing up
    answer = client.get(path)
    assert answer.content.decode() == certificate.credentials.get().credential
    assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == ("application/vc", "*")
    assert "no-store" in answer["Cache-Control"]
    again = client.get(path)
    assert (again.status_code, again.json()) == (404, {"error": "not_found"})


def test_links_that_give_nothing_look_alike(certificate, client_for):
    at = timezone.now()
    _old, run_out, _none = make(certificate, "link", at=at - timedelta(minutes=11))
    offer, taken_back, _none = make(certificate, "link")
    offer.revoke(by=certificate.holder, at=at)
    _other, of_offer, _tx = make(certificate)
    client = client_for(None)
    answers = [client.get(reverse("wallet_link", args=[code])) for code in (run_out, taken_back, of_offer, "0" * 26)]
    assert {(a.status_code, a.content) for a in answers} == {(404, b'{"error": "not_found"}')}


def test_frequent_askers_are_stopped(certificate, client_for, settings):
    settings.RATE_LIMIT_FACTOR = 1
    cache.clear()
    client = client_for(None)
    codes = [client.get(reverse("wallet_link", args=["0" * 26])).status_code for _n in range(31)]
    assert codes == [404] * 30 + [429]
    cache.clear()


def test_a_form_sent_twice_makes_one_and_so_many_may_be_open(certificate, client_for):
    request_id = uuid4()
    client, path = client_for(certificate.holder), reverse("wallet", args=[certificate.uuid])
    for _n in range(2):
        page = client.post(path, {"way": "link", "request_id": request_id})
    assert WalletOffer.objects.count() == 1 and "data:image" not in page.content.decode()
    for _n in range(WalletOffer.MAX_OPEN - 1):
        make(certificate, "link")
    with pytest.raises(WrongState):
        make(certificate, "link")


def test_taking_back(certificate, client_for, outsider):
    offer, code, _none = make(certificate, "link")
    path = reverse("wallet_revoke", args=[offer.uuid])
    assert client_for(outsider).post(path).status_code == 404
    for _n in range(2):
        assert client_for(certificate.holder).post(path).status_code == 302
    assert client_for(None).get(reverse("wallet_link", args=[code])).status_code == 404
    assert ModelLogEntry.objects.filter(action="certificates.wallet.revoke").count() == 1


def test_outsiders_are_turned_away(certificate, client_for, outsider, officer, registrar):
    path = reverse("wallet", args=[certificate.uuid])
    for person in (outsider, officer, registrar):
        assert client_for(person).get(path).status_code == 404
    assert client_for(None).get(path).status_code == 302


def test_after_a_new_copy_the_new_one_is_given(certificate, officer, phone):
    at = timezone.now()
    certificate.change_status("suspended", reason="investigation", by=officer, at=at)
    with pytest.raises(WrongState):
        make(certificate)
    settle(certificate, "reinstated", reason="cleared", by=officer, at=at)
    run_due()
    _stored, code, tx = make(certificate)
    offer = wallet.offer(code)
    given = phone.credential(offer, phone.token(offer, tx))
    assert given == json.loads(certificate.credentials.get(number=2).credential)


def test_the_file_has_the_registered_media_type(certificate, client_for):
    answer = client_for(certificate.holder).get(reverse("certificate_json", args=[certificate.uuid]))
    assert answer["Content-Type"] == "application/vc"


def test_queries_of_the_page(certificate, client_for, django_assert_max_num_queries):
    make(certificate)
    client, path = client_for(certificate.holder), reverse("wallet", args=[certificate.uuid])
    client.get(path)
    with django_assert_max_num_queries(12):
        client.get(path)
