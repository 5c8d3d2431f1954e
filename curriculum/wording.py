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
    "no_decision": lambda: _("nothing is decided in any stage"),
    "no_deliverable": lambda: _("no work product is asked for"),
    "no_rubric": lambda: _("there is no rubric to mark by"),
    "no_debrief": lambda: _("there is no debrief"),
}


def case_problem(problem: str) -> str:
    """Return the sentence for a key such as "unknown_stage:visit:draft"."""
    kind, *details = problem.split(":")
    return CASE_PROBLEMS[kind](*details)


def gap_text(gap: Gap) -> str:
    """Return what is missing and where, as one sentence."""
    title = gap.title_en if gap.title_en and (get_language() or "").startswith("en") else gap.title
    if gap.kind == "topic":
        return _("Required topic %(code)s “%(title)s” is covered by no lesson and no case.") % {
            "code": gap.code, "title": title,
        }  # fmt: skip
    if gap.kind == "competence" and gap.code:
        return _("A rubric names the competence “%(code)s”, which this syllabus does not have.") % {"code": gap.code}
    if gap.kind == "competence":
        return _("No rubric of the course assesses any competence.")
    if gap.kind == "no_parts":
        return _("The course has no assessment part.")
    if gap.kind == "weights":
        return _("The weights of the assessment parts add up to %(sum)s, not to 100%%.") % {"sum": gap.detail}
    if gap.kind == "case_without_part":
        return _("The required case “%(title)s” stands in no assessment part.") % {"title": title}
    if gap.kind == "case_problem":
        return _("Case “%(title)s” can't be used yet: %(problem)s.") % {
            "title": title, "problem": case_problem(gap.detail),
        }  # fmt: skip
    if gap.kind == "hours":
        return _("Lessons and cases give module “%(title)s” %(detail)s hours; classes have to give the rest.") % {
            "title": title, "detail": gap.detail,
        }  # fmt: skip
    raise ValueError(gap.kind)
