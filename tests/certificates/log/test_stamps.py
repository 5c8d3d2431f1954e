"""A third party's time on the log's heads: asked for, checked, kept, served, audited; and checked with openssl alone."""

import base64
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from certificates.desk import desk_items
from certificates.log import tree
from certificates.log.audit import problems
from certificates.log.stamping import BadStamp, read_stamp, stamp_latest
from certificates.models import HeadStamp, TreeHead
from lms.lib.jobs.models import Job
from tests.certificates.log import tsa
from tests.factories.certificates import settle

ROOT = Path(__file__).resolve().parents[3]
LOCAL, SILENT, OTHER = (
    f"tests.certificates.log.tsa.{name}" for name in ("local_stamper", "SilentStamper", "OtherBytes")
)


@pytest.fixture
def stamped(certificate, settings, tmp_path, run_jobs):
    """A certificate in the log, under a head that the authority of the tests has seen."""
    settings.LOG_TIMESTAMPS, settings.LOG_TIMESTAMP_ROOTS = LOCAL, str(tsa.roots_file(tmp_path))
    tree.sign_head(at=timezone.now())
    assert stamp_latest(at=timezone.now())
    return certificate


def late(client):
    return client.get("/health/").json().get("log_timestamps")


def test_each_signed_head_is_stamped_by_a_job_of_its_own(certificate, officer, settings, run_jobs):
    run_jobs()  # the head of the issue was signed before there was an authority
    settings.LOG_TIMESTAMPS = LOCAL
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    run_jobs()
    head = TreeHead.latest()
    assert head.stamp.authority == "Common Name: Test TSA" and head.stamp.stamped_at >= head.signed_at
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    run_jobs()
    assert HeadStamp.objects.count() == TreeHead.objects.count() - 1 == 2
    assert stamp_latest(at=timezone.now()) is None  # once is enough
    assert Job.objects.filter(kind="certificates.stamp_log_head").exclude(state="done").count() == 0
    assert list(problems()) == []


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("Common Name: Test TSA", "Test TSA"), ("Organization: 某机构", "Organization: 某机构"),
        ("Common Name: A, B and C, Organization: D, Country: CN", "A, B and C"),
    ],
)  # fmt: skip
def test_the_authority_by_its_name(subject, name):
    assert HeadStamp(authority=subject).authority_name == name


def test_over_http_as_a_real_one_answers(certificate, settings, run_jobs, tmp_path):
    run_jobs()
    settings.LOG_TIMESTAMP_ROOTS = str(tsa.roots_file(tmp_path))
    with tsa.over_http() as address:
        settings.TIMESTAMP_URL = address  # the one of the PDFs, when no other is named
        stamp = stamp_latest(at=timezone.now())
    text = tree.signed_text_of(stamp.head).encode()
    assert read_stamp(bytes(stamp.response), text).trusted is True
    settings.LOG_TIMESTAMP_ROOTS = ""
    assert read_stamp(bytes(stamp.response), text).trusted is None


def test_nothing_is_asked_for_without_an_authority(certificate, run_jobs, client):
    run_jobs()
    assert stamp_latest(at=timezone.now()) is None
    assert not Job.objects.filter(key__startswith="stamp-head").exists()
    assert late(client) is None


@pytest.mark.parametrize("kind", [SILENT, OTHER, "http://127.0.0.1:9/"])
def test_a_bad_answer_delays_nothing_and_shows_up(certificate, officer, settings, run_jobs, client, kind):
    run_jobs()
    settings.LOG_TIMESTAMPS = kind
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    run_jobs()
    assert Job.objects.filter(key__startswith="stamp-head", state="done").exists()
    assert TreeHead.latest().size == 4 and not HeadStamp.objects.exists()
    assert Job.objects.filter(state="failed").count() == 0
    assert late(client) == "ok"  # not yet: two hours
    assert HeadStamp.missing_since(timezone.now() + timedelta(hours=3)) == TreeHead.objects.first().signed_at
    with connection.cursor() as cursor:
        cursor.execute("UPDATE certificates_treehead SET signed_at = %s", [timezone.now() - timedelta(hours=3)])
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["log_timestamps"]) == (200, "late")
    assert reverse("log") in [item.url for item in desk_items(officer)]
    settings.LOG_TIMESTAMPS = LOCAL
    assert stamp_latest(at=timezone.now())
    assert late(client) == "ok" and reverse("log") not in [item.url for item in desk_items(officer)]


def test_an_authority_of_another_root_is_refused(certificate, settings, run_jobs, tmp_path):
    from tests.certificates.document.test_signing import Authority

    run_jobs()
    settings.LOG_TIMESTAMPS = LOCAL
    roots = tmp_path / "others.pem"
    from cryptography.hazmat.primitives.serialization import Encoding

    roots.write_bytes(Authority().root.public_bytes(Encoding.PEM))
    settings.LOG_TIMESTAMP_ROOTS = str(roots)
    assert stamp_latest(at=timezone.now()) is None and not HeadStamp.objects.exists()


def test_what_is_served(stamped, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        head = client.get(reverse("log_head")).json()
    named = head["timestamp"]
    assert named["authority"] == "Common Name: Test TSA"
    text, response = (client.get(re.sub(r"^https?://[^/]+", "", named[part])) for part in ("text", "response"))
    lines = text.content.decode().splitlines()
    assert lines[0] == "transparency-log-head/v1" and lines[6] == head["signature"] and len(lines) == 7
    assert response["Content-Type"] == "application/timestamp-reply"
    assert read_stamp(response.content, text.content).trusted is True
    for name in ("log_head_text", "log_head_stamp"):
        assert client.get(reverse(name, args=[999])).status_code == 404


def test_the_page_says_who_saw_it(stamped, client_for):
    client = client_for(None, "en")
    assert "Test TSA saw this head at" in client.get(reverse("log")).content.decode()
    tree.sign_head(at=timezone.now())
    assert "This head has none yet" in client.get(reverse("log")).content.decode()


def test_the_holder_s_proof_takes_a_head_that_has_one(stamped, officer, client, trainee):
    """A later head without a stamp is no better witness."""
    settle(stamped, "suspended", reason="investigation", by=officer, at=timezone.now())
    tree.sign_head(at=timezone.now())
    client.force_login(trainee)
    bundle = client.get(reverse("certificate_log_proof", args=[stamped.uuid])).json()
    assert bundle["head"]["size"] == 3 < TreeHead.latest().size
    stamp = bundle["timestamp"]
    assert read_stamp(base64.b64decode(stamp["response"]), stamp["text"].encode()).stamped_at
    assert bundle["head"]["signature"] in stamp["text"]


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("UPDATE certificates_treehead SET root = '00'", "it is of other bytes"),
        ("UPDATE certificates_headstamp SET response = %s", "it can't be read"),
        (
            "UPDATE certificates_headstamp SET stamped_at = '2020-01-01 00:00:00+00:00'",
            "says another time or authority",
        ),
        ("UPDATE certificates_headstamp SET authority = 'Ours'", "says another time or authority"),
    ],
)
def test_the_audit_checks_them(stamped, sql, finding):
    assert list(problems()) == []
    with connection.cursor() as cursor:
        cursor.execute(sql, [b"0"] if "%s" in sql else [])
    assert any(finding in problem for problem in problems())


def test_a_flipped_signature_of_the_authority(stamped):
    stamp = HeadStamp.objects.get()
    response, text = bytearray(stamp.response), tree.signed_text_of(stamp.head).encode()
    response[-3] ^= 1
    with pytest.raises(BadStamp, match="signature does not fit"):
        read_stamp(bytes(response), text)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_alone_by_the_lines_of_the_docs(stamped, client, tmp_path):
    docs = (ROOT / "docs" / "credentials.md").read_text("utf-8")
    command = re.search(r"<!-- openssl-ts -->\n```sh\n(.*?)```", docs, re.S)[1]
    head = HeadStamp.objects.get().head_id
    for name, url in (("head.txt", "log_head_text"), ("timestamp.tsr", "log_head_stamp")):
        (tmp_path / name).write_bytes(client.get(reverse(url, args=[head])).content)

    def run():
        return subprocess.run(["sh", "-ec", command], cwd=tmp_path, capture_output=True, text=True, check=False)

    answer = run()
    assert answer.returncode == 0, answer.stderr
    assert "Verification: OK" in answer.stdout + answer.stderr and "Time stamp:" in answer.stdout
    (tmp_path / "head.txt").write_bytes((tmp_path / "head.txt").read_bytes().replace(b"/v1", b"/v2"))
    assert run().returncode != 0
