"""The QR code's own signature: what it carries, what it refuses, and the page behind it when the database is away."""

import json
import re
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import DatabaseError, OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from certificates import published
from certificates.credential.compact import SALT, Compact, NotCompact, commit, from_base32, pack, unpack
from certificates.credential.keys import did_document
from certificates.document.render import qr_svg
from certificates.issuing import sign_status_list
from certificates.keystore import active_key, signer_of
from certificates.models import LogLeaf, Lookup, SigningKey, StatusList
from certificates.numbers import write_number
from certificates.qr import qr_parts, read_qr, seal_name, unseal_name
from tests.certificates.credential.conftest import DID, make_signer
from tests.factories.certificates import settle

NUMBER = write_number("J", "4K7QX93HPB")
GIVEN = Compact(
    number=NUMBER, issued_on=date(2026, 11, 1), valid_until=date(2029, 11, 1), status_list=1,
    status_index=131_071, name_hash=commit("王䶮", b"s" * SALT), sealed_name=b"12345678", sample=True,
)  # fmt: skip


@contextmanager
def database_away():
    """Every query raises, as when the server is gone."""

    def raising(execute, sql, params, many, context):
        raise OperationalError("could not connect")

    with connection.execute_wrapper(raising):
        yield


@pytest.fixture
def payload(signer):
    return pack(GIVEN, signer, DID, signer.public_multibase)


@pytest.fixture(scope="module")
def signer():
    return make_signer()


@pytest.fixture
def did(signer):
    return did_document(DID, [("key-1", signer.public_multibase, True)])


@pytest.fixture
def parts(certificate):
    issued, key = certificate.credentials.get(), active_key(at=timezone.now())
    return qr_parts(certificate, json.loads(issued.credential), signer_of(key), key)


@pytest.fixture
def address(parts):
    return reverse("verify_qr", args=[parts[1]])


def test_it_carries_what_was_given(payload, did):
    assert unpack(payload, did) == GIVEN
    assert unpack(payload.lower(), did) == GIVEN
    assert len(payload) == 167
    assert "王䶮" not in payload and len(from_base32(payload)) == 104


def test_every_single_character_counts(payload, did):
    for place in range(len(payload)):
        changed = payload[:place] + ("A" if payload[place] != "A" else "B") + payload[place + 1 :]
        with pytest.raises(NotCompact):
            unpack(changed, did)


@pytest.mark.parametrize("broken", ["", "A", "A" * 167, "é" * 167, "1" * 167, "=" * 8, "A" * 5000])
def test_what_is_no_payload(did, broken):
    with pytest.raises(NotCompact):
        unpack(broken, did)


def test_another_key_another_issuer_a_withdrawn_key(payload, did, signer):
    attacker = make_signer(seed=bytes(reversed(range(32))))
    theirs = pack(GIVEN, attacker, DID, attacker.public_multibase)
    under_our_tag = pack(GIVEN, attacker, DID, signer.public_multibase)
    for forged, code in ((theirs, "unknown_key"), (under_our_tag, "forged")):
        with pytest.raises(NotCompact, match=code):
            unpack(forged, did)
    with pytest.raises(NotCompact, match="forged"):
        unpack(payload, json.loads(json.dumps(did).replace(DID, "did:web:else.example")))
    with pytest.raises(NotCompact, match="unknown_key"):
        unpack(payload, did | {"verificationMethod": [], "assertionMethod": []})


def test_the_commitment_needs_the_salt():
    assert commit("王 䶮", b"s" * SALT) == commit("王䶮", b"s" * SALT) != commit("王䶮", b"t" * SALT)
    assert len(commit("王䶮", b"s" * SALT)) == 10


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"), ("欧阳娜娜", "欧***"), ("𰻝某", "𰻝*"), ("阿卜杜热合曼·买买提", "阿*********"),
        ("John von Neumann", "J. v. N."),
    ],
)  # fmt: skip
def test_the_masked_name_is_read_by_this_installation_only(settings, name, masked):
    sealed = seal_name(name, NUMBER)
    assert len(sealed) == 8 and unseal_name(sealed, NUMBER) == masked
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert unseal_name(sealed, NUMBER) == masked
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal_name(sealed, NUMBER) != masked


def test_the_printed_modules_are_large_enough(parts):
    """The code is 31 mm wide on the certificate with its quiet zone of four modules."""
    modules = int(re.search(r'width="(\d+)"', qr_svg(parts)).group(1))
    assert 31 / modules >= 0.4


def test_with_the_register(certificate, client_for, address, django_assert_num_queries):
    read_qr("", at=timezone.now())  # the keys are in the cache
    client = client_for(None)
    with django_assert_num_queries(2):
        page = client.get(address)
    text = page.content.decode()
    assert "verdict--ok" in text and certificate.number in text and certificate.masked_name in text
    assert certificate.holder_name not in text
    assert Lookup.objects.filter(certificate=certificate, way="link").count() == 1


def test_the_old_address_goes_on_working(certificate, client_for):
    assert "verdict--ok" in client_for(None).get(f"/v/{certificate.token}/").content.decode()


@pytest.mark.parametrize("who", ["visitor", "holder"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_without_the_database(certificate, client_for, address, who, language):
    client = client_for(certificate.holder if who == "holder" else None, language)
    cookies = dict(client.cookies)
    cache.clear()
    with database_away():
        page = client.get(address)
    text = page.content.decode()
    assert page.status_code == 200
    assert "verdict--unknown" in text and "verdict--ok" not in text
    for shown in (certificate.number, certificate.masked_name, certificate.issued_on.isoformat()):
        assert shown in text
    assert certificate.holder_name not in text
    assert ("can't be asked just now" in text) == (language == "en")
    assert not page.cookies.get("sessionid")  # nobody is signed out by it
    assert set(cookies) <= set(client.cookies)
    assert "verdict--ok" in client.get(address).content.decode()  # and when it is back


def test_the_signed_list_speaks_while_the_database_is_away(certificate, client_for, address, officer):
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    sign_status_list(StatusList.objects.get(), at=timezone.now())
    with database_away():
        text = client_for(None).get(address).content.decode()
    assert "verdict--revoked" in text


def test_a_stale_or_missing_list_says_nothing(certificate, client_for, address):
    sign_status_list(StatusList.objects.get(), at=timezone.now() - timedelta(hours=50))
    with database_away():
        stale = client_for(None, "en").get(address).content.decode()
    published.publish_status_list(StatusList.objects.get().number, "")
    with database_away():
        missing = client_for(None, "en").get(address).content.decode()
    for text in (stale, missing):
        assert "there is no signed status list here that is still good" in text


def test_an_expired_one_is_called_expired_without_the_database(certificate, parts):
    found = read_qr(parts[1], at=timezone.now() + timedelta(days=366 * 10))
    assert found.expired


def test_a_forged_code_is_told_apart_without_a_query(client_for, address, certificate, django_assert_num_queries):
    read_qr("", at=timezone.now())
    client = client_for(None)
    last = address[:-20] + ("A" if address[-20] != "A" else "B") + address[-19:]
    with django_assert_num_queries(0):
        page = client.get(last)
    assert "verdict--revoked" in page.content.decode()
    with database_away():
        assert "verdict--revoked" in client.get(last).content.decode()
    assert not Lookup.objects.exists()


def test_a_withdrawn_key(client_for, address, certificate):
    """What the log has not from before that date could be anybody's."""
    SigningKey.objects.update(status="compromised", withdrawn_as_of=LogLeaf.objects.first().logged_at)
    published.publish_keys()
    page = client_for(None, "en").get(address).content.decode()
    assert "a key that we don't publish" in page and certificate.number not in page


def test_a_paper_from_before_the_key_was_withdrawn_is_answered(client_for, address, certificate):
    SigningKey.objects.update(status="compromised", withdrawn_as_of=timezone.now())
    published.publish_keys()
    page = client_for(None, "en").get(address).content.decode()
    assert "verdict--ok" in page and certificate.number in page and "was withdrawn as of" in page
    assert certificate.holder_name not in page
    with database_away():
        assert certificate.number not in client_for(None, "en").get(address).content.decode()


def test_the_keys_and_the_list_are_served_while_the_database_is_away(certificate, client_for):
    client = client_for(None)
    own = client.get("/.well-known/did.json").json(), client.get("/status/1/").json()
    with database_away():
        assert (client.get("/.well-known/did.json").json(), client.get("/status/1/").json()) == own


def test_the_head_of_the_log_while_the_database_is_away(certificate, client_for):
    client, address = client_for(None), reverse("log_head")
    storages["private"].delete(f"published/{published.HEAD_FILE}")  # another test's
    with database_away():
        assert client.get(address).status_code == 503
    published.publish_all()
    told = client.get(address).json()
    with database_away():
        away = client.get(address)
        assert client.get(address, {"size": 1}).status_code == 503
    assert away.json() == {name: told[name] for name in away.json()} and away.json()["signature"] == told["signature"]
    assert away.json()["size"] == LogLeaf.objects.count()


def test_a_database_that_lets_wait_is_left_alone_for_a_while(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self):
            return Clock.now

    def slow():
        asked.append(Clock.now)
        Clock.now += 10
        raise OperationalError("the pool found no server")

    asked = []
    monkeypatch.setattr(published, "time", Clock())
    monkeypatch.setattr(published._Rest, "until", 0.0)
    for wait in (0, 5, 20):
        Clock.now += wait
        with pytest.raises(DatabaseError):
            published.ask(slow)
    assert asked == [1000.0, 1035.0]
    Clock.now += 20
    assert published.ask(lambda: "back") == "back"
