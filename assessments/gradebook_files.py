"""The gradebook as a file: trainees × assignments, parts and total on one sheet, every released result on another."""

from collections.abc import Iterable, Iterator

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.lib.language import local

from .grade_history import GradeChange
from .gradebook import Gradebook
from .lateness_words import handed_in
from .whatif import WhatIf


def word_of(passed: bool | None) -> str:
    """Return a verdict in words, "" while it is open."""
    if passed is None:
        return ""
    return _("passed") if passed else _("not passed")


def grade_lines(book: Gradebook, *, named: bool) -> Iterator[list]:
    """Yield the headings, then a line for each trainee: state and total of each assignment, total and verdict of each
    part and of the whole."""
    heading = _who(named)
    for assignment in book.assignments:
        title = local(assignment.item, "title")
        heading += [title, _("%(case)s: points of 100") % {"case": title}]
    for part in book.parts:
        title = local(part, "title")
        heading += [_("%(part)s: points of 100") % {"part": title}, _("%(part)s: verdict") % {"part": title}]
    yield [*heading, _("Weighted total"), _("All parts")]
    for row in book.rows:
        line = [row.name, row.email] if named else [row.name]
        for cell in row.cells:
            line += [cell.word, cell.total]
        for _part, total, passed in row.parts:
            line += [total, word_of(passed)]
        yield [*line, row.overall.total, word_of(row.overall.passed)]


def history_lines(changes: Iterable[GradeChange], *, named: bool) -> Iterator[list]:
    """Yield the headings, then a line for each released result in the order of time."""
    yield [
        *_who(named),
        _("Assignment"), _("Attempt"), _("Released at"), _("Event"), _("Points before"), _("Points after"), _("Difference"),
        _("Score"), _("Taken off for lateness"), _("Due time"),
        _("Verdict before"), _("Verdict after"), _("How it was reached"), _("Reason"), _("Released by"),
    ]  # fmt: skip
    for change in changes:
        person, before, after = change.enrolment, change.before, change.result
        who = [person.user.full_name, person.user.email] if named else [person.anonymous_code]
        yield [
            *who,
            local(change.assignment.item, "title"), change.attempt, f"{localtime(change.at):%Y-%m-%d %H:%M:%S}",
            change.word, before and before.counted, after.counted, change.difference, after.total, after.deduction,
            handed_in(after.late),
            word_of(before and before.passed), word_of(after.passed), after.get_method_display(),
            " / ".join(change.reasons), change.by.full_name,
        ]  # fmt: skip


def what_if_lines(found: WhatIf, *, named: bool) -> Iterator[list]:
    """Yield the headings, then a line for each trainee. Every line says that it is a simulation."""
    heading = _who(named)
    for part in found.book.parts:
        title = local(part, "title")
        heading += [
            _("%(part)s: points of 100") % {"part": title}, _("%(part)s: simulated points") % {"part": title},
            _("%(part)s: verdict now") % {"part": title}, _("%(part)s: simulated verdict") % {"part": title},
        ]  # fmt: skip
    yield [
        *heading,
        _("Weighted total now"), _("Simulated weighted total"), _("Verdict now"), _("Simulated verdict"), _("Note"),
    ]  # fmt: skip
    for row in found.rows:
        line = [row.grades.name, row.grades.email] if named else [row.grades.name]
        for part in row.parts:
            line += [part.total, part.new_total, word_of(part.before), word_of(part.after)]
        yield [
            *line,
            row.before.total, row.after.total, word_of(row.before.passed), word_of(row.after.passed), _("simulation"),
        ]  # fmt: skip


def _who(named: bool) -> list[str]:
    return [_("Trainee"), _("E-mail")] if named else [_("Anonymous code")]
