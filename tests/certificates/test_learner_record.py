"""Learner records: asked for by the holder, signed by a worker, judged when brought as a file."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates import records
from certificates.filecheck import verify_file
from certificates.keystore import active_key, rotate, signer_of, withdraw
from certificates.models import HistoricImport, HistoricRecord, LearnerRecord, LogLeaf, Lookup
from certificates.records import NotYet, drop_run_out, stated
from lms.lib.errors import WrongState
from lms.lib.jobs.runner import run_due
from tests.factories.certificates import settle


@pytest.fixture
def record(certificate) -> LearnerRecord:
    asked = LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=timezone.now())
    run_due()
    asked.refresh_from_db()
    return asked


def judge(text: str | bytes, **more):
    return verify_file(text.encode() if isinstance(text, str) else text, at=more.pop("at", timezone.now()), **more)


def test_it_works(certificate, client_for):
    client = client_for(certificate.holder)
    page = client.get(reverse("learner_records"))
    request_id = page.context["form"]["request_id"].value()
    assert client.post(reverse("learner_records"), {"request_id": request_id}).status_code == 302
    waiting = LearnerRecord.objects.get()
    assert (waiting.status, waiting.credential) == ("waiting", "")  # nothing is signed within the request
    assert "data-once" in client.get(reverse("learner_records")).content.decode()
    run_due()
    assert client.post(reverse("learner_records"), {"request_id": request_id}).status_code == 302  # the same form again
    record = LearnerRecord.objects.get()
    assert certificate.number in client.get(reverse("learner_records")).content.decode()
    file = client.get(reverse("learner_record_json", args=[record.uuid]))
    assert (file["Content-Type"], "attachment" in file["Content-Disposition"]) == ("application/vc", True)
    signed = json.loads(file.content)
    assert signed["credentialSubject"]["verifiableCredential"] == [json.loads(certificate.credentials.get().credential)]
    assert file.content.decode() == record.credential
    assert list(record.copies.all()) == [certificate.credentials.get()]
    actions = ["certificates.record.ask", "certificates.record.make"]
    assert [ModelLogEntry.objects.filter(action=action).count() for action in actions] == [1, 1]


def test_it_is_no_entry_of_the_log(certificate, record):
    """What it holds is in the log already; a further entry would only tell when somebody applied for something."""
    assert LogLeaf.objects.exclude(kind__in=["did", "pdf_signers"]).count() == 1


def test_outsiders_are_turned_away(record, client_for, outsider, officer, registrar):
    for person in (outsider, officer, registrar):
        assert client_for(person).get(reverse("learner_record_json", args=[record.uuid])).status_code == 404
    assert client_for(None).get(reverse("learner_record_json", args=[record.uuid])).status_code == 302


def test_who_has_nothing_gets_none(outsider, client_for):
    with pytest.raises(WrongState):
        LearnerRecord.ask(outsider, request_id=uuid4(), at=timezone.now())
    assert "form" in client_for(outsider).get(reverse("learner_records")).context


def test_one_at_a_time_and_so_many_a_day(certificate):
    at = timezone.now()
    LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=at)
    with pytest.raises(WrongState):
        LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=at)
    for _n in range(LearnerRecord.A_DAY - 1):
        run_due()
        LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=at)
    run_due()
    with pytest.raises(WrongState):
        LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=at)


def test_made_twice_is_kept_once(record):
    text = record.credential
    records.make(record, at=timezone.now())
    stale = LearnerRecord.objects.get()
    stale.status = "waiting"  # as a second worker saw it
    with pytest.raises(WrongState):
        records.make(stale, at=timezone.now())
    assert LearnerRecord.objects.get().credential == text


def test_the_file_is_recognised(certificate, record, django_assert_num_queries):
    with django_assert_num_queries(4):
        found = judge(record.credential)
    assert (found.verdict.state, found.as_issued, found.record.complete, found.record.all_valid) == ("valid", True, True, True)
    assert {check.outcome for check in found.checks} == {"ok"}
    member = found.record.members[0].verdict
    assert (member.state, member.number, member.name) == ("valid", certificate.number, certificate.holder_name)
    assert Lookup.objects.filter(certificate=certificate, way="file").count() == 1


def test_the_page_and_the_json(certificate, record, client_for):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_for(None)
    upload = SimpleUploadedFile("x.json", record.credential.encode())
    page = client.post(reverse("verify_file"), {"file": upload}).content.decode()
    assert certificate.number in page and "verdict--ok" in page and certificate.holder_name in page
    data = client.post(reverse("verify_file_json"), record.credential, content_type="application/vc").json()
    assert (data["state"], data["file"]["learner_record"]["all_valid"]) == ("valid", True)
    assert data["file"]["learner_record"]["certificates"][0]["number"] == certificate.number


def test_a_certificate_that_is_revoked_later(certificate, record, officer):
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    found = judge(record.credential)
    assert (found.verdict.state, found.record.all_valid) == ("valid", False)
    assert found.record.members[0].verdict.state == "revoked"
    run_due()  # the signed list says it now too
    assert judge(record.credential).record.members[0].verdict.state == "revoked"


def test_software_that_asks_by_the_standards_api_gets_a_no_then(certificate, record, officer, client_for):
    def ask():
        body = json.dumps({"verifiableCredential": json.loads(record.credential)})
        return client_for(None).post(reverse("vc_verify"), body, content_type="application/json")

    assert ask().status_code == 200, ask().content
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    assert (ask().status_code, ask().json()["problemDetails"][0]["title"]) == (400, "Status verification error")


def test_revoked_ones_are_not_put_in(certificate, officer):
    asked = LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=timezone.now())
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    run_due()
    asked.refresh_from_db()
    assert (asked.status, asked.credential, asked.state_at(timezone.now())) == ("empty", "", "empty")


def test_suspended_ones_are_left_out_and_that_is_said(certificate, officer):
    certificate.change_status("suspended", reason="investigation", by=officer, at=timezone.now())
    assert stated(certificate.holder, at=timezone.now()) == ([], True)


def test_imported_old_records_are_left_out_and_that_is_said(certificate, officer):
    at = timezone.now()
    batch = HistoricImport.objects.create(title="旧证书", source="示例档案", extension="csv", brought_by=officer, brought_at=at)
    held = {"holder": certificate.holder, "held_since": at, "live": True, "issued_on": timezone.localdate(at)}
    said = {"number": "旧-1", "number_key": "旧-1", "name": "王", "level": "初级", "issuer": "示例"}
    HistoricRecord.objects.create(batch=batch, row=1, **said, **held)
    copies, partial = stated(certificate.holder, at=at)
    assert ([copy.certificate for copy in copies], partial) == ([certificate], True)


def test_a_certificate_being_signed_is_waited_for(certificate, officer):
    at = timezone.now()
    certificate.change_status("suspended", reason="investigation", by=officer, at=at)
    settle(certificate, "reinstated", reason="cleared", by=officer, at=at)
    with pytest.raises(NotYet):
        stated(certificate.holder, at=at)
    run_due()
    (copy,), partial = stated(certificate.holder, at=at)
    assert (copy.number, partial) == (2, False)


def test_after_a_new_name_the_old_record_says_so(certificate, record, officer):
    from tests.factories.certificates import second_officer

    certificate.replace(reason="name_change", name="新名字", by=officer, proposed_by=second_officer(), at=timezone.now())
    run_due()
    member = judge(record.credential).record.members[0].verdict
    assert (member.state, member.replaced_by.name) == ("corrected", "")  # the new name is the holder's to tell
    fresh = LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=timezone.now())
    run_due()
    fresh.refresh_from_db()
    assert [copy.certificate.holder_name for copy in fresh.copies.select_related("certificate")] == ["新名字"]


def test_altered_ones_tell_nothing_of_the_register(certificate, record):
    found = judge(record.credential.replace(certificate.number, "TM-J-00000-00000-0"))
    assert (found.verdict.state, found.record) == ("altered", None)
    assert Lookup.objects.filter(certificate=certificate).count() == 0 and Lookup.objects.count() == 1


def test_a_record_we_never_made(certificate, record):
    """Signed with our key, but not by our worker."""
    from certificates.credential.record import sign_record

    unsigned = {k: v for k, v in json.loads(record.credential).items() if k != "proof"}
    key = active_key(at=timezone.now())
    again = sign_record(unsigned, signer_of(key), at=record.signed_at - timedelta(minutes=1))
    assert judge(json.dumps(again)).verdict.state == "not_recorded"
    other = sign_record(unsigned | {"id": f"urn:uuid:{uuid4()}"}, signer_of(key), at=record.signed_at)
    assert judge(json.dumps(other)).verdict.state == "not_recorded"


def test_past_its_end_the_text_is_deleted_and_the_file_still_known(record, client_for):
    later = record.ends_at + timedelta(seconds=1)
    assert drop_run_out(at=later) == 1 and drop_run_out(at=later) == 0
    found = judge(record.credential, at=later)
    assert (found.verdict.state, found.as_issued) == ("expired", None)
    assert found.record.members[0].verdict.state == "valid"
    assert LearnerRecord.objects.get().state_at(later) == "ended"
    assert client_for(record.holder).get(reverse("learner_record_json", args=[record.uuid])).status_code == 404


def test_a_withdrawn_key(record, officer, client_for):
    at = timezone.now()
    key = active_key(at=at)
    rotate(at=at)
    withdraw(key, as_of=at, reason="lost", by=officer, at=at)
    found = judge(record.credential)
    assert (found.verdict.state, found.withdrawn.recorded) == ("key_withdrawn", False)
    record.refresh_from_db()
    assert record.state_at(at) == "withdrawn"
    assert client_for(record.holder).get(reverse("learner_record_json", args=[record.uuid])).status_code == 404


def test_queries_of_the_page(certificate, record, client_for, django_assert_max_num_queries):
    client = client_for(certificate.holder)
    client.get(reverse("learner_records"))
    with django_assert_max_num_queries(14):
        client.get(reverse("learner_records"))
