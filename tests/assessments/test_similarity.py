"""Similar works: found across cohorts and bases without what the case says, shown to moderators, never part of a score."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments import similarity
from assessments.models import Allocation, Fingerprint, SimilarNote, SimilarPair, Submission
from lms.lib.errors import WrongState
from tests.factories.assessments import make_submission
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment

_ALPHABET = [chr(0x4E00 + number) for number in range(3000)]


def prose(seed: int, length: int = 600) -> str:
    """Chinese characters in no order: two seeds share nothing."""
    random = Random(seed)
    return "".join(random.choice(_ALPHABET) for _ in range(length))


COPIED = prose(1, 300)
SIGNED = [105589390502256087, 159020592503824782]


def test_width_case_and_punctuation_do_not_count():
    assert similarity.letters("ＡB，c 1。").text == "abc1"
    assert similarity.shingles("甲方应当，在三十日内付款。") == similarity.shingles("甲方应当在三十日内付款")


def test_the_signature_estimates_what_is_shared():
    mine, theirs = similarity.shingles(COPIED + prose(2, 300)), similarity.shingles(COPIED + prose(3, 300))
    one, other = similarity.signature(mine), similarity.signature(theirs)
    estimate = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    assert estimate == pytest.approx(len(mine & theirs) / len(mine | theirs), abs=0.13)
    assert set(similarity.bands(one)) & set(similarity.bands(other))
    assert not set(similarity.bands(one)) & set(similarity.bands(similarity.signature(similarity.shingles(prose(9)))))
    assert all(0 <= key < 2**63 for key in similarity.bands(one))


def test_signatures_of_different_years_are_the_same_numbers():
    signed = similarity.signature(similarity.shingles("技术经理人培训与认证平台"))
    assert len(signed) == similarity.BANDS * similarity.ROWS
    assert signed[:2] == SIGNED  # another release of Python or of ours must not change them: old works would be lost


def test_passages_are_what_is_shared_as_it_was_written():
    text = f"开头的话。{COPIED[:40]}，后来的话，{COPIED[100:140]}。"
    spans = similarity.passages(text, similarity.shingles(COPIED))
    assert [text[start:end] for start, end in spans] == [COPIED[:40], COPIED[100:140]]
    assert "".join(piece for piece, _shared in similarity.cut(text, spans)) == text
    assert similarity.passages("毫不相干的另一段话，写的是别的事情。", similarity.shingles(COPIED)) == []


# --- With the database --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(enrolment, cohort, other_base, run_jobs, at) -> SimilarPair:
    """A work here and a later one at another base that share half."""
    make_submission(enrolment, at=at, text=COPIED + prose(2, 300))
    run_jobs()
    elsewhere = make_enrolment(make_cohort(make_edition(other_base, at), at=at), at=at)
    make_submission(elsewhere, at=at + timedelta(minutes=1), text=COPIED + prose(3, 300))
    run_jobs()
    return SimilarPair.objects.get()


def test_it_works_across_bases(pair):
    assert 40 <= pair.share <= 60
    assert Fingerprint.objects.count() == 2


def test_work_of_one_s_own_kind_makes_no_pair(enrolment, cohort, run_jobs, at):
    make_submission(enrolment, at=at, text=prose(4))
    make_submission(make_enrolment(cohort, at=at), at=at, text=prose(5))
    run_jobs()
    assert not SimilarPair.objects.exists()


def test_what_the_case_says_is_left_out(enrolment, cohort, run_jobs, at):
    script = make_submission(enrolment, at=at, handed_in=False).assignment.script()
    given = "".join(similarity.words_in(script))
    assert len(similarity.shingles(given)) > similarity.LEAST  # enough to be found, were it counted
    for person in (enrolment, make_enrolment(cohort, at=at)):
        make_submission(person, at=at, text=given[:1500])
    run_jobs()
    assert not SimilarPair.objects.exists()


def test_again_finds_the_same_pair(pair, at):
    Fingerprint.take(pair.second, at=at)
    Fingerprint.take(pair.first, at=at)
    assert SimilarPair.objects.count() == 1


def test_the_queries_do_not_grow_with_the_works(pair, enrolment, cohort, at):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            Fingerprint.take(Submission.objects.select_related("assignment__item", "run").get(pk=pair.second_id), at=at)
        return len(seen)

    before = queries()
    for number in range(4):
        other = make_submission(make_enrolment(cohort, at=at), at=at, text=prose(20 + number))
        Fingerprint.take(other, at=at)
    assert queries() <= before


def test_the_list_and_the_pair(client_for, moderator, pair, other_base):
    client = client_for(moderator, "en")
    code = pair.first.enrolment.anonymous_code
    page = client.get(reverse("similar_list")).text
    assert code in page and f"{pair.share}%" in page
    assert code not in client.get(reverse("similar_list"), {"state": "set_aside"}).text
    export = b"".join(client.get(reverse("similar_list"), {"format": "csv"}).streaming_content).decode()
    assert code in export
    page = client.get(reverse("similar_pair", args=[pair.uuid])).text
    assert f"<mark>{COPIED[:50]}" in page
    assert prose(2, 300)[10:60] in page  # of the own base's work everything
    assert prose(3, 300)[10:60] not in page  # of the other base's the passages only
    assert pair.second.enrolment.user.full_name not in page


def test_assessors_see_it_only_when_it_is_passed_on(client_for, assessor, moderator, pair, at):
    turn = Allocation.take_next(assessor, at=timezone.now())
    url = reverse("marking_sheet", args=[turn.uuid])
    assert "Kopie?" not in client_for(assessor).get(url).text
    post = {"submission": str(pair.first.uuid), "kind": "passed_on", "reason": "Kopie?"}
    client = client_for(moderator)
    for _click in range(2):
        assert client.post(reverse("similar_pair", args=[pair.uuid]), post).status_code == 302
    assert SimilarNote.objects.count() == 1
    assert "Kopie?" in client_for(assessor).get(url).text
    client.post(reverse("similar_pair", args=[pair.uuid]), {**post, "kind": "set_aside", "reason": "引用了同一法条"})
    assert "Kopie?" not in client_for(assessor).get(url).text


def test_a_base_notes_only_its_own_work(client_for, moderator, registrar, pair, at):
    post = {"submission": str(pair.second.uuid), "kind": "passed_on", "reason": "x"}
    url = reverse("similar_pair", args=[pair.uuid])
    assert client_for(moderator).post(url, post).status_code == 422
    assert client_for(registrar).get(url).status_code == 200
    assert client_for(registrar).post(url, {**post, "submission": str(pair.first.uuid)}).status_code == 403
    assert not SimilarNote.objects.exists()


def test_a_note_for_other_work_is_refused(pair, cohort, moderator, at):
    other = make_submission(make_enrolment(cohort, at=at), at=at, text=prose(7))
    with pytest.raises(WrongState):
        SimilarNote.write(pair, other, kind="set_aside", reason="x", by=moderator, at=at)


def test_an_outsider_is_turned_away(client_for, assessor, trainee, instructor, pair, enrolment):
    for person in (assessor, trainee, instructor):
        assert client_for(person).get(reverse("similar_list")).status_code == 403
        assert client_for(person).get(reverse("similar_pair", args=[pair.uuid])).status_code == 404


def test_a_constant_number_of_queries(client_for, moderator, pair, django_assert_max_num_queries):
    client = client_for(moderator)
    client.get(reverse("similar_list"))
    with django_assert_max_num_queries(8):
        client.get(reverse("similar_list"))
