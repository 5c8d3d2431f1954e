"""Tracks and conditions of a version: read from its file, in its hash, on its pages, and in the gaps of a course."""

import copy
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from curriculum import standards_file
from curriculum.alignment import ItemSpec, PartSpec, TopicSpec, TrackSpec, gaps
from curriculum.contents import entries_of, gaps_of
from curriculum.models import Level, Precondition, Syllabus, Track, TrackRequirement
from curriculum.models.standards import ways_into
from curriculum.syllabus_file import SyllabusFileError, load, problems_of
from curriculum.wording import gap_text
from lms.lib.errors import WrongState
from tests.factories.curriculum import make_syllabus

FILE = Path(settings.BASE_DIR) / "curriculum" / "sample" / "syllabus-2020.yaml"
DATA = yaml.safe_load(FILE.read_text("utf-8"))


@pytest.fixture
def data():
    return copy.deepcopy(DATA)


@pytest.fixture
def sample(db, data) -> Syllabus:
    return load(data).syllabus


def test_the_file_says_tracks_and_ways_in(sample):
    assert [track.code for track in sample.tracks.all()] == ["research", "market", "investment"]
    junior, intermediate, senior = sample.levels.all()
    assert [len(ways_into(level)) for level in (junior, intermediate, senior)] == [1, 3, 2]
    way = ways_into(senior)[0]
    assert way[0].level_title == intermediate.title and way[1].years == 3
    assert not any(row.verified for row in Precondition.objects.all())
    assert not any(track.verified for track in Track.objects.all())


def test_what_is_read_can_be_written_out_again(sample, data):
    ways, tracks = standards_file.said(sample)
    again = copy.deepcopy(data) | {"slug": "again", "tracks": tracks, "standard": None}  # a standard of its own
    for level in again["levels"]:
        level["preconditions"] = ways[level["code"]]
    second = load(again).syllabus

    def without_names(json):
        return {name: value for name, value in json.items() if name != "slug"}

    assert without_names(second.as_json()) == without_names(sample.as_json())


def test_both_stand_in_the_hash(sample, data):
    for change in (
        lambda d: d["tracks"][0]["levels"][0].update(minimum_topics=2),
        lambda d: d["levels"][1]["preconditions"].pop(),
        lambda d: d["tracks"][0].update(title="别的"),
    ):
        changed = copy.deepcopy(data)
        change(changed)
        with pytest.raises(SyllabusFileError, match="another slug"):
            load(changed)


def test_a_version_without_any_keeps_the_hash_it_had(db):
    said = make_syllabus().as_json()
    assert "tracks" not in said and "preconditions" not in said["levels"][0]


def test_they_are_not_edited_once_in_force(sample):
    for row in (sample.tracks.first(), Precondition.objects.first(), TrackRequirement.objects.first()):
        with pytest.raises(WrongState):
            row.save()
        with pytest.raises(WrongState):
            row.delete()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["levels"][1]["preconditions"][0][0].update(level="senior"), "no lower level"),
        (lambda d: d["levels"][1]["preconditions"][0][0].pop("level"), "missing level"),
        (lambda d: d["levels"][1]["preconditions"][1][0].update(degree="magister"), "degree is none of"),
        (lambda d: d["levels"][1]["preconditions"][1][0].update(years="many"), "years"),
        (lambda d: d["levels"][1]["preconditions"][1][0].update(years=0), "years"),
        (lambda d: d["levels"][1]["preconditions"][1][0].update(kind="rank"), "kind is none of"),
        (lambda d: d["levels"][0]["preconditions"][0][0].update(years=3), "means nothing here"),
        (lambda d: d["levels"][0]["preconditions"][0][0].update(colour="red"), "unknown colour"),
        (lambda d: d["levels"][0].update(preconditions=[{"kind": "none"}]), "list of lists"),
        (lambda d: d["tracks"][0]["levels"][0]["topics"].append("J-PK-1"), "not an elective"),
        (lambda d: d["tracks"][0]["levels"][0].update(minimum_topics=3), "minimum_topics"),
        (lambda d: d["tracks"][0]["levels"][0].update(minimum_hours="99"), "minimum_hours"),
        (lambda d: d["tracks"][0]["levels"][0].update(level="master"), "no level"),
        (lambda d: d["tracks"][0].pop("title_en"), "missing title_en"),
        (lambda d: d["tracks"][1].update(code="research"), "stands twice"),
        (lambda d: d["tracks"][0].update(code="a/b"), "letters, digits"),
        (lambda d: d.update(tracks={}), "not a list"),
    ],
)
def test_wrong_rows_are_named(data, change, words):
    change(data)
    assert any(words in line for line in problems_of(data)), problems_of(data)


NAMES = ["kind", "level", "degree", "years", "code", "title", "levels", "topics", "minimum_hours", "minimum_topics"]
odd = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9**9) | st.text(max_size=6) | st.floats(allow_nan=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(odd, odd)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_odd_files_are_refused_in_words_never_by_a_crash(ways, tracks):
    data = DATA | {"levels": [DATA["levels"][0] | {"preconditions": ways}, *DATA["levels"][1:]], "tracks": tracks}
    assert all(isinstance(line, str) for line in problems_of(data))


@pytest.mark.parametrize("fields", [{"kind": "level"}, {"kind": "experience"}, {"kind": "degree"},
                                    {"kind": "none", "years": 3}, {"kind": "degree", "degree": "doctor", "years": 2}])
def test_the_database_refuses_half_conditions(db, fields):
    level = Level.objects.get(syllabus=make_syllabus("draft", in_force=False))
    with pytest.raises(IntegrityError), transaction.atomic():
        Precondition.objects.create(level=level, **fields)


def test_the_level_page_shows_them(client_for, sample):
    page = client_for(None).get(reverse("syllabus_level", args=[sample.slug, "intermediate"])).text
    assert "持有有效的“初级技术经理人”证书" in page and "硕士及以上学历" in page and "投资侧" in page and "示例" in page
    english = client_for(None, "en").get(reverse("syllabus_level", args=[sample.slug, "intermediate"])).text
    assert "Holds a valid certificate of “Junior technology manager”" in english and "Investment side" in english


def test_titles_of_levels_are_the_version_s_own(client_for, data, db):
    data["levels"][0].update(title="初级技术经纪人", title_en="Junior technology broker")
    load(data)
    page = client_for(None).get(reverse("syllabus_level", args=["outline-2020", "junior"])).text
    assert "初级技术经纪人" in page and "初级技术经理人" not in page
    page = client_for(None).get(reverse("syllabus_level", args=["outline-2020", "intermediate"])).text
    assert "持有有效的“初级技术经纪人”证书" in page


# --- Gaps -----------------------------------------------------------------------------------------------------------


def _topic(code: str, hours: str = "1") -> TopicSpec:
    return TopicSpec(code, f"专题{code}", f"Topic {code}", False, Decimal(hours), "m")


def found(track: TrackSpec | None, covered: set[str]):
    items = [ItemSpec("lesson", "课", 45, frozenset(covered)),
             ItemSpec("case", "案例", 90, frozenset(), "1", rubric_competences=frozenset({"c"}))]  # fmt: skip
    lines = gaps([], [_topic("E1"), _topic("E2", "2"), _topic("E3")], items, [PartSpec("p", 100, ("1",))],
                 minutes_per_hour=45, track=track)  # fmt: skip
    return [(gap.kind, gap.detail) for gap in lines if gap.blocking]


ELECTIVES = frozenset({"E1", "E2"})


@pytest.mark.parametrize(
    ("track", "covered", "expected"),
    [
        (None, set(), []),
        (TrackSpec("t", "向", "T", ELECTIVES), set(), []),  # the track asks for nothing
        (TrackSpec("t", "向", "T", ELECTIVES, 1), {"E1"}, []),
        (TrackSpec("t", "向", "T", ELECTIVES, 1), {"E3"}, [("track_topics", "0 / 1 (E1, E2)")]),
        (TrackSpec("t", "向", "T", ELECTIVES, 0, Decimal(2)), {"E1"}, [("track_hours", "1 / 2 (E2)")]),
        (TrackSpec("t", "向", "T", ELECTIVES, 2, Decimal(3)), {"E1", "E2"}, []),
    ],
)
def test_gaps_of_a_track(track, covered, expected):
    assert found(track, covered) == expected


def test_a_course_that_declares_a_track_is_measured_by_it(course, author):
    """The version is in force, so the track is written past the guard, as an importer of a draft would have."""
    level = course.level
    track = Track(syllabus=level.syllabus, code="market", title="市场侧", title_en="Market side")
    Track.objects.bulk_create([track])
    wanted = TrackRequirement(track=track, level=level, minimum_topics=1)
    TrackRequirement.objects.bulk_create([wanted])
    elective = level.modules.get(code="skills").topics.get(code="B1")
    wanted.topics.set([elective])

    def kinds():
        return [gap.kind for gap in gaps_of(entries_of(course)) if gap.kind.startswith("track")]

    assert kinds() == []
    course.track = track
    course.save_revision(user=author)
    course.refresh_from_db()
    covered = {pk for entry in entries_of(course) for pk in entry.content.get("topics", [])}
    assert kinds() == ([] if elective.pk in covered else ["track_topics"])
    wanted.topics.clear()
    gap = next(gap for gap in gaps_of(entries_of(course)) if gap.kind == "track_topics")
    assert "市场侧" in gap_text(gap) and "0 / 1" in gap_text(gap)
