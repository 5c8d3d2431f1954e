"""Words for gaps and for what is wrong with a case, in the language of the page. `alignment` and `cases` give keys."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .alignment import Gap

CASE_PROBLEMS = {
    "no_stages": lambda: _("the case has no stage"),
    "key_twice": lambda: _("two stages or two exhibits have the same key"),
    "unknown_exhibit": lambda stage, key: _("stage “%(stage)s” names the exhibit “%(key)s”, which does not exist")
    % {"stage": stage, "key": key},
    "unknown_stage": lambda stage, key: _("a choice in stage “%(stage)s” leads to “%(key)s”, which does not exist")
    % {"stage": stage, "key": key},
    "loop": lambda stage: _("the choices lead round in a circle at stage “%(stage)s”") % {"stage": stage},
    "unreachable": lambda stage: _("no choice leads to stage “%(stage)s”") % {"stage": stage},
    "option_twice": lambda stage: _("two options in stage “%(stage)s” have the same key") % {"stage": stage},
    "field_twice": lambda key: _("two fields of the work product have the key “%(key)s”") % {"key": key},
    "column_twice": lambda key: _("two columns of the table “%(key)s” have the same key") % {"key": key},
    "no_columns": lambda key: _("the table “%(key)s” of the work product has no columns") % {"key": key},
    "criterion_twice": lambda key: _("two criteria of the rubric have the key “%(key)s”") % {"key": key},
    "no_decision": lambda: _("nothing is decided in any stage"),
    "no_deliverable": lambda: _("no work product is asked for"),
    "no_rubric": lambda: _("there is no rubric to mark by"),
    "no_debrief": lambda: _("there is no debrief"),
}

GAPS = {
    "track_topics": lambda: _("Track elective missing: “%(title)s” asks for more of its elective topics: %(detail)s."),
    "track_hours": lambda: _("Track elective missing: “%(title)s” asks for more hours of its electives: %(detail)s."),
    "competence": lambda: _("The competence “%(title)s” is assessed by no rubric, although required topics name it."),
    "competence_unknown": lambda: _("A rubric names the competence “%(code)s”, which this syllabus does not have."),
    "no_competence": lambda: _("No rubric of the course assesses any competence."),
    "no_parts": lambda: _("The course has no assessment part."),
    "weights": lambda: _("The weights of the assessment parts add up to %(detail)s, not to 100%%."),
    "part_twice": lambda: _("Two assessment parts have the key “%(code)s”."),
    "part_empty": lambda: _("Assessment part “%(title)s” has no case, so nobody could pass it."),
    "part_unplaced": lambda: _("Assessment part “%(title)s” names a case that is not among the cases of the course."),
    "case_twice": lambda: _("Case “%(title)s” stands twice among the cases of the course."),
    "case_in_two_parts": lambda: _("Case “%(title)s” stands in more than one assessment part."),
    "case_without_part": lambda: _("The required case “%(title)s” stands in no assessment part."),
    "case_problem": lambda: _("Case “%(title)s” can't be used yet: %(problem)s."),
    "unfinished": lambda: _("“%(title)s” is not finished: %(detail)s."),
    "hours": lambda: _("Lessons and cases give module “%(title)s” %(detail)s hours; classes have to give the rest."),
}


def case_problem(problem: str) -> str:
    """Return the sentence for a key such as "unknown_stage:visit:draft"."""
    kind, *details = problem.split(":", 2)  # what an author typed as the next stage may hold a colon
    return CASE_PROBLEMS[kind](*details)


def gap_text(gap: Gap) -> str:
    """Return what is missing and where, as one sentence."""
    title = gap.title_en if gap.title_en and (get_language() or "").startswith("en") else gap.title
    if gap.kind == "topic":
        return _("Required topic %(code)s “%(title)s” is covered by no lesson and no case.") % {
            "code": gap.code, "title": title,
        }  # fmt: skip
    if gap.kind in GAPS:
        return GAPS[gap.kind]() % {
            "code": gap.code, "title": title, "detail": gap.detail,
            "problem": case_problem(gap.detail) if gap.kind == "case_problem" else "",
        }  # fmt: skip
    raise ValueError(gap.kind)
