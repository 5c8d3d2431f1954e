"""The sample site as `script/server` makes it on an empty database: what is there, in which state, and only once."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from assessments.models import AnchorScript, CaseRun
from certificates.audit import every_finding
from certificates.models import (
    AuditFinding,
    Certificate,
    CheckList,
    ConsentNews,
    EmployerConsent,
    RegisterReport,
    TreeHead,
)
from certificates.models.name_changes import candidates_of
from certificates.repairs import proposals
from curriculum.course_core import offers_for
from curriculum.models import CoursePage, CourseReview, Edition
from curriculum.sample.loader import lesson_files
from lms.management import cast
from training.models import Cohort


@pytest.fixture
def sample_site(db, settings, tmp_path, capsys):
    settings.SAMPLE_SITE = True
    settings.MEDIA_ROOT = tmp_path
    call_command("seed_demo")
    return capsys.readouterr().out


def test_the_whole_site(sample_site, capsys):
    """One making for everything: it takes seconds."""
    levels = [level for level in ("junior", "intermediate", "senior") if lesson_files(level)]
    assert sorted(CoursePage.objects.values_list("level__code", flat=True)) == sorted(levels)

    frozen = set(Edition.objects.values_list("level__code", flat=True))
    assert "junior" in frozen
    for course in CoursePage.objects.select_related("level"):
        assert course.live == (course.level.code in frozen)
        if not course.live:
            assert f"{course.title_en} stays a draft" in sample_site
    assert not CourseReview.objects.open().exists()

    states = {(c.holder_name, c.state_on(timezone.localdate())) for c in Certificate.objects.prepared()}
    assert states == {
        (cast.GRADUATE.full_name, "valid"), (cast.REVOKED.full_name, "revoked"), (cast.SUSPENDED.full_name, "suspended"),
        (cast.REINSTATED.full_name, "valid"), (cast.CORRECTED.full_name, "corrected"), (cast.CORRECTED.full_name, "valid"),
    }  # fmt: skip
    two = candidates_of(User.objects.get(email=cast.REINSTATED.email))  # a new name for both can be asked for at once
    assert [(one.certificate.facts["level"]["code"], one.why_not) for one in two] == [("intermediate", ""), ("junior", "")]
    found = CheckList.objects.get()
    assert found.counts == {"valid": 3, "revoked": 1, "suspended": 1, "corrected": 1, "no_match": 2}
    assert set(EmployerConsent.objects.values_list("status", flat=True)) == {"agreed", "asked"}
    assert list(ConsentNews.objects.order_by("happened_at").values_list("kind", flat=True)) == ["suspended", "reinstated"]
    newcomer = Cohort.objects.get(code="2026-2").enrolments.get(user__email=cast.TRAINEE.email)
    cases = Edition.objects.get(level__code="junior").items.filter(kind="case")
    assert CaseRun.objects.filter(enrolment=newcomer).count() == cases.filter(required=True).count() - 1

    head = TreeHead.latest()
    assert head.stamp_or_none and [row.is_good for row in head.cosignatures.all()] == [True]
    (open_one,) = AuditFinding.objects.open()
    assert (open_one.code, [proposal.kind for proposal in proposals(open_one)]) == ("job", ["retry"])
    assert [finding.fingerprint for finding in every_finding(at=timezone.now())] == [open_one.fingerprint]
    assert RegisterReport.objects.open().count() == 1

    usable = AnchorScript.objects.usable()
    assert (usable.filter(for_training=True).count(), usable.filter(for_qualification=True).count()) == (2, 2)

    junior = CoursePage.objects.get(level__code="junior")
    (offer,) = offers_for([junior])
    assert (offer.old.number, offer.new.number, offer.waiting) == (1, 2, True)
    assert Edition.objects.get(level__code="junior").items.filter(page=offer.old.page, revision=offer.old.revision).exists()

    call_command("seed_demo")
    assert "nothing was changed" in capsys.readouterr().out
    assert CoursePage.objects.count() == len(levels)
    call_command("audit_editions", verbosity=0)
