"""Anchor scripts: set by two people, immutable afterwards, copied from work whose trainee agreed; practice on them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Role
from assessments.anchor_permissions import anchors_to_confirm
from assessments.models import (
    AnchorConsent,
    AnchorIncomplete,
    AnchorMark,
    AnchorReading,
    AnchorScript,
    AnchorTurn,
    Assignment,
    Mark,
    Rubric,
    Submission,
)
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.anchors import bands_for, make_anchor
from tests.factories.assessments import complete_fields, make_result, make_submission, scores_for
from tests.factories.training import make_enrolment, make_person

pytestmark = pytest.mark.usefixtures("officer")


@pytest.fixture
def anchor(cohort, moderator, at):
    return make_anchor(cohort, moderator, at=at)


@pytest.fixture
def elsewhere(other_base):
    return make_person("外地复核", at_base=other_base, role=Role.MODERATOR)


@pytest.fixture
def proposed(cohort, moderator, at):
    return make_anchor(cohort, moderator, at=at, state="proposed")


# --- Setting it -----------------------------------------------------------------------------------------------------------


def test_only_released_work_whose_trainee_agreed(enrolment, moderator, base, at):
    make = {"organisation": base, "title": "标杆", "by": moderator, "at": at}
    waiting = make_submission(enrolment, at=at)
    with pytest.raises(WrongState):
        AnchorConsent.say(waiting, given=True, at=at)
    with pytest.raises(WrongState):
        AnchorScript.copy_of(waiting, **make)


def test_the_consent_decides_and_its_withdrawal_ends_the_use(cohort, moderator, base, at):
    work = make_result(make_enrolment(cohort, at=at), at=at).submission
    with pytest.raises(WrongState):
        AnchorScript.copy_of(work, organisation=base, title="标杆", by=moderator, at=at)
    anchor = make_anchor(cohort, moderator, at=at)
    assert anchor in AnchorScript.objects.usable()
    AnchorConsent.say(anchor.source, given=False, at=at + timedelta(minutes=1))
    assert anchor not in AnchorScript.objects.usable()


def test_the_copy_says_nothing_of_its_author(anchor):
    person, enrolment = anchor.source.enrolment.user, anchor.source.enrolment
    kept = [anchor.fields, anchor.trace, anchor.title, anchor.ai_use, anchor.draft]
    for word in (person.full_name, person.email, enrolment.anonymous_code):
        assert word not in str(kept)
    assert [step.kind for step in anchor.decisions()] == [step.kind for step in anchor.source.run.decisions.all()]


def test_every_criterion_needs_a_band_and_a_reason(cohort, moderator, at):
    anchor = make_anchor(cohort, moderator, at=at, state="draft")
    draft = bands_for(anchor.source)
    draft["scores"]["terms"]["comment"] = " "
    anchor.write(title="标杆", purposes=(), draft={**draft, "comment": ""}, typed=None, number=1)
    with pytest.raises(AnchorIncomplete) as told:
        anchor.propose(by=moderator, at=at)
    assert told.value.missing == ["terms", "note", "purpose"]


def test_a_text_without_decisions_can_t_lie_in_the_queue(assignment, moderator, base, at):
    anchor = AnchorScript.of_text(assignment, organisation=base, title="文字", by=moderator, at=at)
    typed = complete_fields(assignment.script())
    scores = {line.key: {"points": line.top, "comment": "写清楚了。"} for line in assignment.rubric.lines()}
    draft = {"scores": scores, "comment": "总说明。"}
    anchor.write(title="文字", purposes=("for_training", "for_seeding"), draft=draft, typed=typed, number=0)
    with pytest.raises(AnchorIncomplete) as told:
        anchor.propose(by=moderator, at=at)
    assert told.value.missing == ["trace"]
    anchor.write(title="文字", purposes=("for_training",), draft=draft, typed=typed, number=1)
    anchor.propose(by=moderator, at=at)
    assert anchor.status == "proposed"


def test_two_people_set_it(proposed, moderator, elsewhere, at):
    with pytest.raises(WrongState):
        proposed.confirm(by=moderator, seen=proposed.content_hash, at=at)
    with pytest.raises(WrongState):
        proposed.confirm(by=elsewhere, seen="sha256:another", at=at)
    proposed.confirm(by=elsewhere, seen=proposed.content_hash, at=at)
    proposed.confirm(by=elsewhere, seen=proposed.content_hash, at=at)  # a second click
    assert (proposed.status, proposed.total) == ("confirmed", 100)
    assert {key: row.band.points for key, row in proposed.agreed().items()} == {"need": 60, "terms": 40}
    with pytest.raises(IntegrityError), transaction.atomic():
        AnchorScript.objects.filter(pk=proposed.pk).update(confirmed_by=moderator)


def test_nothing_changes_after_the_confirmation(anchor, moderator, at):
    for deed in (anchor.save, anchor.delete, AnchorScript.objects.filter(pk=anchor.pk).delete, anchor.bands.first().delete):
        with pytest.raises(ImmutableRow):
            deed()
    with pytest.raises(WrongState):
        anchor.write(title="别的", purposes=("for_training",), draft={}, typed=None, number=anchor.draft_number)
    with pytest.raises(WrongState):
        anchor.send_back(by=moderator, reason="不同意", at=at)
    anchor.retire(by=moderator, reason="已泄露", at=at)
    assert anchor.status == "retired"
    assert anchor not in AnchorScript.objects.standing()
    assert anchor.bands.count() == 2


def test_a_changed_rubric_makes_it_unusable(anchor, at):
    newest = Assignment.objects.get(pk=anchor.assignment_id)
    bands = [{"points": points, "label": word, "label_en": "", "descriptor": word} for points, word in ((0, "弱"), (9, "强"))]
    lines = [{"key": "need", "title": "需求", "title_en": "", "competence": "demand", "bands": bands}]
    other = Rubric.of(lines, title="新量规", title_en="", at=at)
    AnchorScript.objects.filter(pk=anchor.pk).update(rubric_hash=other.content_hash)
    assert newest.rubric.content_hash != other.content_hash
    assert anchor not in AnchorScript.objects.usable()
    assert anchor in AnchorScript.objects.standing()


# --- Pages of moderators --------------------------------------------------------------------------------------------------


def test_it_works(client_for, cohort, moderator, elsewhere, at):
    work = make_result(make_enrolment(cohort, at=at), at=at).submission
    mine, theirs = client_for(moderator), client_for(elsewhere)
    assert work.enrolment.anonymous_code not in mine.get(reverse("anchor_new")).text
    AnchorConsent.say(work, given=True, at=at)
    assert work.enrolment.anonymous_code in mine.get(reverse("anchor_new")).text
    edit = mine.post(reverse("anchor_copy", args=[work.uuid])).url
    anchor = AnchorScript.objects.get()
    values = {"number": 0, "title": "边界作品", "for_training": "on", "points.need": "60", "comment.need": "指标可检验。",
              "points.terms": "20", "comment.terms": "", "comment": "总说明。"}  # fmt: skip
    page = mine.post(edit, {**values, "propose": "1"})
    assert page.status_code == 422
    assert 'href="#criterion-terms"' in page.text
    assert "指标可检验。" in page.text
    sent = mine.post(edit, {**values, "number": 1, "comment.terms": "条件缺一项。", "propose": "1"})
    assert sent.status_code == 302
    anchor.refresh_from_db()
    decide = reverse("anchor_decide", args=[anchor.uuid])
    assert mine.post(decide, {"confirm": "1", "seen": anchor.content_hash}).status_code == 403
    page = theirs.get(reverse("anchor", args=[anchor.uuid]))
    assert "条件缺一项。" in page.text
    assert anchors_to_confirm(elsewhere).get() == anchor
    assert not anchors_to_confirm(moderator).exists()
    theirs.post(decide, {"reason": "请补充说明。"})
    anchor.refresh_from_db()
    assert (anchor.status, anchor.sent_back) == ("draft", "请补充说明。")
    assert theirs.get(reverse("anchor", args=[anchor.uuid])).status_code == 404
    mine.post(edit, {**values, "number": 2, "comment.terms": "条件缺两项。", "propose": "1"})
    anchor.refresh_from_db()
    theirs.post(decide, {"confirm": "1", "seen": anchor.content_hash})
    anchor.refresh_from_db()
    assert (anchor.status, anchor.total, anchor.confirmed_by) == ("confirmed", 80, elsewhere)
    assert AnchorReading.objects.get().person == elsewhere


def test_the_list_is_bounded_and_leaves_as_a_file(client_for, cohort, moderator, officer, at, django_assert_max_num_queries):
    for _one in range(3):
        make_anchor(cohort, moderator, at=at)
    client = client_for(moderator)
    with django_assert_max_num_queries(9):
        page = client.get(reverse("anchor_list"))
    assert page.text.count("标杆") >= 3
    assert "标杆" not in client.get(reverse("anchor_list") + "?state=retired&purpose=for_seeding").text.partition("<table")[2]
    lines = b"".join(client.get(reverse("anchor_list") + "?format=csv").streaming_content).decode().splitlines()
    assert len(lines) == 4


# --- Practice -------------------------------------------------------------------------------------------------------------


def values_for(work, bands):
    scores = scores_for(work, bands, "有依据。")
    given = {f"points.{key}": score["points"] for key, score in scores.items()}
    return given | {f"comment.{key}": "有依据。" for key in scores} | {"comment": "总评。", "number": 0}


def test_practice_shows_the_agreed_bands_at_once_and_is_never_a_mark(client_for, cohort, moderator, assessor, at):
    anchor = make_anchor(cohort, moderator, at=at, bands=[1, 2])
    client = client_for(assessor)
    before = Mark.objects.count()
    list_page = client.get(reverse("anchor_practice"))
    assert anchor.title not in list_page.text
    sheet = client.post(reverse("anchor_begin", args=[anchor.uuid])).url
    page = client.get(sheet)
    assert "因为指标写到了可以检验的程度" not in page.text
    compare = client.post(sheet + "give/", values_for(anchor.source, "top")).url
    page = client.get(compare)
    assert "因为指标写到了可以检验的程度" in page.text
    assert "+30" in page.text
    assert (AnchorMark.objects.get().gap, Mark.objects.count()) == (30, before)
    again = client.post(reverse("anchor_begin", args=[anchor.uuid])).url
    assert again != sheet
    client.post(again + "give/", values_for(anchor.source, [1, 2]))
    assert AnchorTurn.objects.filter(status="done").count() == 2
    assert AnchorMark.objects.latest("pk").apart == {"need": 0, "terms": 0}


def test_the_sheet_keeps_what_two_tabs_type(client_for, anchor, assessor):
    client = client_for(assessor)
    sheet = client.post(reverse("anchor_begin", args=[anchor.uuid])).url
    assert client.post(sheet + "autosave/", {"number": 0, "comment": "甲"}).json()["number"] == 1
    assert client.post(sheet + "autosave/", {"number": 0, "comment": "乙"}).status_code == 409
    client.post(sheet + "give-back/", {"reason": "认识作者"})
    assert AnchorTurn.objects.get().status == "given_back"


def test_nobody_else_opens_the_sheet(client_for, anchor, assessor, assessor2, trainee):
    sheet = client_for(assessor).post(reverse("anchor_begin", args=[anchor.uuid])).url
    assert client_for(assessor2).get(sheet).status_code == 404
    assert client_for(trainee).get(reverse("anchor_practice")).status_code == 403


def test_the_trainee_says_yes_and_no(client_for, enrolment, trainee, at):
    work = make_result(enrolment, at=at).submission
    client, url = client_for(trainee), reverse("anchor_consent", args=[work.uuid])
    assert url in client.get(reverse("submission_result", args=[work.uuid])).text
    client.post(url)
    assert AnchorConsent.objects.holds(work)
    client.post(url, {"stop": "1"})
    assert not AnchorConsent.objects.holds(work)
    assert Submission.objects.get(pk=work.pk).status == "released"
