"""What is entered when, what the head says, and what the audit finds."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from certificates.credential.proof import public_key, timestamp
from certificates.jobs import keep_log
from certificates.keystore import rotate
from certificates.log import merkle, tree
from certificates.log.audit import problems
from certificates.log.entries import OF_DOCUMENTS
from certificates.models import Certificate, LogLeaf, LogNode, LogTree, TreeHead
from lms.lib.immutable import ImmutableRow
from tests.factories.certificates import settle


def entries():
    """Without the first two, which are of the published keys and of the signers of PDFs."""
    return [json.loads(leaf.data) for leaf in LogLeaf.objects.exclude(kind__in=OF_DOCUMENTS)]


def forget_log():
    """As on a site that issued before there was a log."""
    with connection.cursor() as cursor:
        for model in (TreeHead, LogNode, LogLeaf, LogTree):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def tamper(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_issue_and_status_changes_are_entered_in_order(certificate, officer, run_jobs):
    at = timezone.now()
    settle(certificate, "suspended", reason="investigation", by=officer, at=at, note="内部说明")
    settle(certificate, "reinstated", reason="cleared", by=officer, at=at)
    run_jobs()
    first, second = certificate.credentials.all()
    assert [entry["kind"] for entry in entries()] == ["issued", "suspended", "reinstated", "issued"]
    assert [entry["credential"] for entry in entries()] == [first.credential_sha256] * 3 + [second.credential_sha256]
    assert [leaf.index for leaf in LogLeaf.objects.all()] == [0, 1, 2, 3, 4, 5]
    text = "".join(LogLeaf.objects.values_list("data", flat=True))
    for private in (certificate.number, certificate.holder_name, str(certificate.uuid), certificate.holder.email, "内部"):
        assert private not in text
    assert list(problems()) == []


def test_the_head_is_signed_by_a_job_over_the_documented_text(certificate, officer, run_jobs):
    run_jobs()
    before = TreeHead.latest()
    assert before.size == 3
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    assert TreeHead.latest() == before
    run_jobs()
    head = tree.head_json(TreeHead.latest())
    text = "".join(
        f"{line}\n"
        for line in ("transparency-log-head/v1", head["log"], 4, head["root"], head["time"], head["key"])
    )
    key = public_key(TreeHead.latest().key.public_multibase)
    key.verify(bytes.fromhex(head["signature"]), text.encode())
    leaves = [merkle.leaf_hash(leaf.data.encode()) for leaf in LogLeaf.objects.all()]
    assert head["root"] == merkle.root(leaves).hex()


def test_entry_and_event_stand_or_fall_together(certificate, officer):
    class Failure(Exception):
        pass

    with pytest.raises(Failure), transaction.atomic():
        settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
        assert LogLeaf.objects.count() == 4
        raise Failure
    assert LogLeaf.objects.count() == LogTree.objects.get().size == 3
    assert Certificate.objects.get().state == ""


def test_an_older_site_is_caught_up_with_once_and_says_so(certificate, officer, run_jobs):
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    run_jobs()
    forget_log()
    assert [problem.split(" of ")[0] for problem in problems()] == [
        "not in the log: did", "not in the log: pdf_signers", "not in the log: issued", "not in the log: suspended",
    ]  # fmt: skip
    before = timezone.now()
    keep_log(None)
    assert [entry["kind"] for entry in entries()] == ["issued", "suspended"]
    first = LogLeaf.objects.get(kind="issued")
    assert first.logged_at >= before > certificate.credentials.get().signed_at
    assert entries()[0]["logged"] == timestamp(first.logged_at)
    keep_log(None)
    assert LogLeaf.objects.count() == 4
    assert [head.size for head in TreeHead.objects.all()] == [4, 4]
    assert list(problems()) == []


def test_many_at_once_give_the_tree_of_one_by_one(certificate, officer, run_jobs, django_assert_max_num_queries):
    for kind, reason in [("suspended", "investigation"), ("reinstated", "cleared")] * 4:
        settle(certificate, kind, reason=reason, by=officer, at=timezone.now())
    root, nodes = tree.root_at(11), set(LogNode.objects.values_list("level", "index"))
    assert nodes == set(merkle.all_nodes([b""] * 11))
    leaves = [bytes.fromhex(leaf.leaf_hash) for leaf in LogLeaf.objects.all()]
    assert root == merkle.root(leaves).hex()
    forget_log()
    with django_assert_max_num_queries(18):
        assert tree.append_missing(at=timezone.now()) == 11
    assert set(LogNode.objects.values_list("level", "index")) == nodes
    assert tree.append_missing(at=timezone.now()) == 0


def test_every_stored_proof_is_right(certificate, officer):
    for kind, reason in [("suspended", "investigation"), ("reinstated", "cleared")] * 3:
        settle(certificate, kind, reason=reason, by=officer, at=timezone.now())
    leaves = [bytes.fromhex(leaf.leaf_hash) for leaf in LogLeaf.objects.all()]
    for size in range(1, 9):
        root = merkle.root(leaves[:size])
        for index in range(size):
            proof = [bytes.fromhex(step) for step in tree.inclusion_proof(index, size)]
            assert merkle.check_inclusion(leaves[index], index, size, proof, root)
            proof = [bytes.fromhex(step) for step in tree.consistency_proof(index + 1, size)]
            assert merkle.check_consistency(index + 1, size, merkle.root(leaves[: index + 1]), root, proof)


def test_heads_of_a_retired_key_stay_good(certificate, run_jobs):
    run_jobs()
    rotate(at=timezone.now())
    tree.sign_head(at=timezone.now())
    assert len({head.key_id for head in TreeHead.objects.all()}) == 2
    assert list(problems()) == []


def test_rows_of_the_log_are_not_changed(certificate):
    with pytest.raises(ImmutableRow):
        LogLeaf.objects.all().delete()
    with pytest.raises(ImmutableRow):
        LogNode.objects.update(hash="")
    with pytest.raises(ImmutableRow):
        LogLeaf.objects.first().save()


LEAF, NODE, HEAD, TREE = (model._meta.db_table for model in (LogLeaf, LogNode, TreeHead, LogTree))


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        (f"UPDATE {LEAF} SET data = replace(data, 'issued', 'revoked') WHERE kind = 'issued'", "the register"),
        (f"UPDATE {LEAF} SET leaf_hash = '00' WHERE kind = 'issued'", "its hash is another"),
        (f"UPDATE {NODE} SET hash = '00' WHERE level = 1", "subtree 1/0: its hash is another"),
        (f"DELETE FROM {NODE} WHERE level = 1", "subtree 1/0 is missing"),
        (f"DELETE FROM {LEAF} WHERE kind = 'suspended'", "not in the log: suspended"),
        (f"DELETE FROM {LEAF} WHERE kind = 'suspended'", "signed over more entries than there are"),
        (f"UPDATE {HEAD} SET root = '00'", "the entries give another root"),
        (f"UPDATE {HEAD} SET signature = '00'", "the signature is not the key's"),
        (f"UPDATE {TREE} SET size = 5", "the log counts 5 entries and has 4"),
        ("UPDATE certificates_issuedcredential SET credential = '{}'", "not the one that was issued"),
        ("UPDATE certificates_statuschange SET changed_at = '2020-01-01 00:00:00+00:00'", "the register"),
    ],
)  # fmt: skip
def test_the_audit_finds_what_was_tampered_with(certificate, officer, run_jobs, sql, finding):
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    run_jobs()
    out = StringIO()
    call_command("audit_log", stdout=out)
    assert "4 entries" in out.getvalue() and "0 problems" in out.getvalue()
    tamper(sql)
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_log", stdout=out)
    assert stopped.value.code == 1
    assert finding in out.getvalue()


def test_a_change_before_the_signing_follows_the_issue(enrolment, rule, registrar, officer, at, run_jobs):
    from certificates.models import AwardProposal
    from tests.factories.certificates import pass_everything

    pass_everything(enrolment, at=at, registrar=registrar)
    award = AwardProposal.propose(enrolment, by=registrar, at=at).confirm(by=officer, at=at)
    certificate = Certificate.objects.get(award=award)
    settle(certificate, "suspended", reason="investigation", by=officer, at=at)
    assert entries() == []
    run_jobs()
    assert [entry["kind"] for entry in entries()] == ["issued", "suspended"]


def test_the_command_keeps_the_log(certificate, run_jobs):
    run_jobs()
    out = StringIO()
    call_command("keep_log", stdout=out)
    assert "0 entries appended; head of 3 entries signed" in out.getvalue()
