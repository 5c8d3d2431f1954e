"""The script that an outside witness runs, as it is downloaded, against the site over HTTP; and the site's side of it."""

import json
import sys
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import published, receivers
from certificates.desk import desk_items
from certificates.keystore import rotate
from certificates.log import tree
from certificates.log.audit import problems
from certificates.models import Cosignature, PdfSigner, PdfSignerList, TreeHead, Witness
from certificates.pdf_keys import announce_signer
from lms.lib.errors import WrongState
from tests.certificates.log.bridge import Bridge
from tests.certificates.log.test_log import forget_log, tamper
from tests.certificates.log.test_signer_lists import add_in_silence
from tests.factories.certificates import settle

CODE = "example-university"


class Watcher:
    """A witness with its own folder, key and memory."""

    def __init__(self, bridge, folder, script):
        self.bridge, self.folder = bridge, folder
        folder.mkdir()
        (folder / "witness.py").write_bytes(script)
        self.key = self.run("new-key").stdout.strip()

    def run(self, *arguments):
        # -I: none of our code can be imported
        return self.bridge.run([sys.executable, "-I", "witness.py", *arguments], cwd=self.folder)

    def watch(self, *arguments):
        return self.run("watch", self.bridge.url, *arguments)

    def line(self):
        return json.loads((self.folder / "witness-state" / "cosignature.json").read_text())


@pytest.fixture
def bridge(client):
    made = Bridge(client)
    yield made
    made.close()


@pytest.fixture
def new_watcher(bridge, client, tmp_path):
    script = client.get(reverse("log_witness_script")).content
    return lambda name="watcher": Watcher(bridge, tmp_path / name, script)


@pytest.fixture
def watcher(new_watcher):
    return new_watcher()


@pytest.fixture
def witness(watcher, officer):
    return Witness.register(
        code=CODE, name="示例大学科技处", address="", public_multibase=watcher.key, by=officer, at=timezone.now()
    )


@pytest.fixture
def grow(certificate, officer):
    """Return a function that makes so many changes of status and signs a head."""

    def grow(count=1):
        for _time in range(count):
            kind, reason = ("reinstated", "cleared") if certificate.state == "suspended" else ("suspended", "investigation")
            settle(certificate, kind, reason=reason, by=officer, at=timezone.now())
            certificate.refresh_from_db()
        return tree.sign_head(at=timezone.now())

    return grow


def remember_as_older(watcher, hours=3):
    path = watcher.folder / "witness-state" / "head.json"
    head = json.loads(path.read_text())
    head["time"] = (timezone.now() - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path.write_text(json.dumps(head))


def test_day_by_day(watcher, witness, grow, django_assert_max_num_queries):
    grow(3)
    first = watcher.watch("--name", CODE, "--send")
    assert first.returncode == 0, first.stderr
    assert '{"accepted": true}' in first.stdout
    row = Cosignature.objects.get()
    assert (row.witness, row.head, row.is_good, row.brought_by) == (witness, TreeHead.latest(), True, None)
    again = watcher.watch("--name", CODE, "--send")
    assert again.returncode == 0 and "0 of them new" in again.stdout
    for count in (1, 4, 5):
        grow(count)
        answer = watcher.watch("--name", CODE, "--send")
        assert answer.returncode == 0, answer.stderr
        assert f"{count} of them new" in answer.stdout
    assert Cosignature.objects.count() == 4
    assert list(problems()) == []


def test_the_keys_change_in_the_open(watcher, grow, run_jobs):
    grow()
    assert watcher.watch().returncode == 0
    rotate(at=timezone.now())
    grow()
    answer = watcher.watch()
    assert answer.returncode == 0, answer.stderr


def test_keys_that_the_log_does_not_name(watcher, grow):
    """The next key signs, and the entry of the log that would name it is not made."""
    grow()
    assert watcher.watch().returncode == 0
    with patch("certificates.keystore.keep_did_version"):
        rotate(at=timezone.now())
    tree.sign_head(at=timezone.now())
    answer = watcher.watch()
    assert answer.returncode == 2
    assert "no entry of the log says so" in answer.stderr


def test_silent_deletion(watcher, grow, certificate):
    """An issuer that takes an entry out, computes everything anew and signs: its own audit is content, the witness is not."""
    grow(4)
    assert watcher.watch().returncode == 0
    forget_log()
    tamper("DELETE FROM certificates_copyrefusal")
    tamper("DELETE FROM certificates_statuschange WHERE kind = 'reinstated'")
    tree.append_missing(at=timezone.now())
    tree.sign_head(at=timezone.now())
    answer = watcher.watch("--name", CODE)
    assert answer.returncode == 2 and "ALARM" in answer.stderr
    evidence = [json.loads(path.read_text()) for path in sorted((watcher.folder / "witness-state" / "evidence").iterdir())]
    assert len({head["root"] for head in evidence}) == 2  # both signed by the issuer: what proves it to others
    assert not (watcher.folder / "witness-state" / "cosignature.json").exists()


def test_two_logs_of_one_size(watcher, new_watcher, grow, certificate):
    """Different people are shown different logs: each is whole in itself, and together they convict."""
    grow(2)
    assert watcher.watch().returncode == 0
    forget_log()
    later = timezone.now() + timedelta(seconds=2)  # entries tell whole seconds
    tree.append_missing(at=later)  # the same entries, entered at another time
    tree.sign_head(at=later)
    other = new_watcher("other")
    assert other.watch().returncode == 0
    answer = watcher.watch()
    assert answer.returncode == 2 and "forked" in answer.stderr


def test_back_dating(watcher, grow, certificate, officer):
    """An entry that pretends to have been there long before: consistent as a tree, and still a lie."""
    grow(2)
    assert watcher.watch().returncode == 0
    past = timezone.now() - timedelta(days=40)
    with patch.object(receivers, "now", lambda: past):
        settle(certificate, "revoked", reason="error", by=officer, at=past)
    tree.sign_head(at=timezone.now())
    answer = watcher.watch()
    assert answer.returncode == 2 and "back-dated" in answer.stderr


def test_a_log_that_was_rolled_back(watcher, grow):
    """A cache may serve an earlier head for a while; a log that stays shorter has lost entries."""
    grow(1)
    tamper("UPDATE certificates_treehead SET signed_at = %s", timezone.now() - timedelta(minutes=30))
    head = tree.sign_head(at=timezone.now() - timedelta(minutes=20))
    grow(2)
    assert watcher.watch().returncode == 0
    tamper("DELETE FROM certificates_treehead WHERE size > %s", head.size)
    answer = watcher.watch()
    assert answer.returncode == 1 and "some cache" in answer.stderr
    remember_as_older(watcher, hours=2)
    assert watcher.watch().returncode == 2


def seen_earlier(watcher, name: str) -> None:
    """As if this run had remembered it two hours ago."""
    path = watcher.folder / "witness-state" / name
    before = (timezone.now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path.write_text("".join(f"{line.split()[0]} {before}\n" for line in path.read_text().splitlines()))


def test_a_witness_is_content_with_what_the_log_names(watcher, grow, settings, tmp_path):
    grow()
    assert watcher.watch().returncode == 0
    usual, settings.KEYS_DIR = settings.KEYS_DIR, tmp_path / "keys"
    announce_signer(at=timezone.now())
    settings.KEYS_DIR = usual
    early = watcher.watch()  # the head that covers it is not signed yet
    assert early.returncode == 0 and "the next run looks again" in early.stdout
    grow()
    answer = watcher.watch()
    assert answer.returncode == 0 and "looks again" not in answer.stdout, answer.stderr


@pytest.mark.parametrize("then", ["the same", "another", "the good one"])
def test_a_witness_sees_a_signer_that_no_entry_names(watcher, grow, monkeypatch, then):
    """Also when who added it serves another text the next time, or the good list again."""
    grow()
    good = PdfSignerList.objects.get().text
    assert watcher.watch().returncode == 0
    add_in_silence(signs_from=timezone.now())
    bad = published.pdf_signers()
    assert "the next run looks again" in watcher.watch().stdout
    seen_earlier(watcher, "signers-waiting.txt")
    tree.sign_head(at=timezone.now())
    served = {"the same": bad, "another": bad + " ", "the good one": good}[then]
    monkeypatch.setattr(published, "pdf_signers", lambda: served)
    answer = watcher.watch()
    assert answer.returncode == 2 and "no entry of the log says so" in answer.stderr
    (kept,) = (watcher.folder / "witness-state" / "evidence").glob("*pdf-signers.json")
    assert kept.read_text() == bad and "sha256:00" in bad


def test_a_witness_sees_an_earlier_list(watcher, grow, officer, monkeypatch):
    """A withdrawal that is hidden from some."""
    grow()
    earlier = PdfSignerList.objects.get().text
    PdfSigner.objects.get().withdraw(as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    tree.sign_head(at=timezone.now())
    monkeypatch.setattr(published, "pdf_signers", lambda: earlier)
    assert "the next run looks again" in watcher.watch().stdout  # a cache may still have it
    seen_earlier(watcher, "signers-entered.txt")
    answer = watcher.watch()
    assert answer.returncode == 2 and "an earlier list of the signers of PDFs is served" in answer.stderr


def test_no_answer_is_no_alarm(watcher):
    answer = watcher.run("watch", "http://127.0.0.1:9")
    assert answer.returncode == 1 and "ALARM" not in answer.stderr


# --- The site's side -------------------------------------------------------------------------------------------------------


@pytest.fixture
def line(watcher, witness, grow):
    grow()
    assert watcher.watch("--name", CODE).returncode == 0
    return watcher.line()


def send(client, line):
    body = line if isinstance(line, bytes) else json.dumps(line)
    return client.post(reverse("log_cosign"), body, content_type="application/json")


def test_handed_in_once(client, line):
    assert send(client, line).status_code == 201
    assert send(client, line).status_code == 200
    assert Cosignature.objects.count() == 1
    assert client.get(reverse("log_cosign")).status_code == 405


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        (lambda line: line.update(witness="somebody"), 422, "unknown_witness"),
        (lambda line: line.update(signature="00" * 64), 422, "wrong_signature"),
        (lambda line: line.update(time="2020-01-01T00:00:00Z"), 422, "wrong_time"),
        (lambda line: line.update(time="2099-01-01T00:00:00Z"), 422, "wrong_time"),
        (lambda line: line["head"].update(root="00" * 32), 422, "unknown_head"),
        (lambda line: line["head"].update(size=line["head"]["size"] + 1), 422, "unknown_head"),
        (lambda line: line["head"].update(signature="11" * 64), 422, "unknown_head"),
        (lambda line: line["head"].update(time="2020-01-01T00:00:00Z"), 422, "unknown_head"),
        (lambda line: line.update(time="yesterday"), 400, "bad_request"),
        (lambda line: line.update(witness=None), 400, "bad_request"),
        (lambda line: line["head"].update(size=True), 400, "bad_request"),
        (lambda line: line.pop("head"), 400, "bad_request"),
    ],
)
def test_what_does_not_fit_is_refused(client, line, change, status, says):
    change(line)
    answer = send(client, line)
    assert (answer.status_code, answer.json()["error"]) == (status, says)
    assert not Cosignature.objects.exists()


def test_rubbish_and_masses(client, db):
    for body in (b"", b"[]", b"\xff", b'{"head":{},"head":{}}', b"{" * 500):
        assert send(client, body).status_code == 400
    assert send(client, b" " * 20_000).status_code == 413
    codes = {send(client, b"").status_code for _time in range(40)}
    assert 429 in codes


def test_the_signature_of_another_witness(client, line, officer, new_watcher):
    other = new_watcher("other")
    Witness.register(code="other", name="另一家", address="", public_multibase=other.key, by=officer, at=timezone.now())
    line["witness"] = "other"
    assert send(client, line).json()["error"] == "wrong_signature"


def test_an_ended_witness(client, line, witness, officer):
    assert send(client, line).status_code == 201
    witness.end(reason="协议到期", by=officer, at=timezone.now())
    ended_at = witness.ended_at
    witness.end(reason="再次", by=officer, at=timezone.now())
    assert (witness.ended_at, witness.ended_reason) == (ended_at, "协议到期")
    tree.sign_head(at=timezone.now())
    assert send(client, line).json()["error"] == "unknown_witness"
    with pytest.raises(WrongState):
        Witness.register(code=CODE, name="冒名", address="", public_multibase="z1", by=officer, at=timezone.now())


def test_inside_head_proof_and_page(client, line, trainee, certificate, django_assert_max_num_queries):
    send(client, line)
    head = client.get(reverse("log_head")).json()
    assert [row["witness"] for row in head["cosignatures"]] == [CODE]
    tree.sign_head(at=timezone.now())  # a later head that no witness has seen
    client.force_login(trainee)
    proof = client.get(reverse("certificate_log_proof", args=[certificate.uuid])).json()
    assert proof["cosignatures"][0]["signature"] == line["signature"]
    assert proof["head"]["signature"] == line["head"]["signature"]
    client.logout()
    client.get(reverse("log"))
    with django_assert_max_num_queries(10):
        text = client.get(reverse("log")).content.decode()
    assert "示例大学科技处" in text


def test_the_audit_checks_them(client, line):
    send(client, line)
    assert list(problems()) == []
    tamper("UPDATE certificates_cosignature SET signature = '00'")
    assert any("the signature does not fit" in problem for problem in problems())


# --- The officers' page ----------------------------------------------------------------------------------------------------


def test_registering(client_for, officer, trainee, watcher, db):
    data = {"code": CODE, "name": "示例大学科技处", "address": "https://example.edu/", "key": watcher.key}
    client = client_for(officer)
    assert client.post(reverse("witness_list"), data).status_code == 302
    made = Witness.objects.get()
    assert (made.code, made.public_multibase, made.registered_by) == (CODE, watcher.key, officer)
    assert client.post(reverse("witness_list"), data).status_code == 422  # code and key are taken
    for change in ({"code": "Großes"}, {"key": "z6Mkx"}, {"key": "nothing"}, {"name": ""}, {"address": "javascript:x"}):
        answer = client.post(reverse("witness_list"), data | {"code": "b", "key": "ab" * 32} | change)
        assert answer.status_code == 422, change
    assert Witness.objects.count() == 1
    assert client_for(trainee).post(reverse("witness_list"), data).status_code == 403


def test_entering_and_ending_by_an_officer(client_for, officer, trainee, line, witness):
    client, text = client_for(officer), json.dumps(line)
    assert client.post(reverse("witness_bring"), {"line": "{}"}).status_code == 422
    wrong = json.dumps(line | {"signature": "00" * 64})
    answer = client.post(reverse("witness_bring"), {"line": wrong})
    assert answer.status_code == 422 and not Cosignature.objects.exists()
    assert client.post(reverse("witness_bring"), {"line": text}).status_code == 302
    assert Cosignature.objects.get().brought_by == officer
    outsider = client_for(trainee)
    assert outsider.post(reverse("witness_bring"), {"line": text}).status_code == 403
    assert outsider.post(reverse("witness_end", args=[witness.uuid]), {"reason": "x"}).status_code == 403
    end = reverse("witness_end", args=[witness.uuid])
    for typed in ("", "长" * 301):  # said beside the field, with what was typed
        answer = client.post(end, {"reason": typed})
        assert answer.status_code == 422 and f'id="end-{witness.pk}-reason_error"' in answer.content.decode()
        assert typed in answer.content.decode()
    witness.refresh_from_db()
    assert witness.ended_at is None
    client.post(end, {"reason": "协议到期"})
    witness.refresh_from_db()
    assert witness.ended_by == officer
    again = client_for(officer, "en").post(end, {"reason": "另一理由"}, follow=True).content.decode()
    assert "had ended before" in again and "协议到期" in again


def test_the_desk_says_who_is_silent(officer, witness):
    def waiting():
        return next(item.count for item in desk_items(officer) if item.url == reverse("witness_list"))

    assert waiting() == 0
    tamper("UPDATE certificates_witness SET registered_at = %s", timezone.now() - timedelta(days=4))
    assert waiting() == 1


def test_the_officers_page_costs_the_same(client_for, officer, line, watcher, django_assert_max_num_queries):
    client = client_for(officer)
    send(client, line)
    for n in range(5):
        Witness.register(code=f"w{n}", name=f"见证方{n}", address="", public_multibase=f"z{n}", by=officer, at=timezone.now())
    client.get(reverse("witness_list"))
    with django_assert_max_num_queries(12):
        assert client.get(reverse("witness_list")).status_code == 200
