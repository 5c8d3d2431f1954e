"""The page with notes of the sample site: one work has it, and its notes are kept at their place."""

from assessments.models import Allocation, MarkNote, SubmissionFile
from lms.management.seed_notes import attach_page, notes_on
from tests.factories.assessments import NO_AI, make_submission, scores_for


def test_one_work_has_a_page_with_notes(enrolment, assessor, at):
    work = make_submission(enrolment, at=at, handed_in=False, text="需求写明。" * 10)
    assert notes_on(work) == []
    attach_page(work, at=at)
    attach_page(work, at=at)
    assert SubmissionFile.objects.count() == 1
    work.hand_in(at=at, ai_use=NO_AI)
    turn = Allocation.take_next(assessor, at=at)
    turn.give_mark(scores_for(work), "", at=at, notes=notes_on(work))
    passage, place = MarkNote.objects.all()
    assert passage.quote == ("需求写明。" * 10)[:24] and place.region and place.criterion
