"""The life of a syllabus version: drafted, edited, brought into force from a day, superseded by the next one.

    draft ──bring_into_force(at=)──► adopted: not yet in force ─► in force ─► superseded (derived from the dates)
      ▲                                            │
      └───────────────── call_off ─────────────────┘

What a version says stands in `syllabus.Syllabus`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..syllabus_core import shortfalls
from ..syllabus_wording import shortfall_text
from .syllabus_standard import SyllabusStandard


class NotReady(WrongState):
    """A draft that can't come into force; `problems` has one sentence for each thing that is missing."""

    def __init__(self, problems: list[str], *, obj: object | None = None) -> None:
        super().__init__("\n".join(problems), obj=obj)
        self.problems = problems


class SyllabusLife(models.Model):
    """The verbs of a version; its fields are those of `Syllabus`."""

    class Status(models.TextChoices):
        """What was decided. What holds on a day is derived from it and the dates: `state_at`."""

        DRAFT = "draft", _("draft")
        IN_FORCE = "in_force", _("in force")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("not yet in force")
        IN_FORCE = "in_force", _("in force")
        SUPERSEDED = "superseded", _("superseded")
        ENDED = "ended", pgettext_lazy("syllabus version", "ended")

    class Meta:
        abstract = True

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    def state_at(self, day: date) -> str:
        """Return what holds on that day, from the dates."""
        if self.is_draft:
            return self.State.DRAFT
        if day < self.in_force_from:
            return self.State.SCHEDULED
        if self.in_force_until is None or day <= self.in_force_until:
            return self.State.IN_FORCE
        return self.State.SUPERSEDED if self.superseded_by_id else self.State.ENDED

    @property
    def state(self) -> str:
        """What holds today."""
        return self.state_at(timezone.localdate())

    def require_draft(self) -> None:
        """Raise WrongState unless this version may still be edited."""
        if self.status != self.Status.DRAFT:
            raise WrongState(_("This syllabus version is in force; make a new version to change it."), obj=self)

    def obstacles(self) -> list[str]:
        """Return what keeps this draft from coming into force, one sentence each, in the language of the page."""
        found = []
        levels = list(self.levels.prefetch_related("modules__topics"))
        if not levels:
            found.append(_("A syllabus version needs at least one level."))
        for level in levels:
            if not level.modules.all():
                found.append(_("Level “%(level)s” has no module.") % {"level": level})
            found += [
                _("Module “%(module)s” of level “%(level)s” has no topic.") % {"module": module, "level": level}
                for module in level.modules.all()
                if not module.topics.all()
            ]
        if self.standard.kind == SyllabusStandard.Kind.REGIONAL and self.base_id is None:
            found.append(_("A regional variant names the version whose required core it keeps."))
        if self.base_id:
            if self.base.is_draft:
                found.append(_("The version whose core is kept, “%(base)s”, is a draft itself.") % {"base": self.base})
            found += [shortfall_text(line) for line in shortfalls(self.base.content(), self.content())]
        return [str(text) for text in found]

    @contextmanager
    def editing(self, *, edit_number: int, by, at: datetime) -> Iterator[None]:
        """One edit of a draft, in a transaction: whoever saw another state of the draft is refused.

        edit_number: the `edit_number` the editor saw. Raises WrongState when somebody saved in between, or when the
        version is no draft any more.
        """
        with transaction.atomic():
            seen = self._versions().drafts().filter(pk=self.pk, edit_number=edit_number)
            if not seen.update(edit_number=edit_number + 1, edited_by=by, edited_at=at):
                self.refresh_from_db()
                self.require_draft()
                raise WrongState(_("Somebody else has saved this draft in the meantime."), obj=self)
            self.edit_number, self.edited_by, self.edited_at = edit_number + 1, by, at
            yield
            log(self, "curriculum.syllabus.edit", by=by, edit=self.edit_number)

    def bring_into_force(self, *, at: date, by=None) -> None:
        """Freeze this version and put it in force from that day, which may lie ahead. It can't be edited any more.

        The version of the same standard that would be in force then ends the day before and is superseded by this one;
        where a later version is adopted already, this one ends when that begins.

        Raises NotReady (a WrongState) when something is missing, WrongState when it is no draft or when another version
        of the standard begins on that day.
        """
        self.require_draft()
        with transaction.atomic():
            others = self._adopted()
            if any(version.in_force_from == at for version in others):
                raise WrongState(_("Another version of this standard begins on that day."), obj=self)
            if problems := self.obstacles():
                raise NotReady(problems, obj=self)
            self.in_force_from = at
            chain = sorted([*others, self], key=lambda version: version.in_force_from)
            own: dict[str, Any] = {}
            for version, until, successor in SyllabusStandard.links(chain):
                values = {"in_force_until": until, "superseded_by": successor}
                if version is self:
                    own = values
                else:  # the neighbour ends first: two versions of a standard are never open at once
                    self._versions().filter(pk=version.pk).update(**values)
            moved = self._versions().drafts().filter(pk=self.pk, edit_number=self.edit_number).update(
                status=self.Status.IN_FORCE, in_force_from=at, content_hash=self.recompute_hash(), **own
            )  # fmt: skip
            self.refresh_from_db()
            if not moved:
                raise WrongState(_("This draft has changed in the meantime; look at it again."), obj=self)
            log(self, "curriculum.syllabus.in_force", by=by, day=at.isoformat())

    def call_off(self, *, by, today: date) -> None:
        """Take a version back to draft before its first day, as long as nothing was built on it.

        Raises WrongState when its day has come, or when a course, an edition or a variant names it.
        """
        with transaction.atomic():
            others = self._adopted()
            if self.state_at(today) != self.State.SCHEDULED:
                raise WrongState(_("Only a version whose first day is still ahead can be called off."), obj=self)
            if self.editions.exists() or self.variants.exists() or self.levels.filter(courses__isnull=False).exists():
                raise WrongState(_("Courses or variants are built on this version already; make a new version."), obj=self)
            waiting = self._versions().filter(pk=self.pk, status=self.Status.IN_FORCE, in_force_from__gt=today)
            draft = {"status": self.Status.DRAFT, "in_force_from": None, "in_force_until": None, "content_hash": ""}
            if not waiting.update(**draft, superseded_by=None, edit_number=F("edit_number") + 1):
                raise WrongState(_("This draft has changed in the meantime; look at it again."), obj=self)
            rest = [version for version in others if version.pk != self.pk]
            for version, until, successor in reversed(list(SyllabusStandard.links(rest))):
                self._versions().filter(pk=version.pk).update(in_force_until=until, superseded_by=successor)
            self.refresh_from_db()
            log(self, "curriculum.syllabus.call_off", by=by)

    def discard(self, *, by) -> None:
        """Delete a draft for good. Raises WrongState for an adopted version, or when a variant's draft names it."""
        self.require_draft()
        with transaction.atomic():
            if self.variants.exists():
                raise WrongState(_("Another draft keeps the core of this one; change that first."), obj=self)
            log(self, "curriculum.syllabus.discard", by=by, slug=self.slug)
            if not self._versions().drafts().filter(pk=self.pk).delete()[0]:
                raise WrongState(_("This syllabus version is not a draft any more."), obj=self)

    def _adopted(self) -> list["SyllabusLife"]:
        """The adopted versions of the standard by first day; nobody else changes them before this transaction ends."""
        SyllabusStandard.objects.select_for_update().get(pk=self.standard_id)
        adopted = self._versions().public().filter(standard=self.standard_id).select_related("superseded_by")
        return list(adopted.order_by("in_force_from"))

    def _versions(self):
        return type(self)._default_manager
