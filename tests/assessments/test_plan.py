"""The plan of an edition: made with it, from its frozen cases, and never changed."""

from assessments.models import AssessmentPlan, Assignment, Part, Rubric
from tests.factories.curriculum import make_edition


def test_an_edition_brings_its_plan(edition):
    part = Part.objects.get(plan__edition=edition)
    assert (part.key, part.kind, part.weight, part.pass_mark) == ("cases", "case", 100, 60)
    assignment = Assignment.objects.get(part=part)
    assert assignment.item.kind == "case"
    assert assignment.disagreement_limit == 15
    lines = assignment.rubric.lines()
    assert [line.key for line in lines] == ["need", "terms"]
    assert [[band.points for band in line.bands.all()] for line in lines] == [[0, 30, 60], [0, 20, 40]]
    assert [line.competence_code for line in lines] == ["discover", "trade"]


def test_freezing_twice_gives_the_same_plan(edition, at):
    assert AssessmentPlan.freeze(edition, at=at) == edition.plan
    assert AssessmentPlan.objects.count() == 1


def test_the_same_rubric_is_stored_once(edition, base, at):
    other = make_edition(base, at)
    assert other.plan != edition.plan
    assert Rubric.objects.count() == 1
