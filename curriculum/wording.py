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
    "no_fields": lambda: _("the work product has no fields"),
    "no_choices": lambda key: _("“%(key)s” of the work product is a choice of fewer than two things") % {"key": key},
    "team_size": lambda: _("a team has 2 to 5 members, and its least size is not above its largest"),
    "criterion_twice": lambda key: _("two criteria of the rubric have the key “%(key)s”") % {"key": key},
    "no_decision": lambda: _("nothing is decided in any stage"),
    "no_deliverable": lambda: _("no work product is asked for"),
    "no_rubric": lambda: _("there is no rubric to mark by"),
    "no_debrief": lambda: _("there is no debrief"),
    "rule": lambda where, what: _("in “%(where)s”: %(what)s") % {"where": where, "what": rule_problem(what)},
}

RULE_PROBLEMS = {
    "variable_twice": lambda word: _("two variables have this key"),
    "counterpart_twice": lambda word: _("two counterparts have this key"),
    "variant_twice": lambda word: _("two variants have this key"),
    "inject_twice": lambda word: _("two pieces of news have the key “%(word)s”") % {"word": word},
    "name_twice": lambda word: _("the name “%(word)s” is used for two things") % {"word": word},
    "unknown_variable": lambda word: _("there is no variable “%(word)s”") % {"word": word},
    "unknown_counterpart": lambda word: _("there is no counterpart “%(word)s”") % {"word": word},
    "unknown_release": lambda word: _("there is no exhibit “%(word)s”") % {"word": word},
    "empty_amount": lambda word: _("no amount is given for “%(word)s”") % {"word": word},
    "empty_condition": lambda word: _("a way of option “%(word)s” has no condition") % {"word": word},
    "no_open_option": lambda word: _("every option has a condition, so the case could stand still"),
    "decision_and_negotiation": lambda word: _("a stage has either a decision or a negotiation, not both"),
    "negotiation_empty": lambda word: _("the negotiation needs at least one term and 1 to 12 rounds"),
    "negotiation_threshold": lambda word: _(
        "what the counterpart asks for at last must be more than 0 and not more than what it asks for at first"
    ),
    "term_without_choices": lambda word: _("the term “%(word)s” needs two choices") % {"word": word},
    "term_without_range": lambda word: _("the term “%(word)s” needs a range, a step, and a best and worst value")
    % {"word": word},
    "room_seats": lambda word: _("a room has 2 to 5 seats, not %(word)s") % {"word": word},
    "room_minutes": lambda word: _("a move has 1 minute to 14 days, and a room waits at most 14 days"),
    "room_with_variants": lambda word: _("a case with a room has no variants: people at one table need the same numbers"),
    "seat_twice": lambda word: _("two seats have the key “%(word)s”") % {"word": word},
    "seat_without_brief": lambda word: _("the seat “%(word)s” has no private brief") % {"word": word},
    "seat_without_profile": lambda word: _("nothing is told to everybody about the seat “%(word)s”") % {"word": word},
    "seat_without_term": lambda word: _("what the term is worth to the seat is missing: “%(word)s”") % {"word": word},
    "seat_term_wrong": lambda word: _("the seat names a term that does not exist, or twice: “%(word)s”") % {"word": word},
    "seat_choices": lambda word: _("every choice needs its worth to the seat, and no other: “%(word)s”") % {"word": word},
    "seat_range": lambda word: _("best and worst are the same for the seat: “%(word)s”") % {"word": word},
    "placeholder_empty": lambda word: _("nothing is given for the placeholder “%(word)s”") % {"word": word},
    "stands_still": lambda word: _("on some way nothing can be chosen here any more"),
    "never_reached": lambda word: _("no way leads here: its conditions are never met"),
    "placeholder_in_product": lambda word: _("the work product and the rubric can't have the placeholder “%(word)s”")
    % {"word": word},
    "expression_unknown_name": lambda word: _("a condition or amount names “%(word)s”, which does not exist")
    % {"word": word},
    "expression_unknown_function": lambda word: _("there is no function “%(word)s”") % {"word": word},
    "expression_unknown_place": lambda word: _("“%(word)s” names a stage, option, exhibit or term that does not exist")
    % {"word": word},
    "expression_arguments": lambda word: _("the function “%(word)s” wants other arguments") % {"word": word},
    "expression_unfinished": lambda word: _("“%(word)s” is not finished") % {"word": word},
    "expression_unexpected": lambda word: _("“%(word)s” can't stand where it stands") % {"word": word},
    "expression_sign": lambda word: _("the sign “%(word)s” means nothing here") % {"word": word},
    "expression_too_long": lambda word: _("“%(word)s …” is too long") % {"word": word},
    "expression_too_deep": lambda word: _("“%(word)s …” has too many brackets") % {"word": word},
}


def rule_problem(what: str) -> str:
    """Return the words for "<kind>|<word>"."""
    kind, _bar, word = what.partition("|")
    return RULE_PROBLEMS[kind](word)

PART_RULES = {
    "seats": lambda: _("a panel has three to five members, and no fewer at most than at least"),
    "quorum": lambda: _("the quorum is at least three and not above the fewest members"),
    "rubric": lambda: _("the rubric needs criteria with different keys, each with bands of rising points and a descriptor"),
    "kinds": lambda: _("there are more kinds than deals"),
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
    "part_rules": lambda: _("Assessment part “%(title)s” has no rules: add them, or cases."),
    "part_rules_wrong": lambda: _("The rules of assessment part “%(title)s” can't be kept: %(detail)s."),
    "part_both": lambda: _("Assessment part “%(title)s” has rules of its own and cases as well: take one of them out."),
    "part_unplaced": lambda: _("Assessment part “%(title)s” names a case that is not among the cases of the course."),
    "case_twice": lambda: _("Case “%(title)s” stands twice among the cases of the course."),
    "case_in_two_parts": lambda: _("Case “%(title)s” stands in more than one assessment part."),
    "case_without_part": lambda: _("The required case “%(title)s” stands in no assessment part."),
    "core_level": lambda: _("The core page “%(title)s” belongs to another level than the course."),
    "case_problem": lambda: _("Case “%(title)s” can't be used yet: %(problem)s."),
    "unfinished": lambda: _("“%(title)s” is not finished: %(detail)s."),
    "demand_withdrawn": lambda: _("Case “%(title)s”: the firm behind it has withdrawn its consent; take the case out."),
    "demand_embargo": lambda: _("Case “%(title)s” is under embargo: choose a day of publication from %(detail)s on."),
    "demand_leftover": lambda: _("Case “%(title)s” still tells of the firm: %(problem)s."),
    "demand_approval": lambda: _("Case “%(title)s”: the firm has not approved it as it stands now; ask it on the demand's page."),
    "case_retired": lambda: _("Case “%(title)s” is retired and not offered to new cohorts: %(detail)s"),
    "case_leaked": lambda: _("Case “%(title)s” is marked as leaked: %(detail)s"),
    "hours": lambda: _("Lessons and cases give module “%(title)s” %(detail)s hours; classes have to give the rest."),
}


def case_problem(problem: str) -> str:
    """Return the sentence for a key such as "unknown_stage:visit:draft"."""
    kind, *details = problem.split(":", 2)  # what an author typed as the next stage may hold a colon
    return CASE_PROBLEMS[kind](*details)


LEFTOVERS = {
    "name": lambda text, where: _("its name “%(text)s” in %(where)s") % {"text": text, "where": where},
    "contact": lambda text, where: _("“%(text)s” of its contact in %(where)s") % {"text": text, "where": where},
    "place": lambda text, where: _("its place “%(text)s” in %(where)s") % {"text": text, "where": where},
    "number": lambda text, where: _("its number %(text)s in %(where)s") % {"text": text, "where": where},
    "blank": lambda text, where: _("a number that waits to be written (%(text)s) in %(where)s") % {"text": text, "where": where},
    "file": lambda text, where: _("its attachment “%(text)s”, which may not be shown") % {"text": text},
}


def leftover_text(detail: str) -> str:
    """Return the words for "<kind>|<text>|<where>", where being the name of a field of the page."""
    kind, text, where = detail.split("|", 2)
    return LEFTOVERS[kind](text, PLACES[where]() if where in PLACES else where)


PLACES = {
    "title": lambda: _("title"), "draft_title": lambda: _("title"), "title_en": lambda: _("English title"),
    "summary": lambda: _("summary"), "summary_en": lambda: _("English summary"), "sector": lambda: _("sector"),
    "role": lambda: _("role"), "brief": lambda: _("brief"), "exhibits": lambda: _("exhibits"), "stages": lambda: _("stages"),
    "debrief": lambda: _("debrief"), "deliverable": lambda: _("work product"), "rubric": lambda: _("rubric"),
    "variables": lambda: _("variables"), "counterparts": lambda: _("counterparts"), "variants": lambda: _("variants"),
    "source": lambda: _("source"), "slug": lambda: _("web address"), "documents": lambda: _("names of files"),
    "English": lambda: _("the English translation"),
}  # fmt: skip


def _problem(gap: Gap) -> str:
    if gap.kind == "demand_leftover":
        return leftover_text(gap.detail)
    return case_problem(gap.detail) if gap.kind == "case_problem" else ""


def gap_text(gap: Gap) -> str:
    """Return what is missing and where, as one sentence."""
    title = gap.title_en if gap.title_en and (get_language() or "").startswith("en") else gap.title
    if gap.kind == "topic":
        return _("Required topic %(code)s “%(title)s” is covered by no lesson and no case.") % {
            "code": gap.code, "title": title,
        }  # fmt: skip
    if gap.kind in GAPS:
        return GAPS[gap.kind]() % {
            "code": gap.code, "title": title, "problem": _problem(gap),
            "detail": PART_RULES[gap.detail]() if gap.kind == "part_rules_wrong" else gap.detail,
        }  # fmt: skip
    raise ValueError(gap.kind)
