"""The ledger of continuing education (继续教育): what holders hand in with evidence, and what was decided on it.

Entries and decisions are appended; a decision is taken back by a further one. The latest decision tells how an entry stands.
"""

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.core.files.storage import storages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet
from training.models import Enrolment, StudyRecord

from ..cpd import Count, Item, Period, count
from ..signals import cpd_decided
from .certificates import Certificate
from .validity import CpdCategory, ValidityTerms


def private_storage():
    return storages["private"]


def evidence_path(instance: "CpdEntry", filename: str) -> str:
    return f"cpd/{instance.uuid.hex[:2]}/{instance.uuid}"


class CpdEntryQuerySet(AppendOnlyQuerySet):
    def with_state(self):
        """Each with `state`: the kind of its latest decision, "waiting" without one or when that was taken back."""
        latest = CpdDecision.objects.filter(entry=OuterRef("pk")).order_by("-number").values("kind")[:1]
        found = self.annotate(latest_kind=Coalesce(Subquery(latest), models.Value("")))
        waiting = models.When(latest_kind__in=["", "taken_back"], then=models.Value("waiting"))
        return found.annotate(state=models.Case(waiting, default=models.F("latest_kind")))


class CpdEntry(AppendOnly):
    """One item of continuing education as its holder handed it in, with its evidence."""

    MAX_BYTES = 10 * 1024 * 1024
    TAKEN = ("pdf", "png", "jpg")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cpd_entries")
    category = models.CharField(_("category"), max_length=12, choices=CpdCategory.choices)
    title = models.CharField(_("what it was"), max_length=160)
    organiser = models.CharField(_("organiser"), max_length=160)
    hours = models.DecimalField(
        _("hours"), max_digits=5, decimal_places=1,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(500))],
    )  # fmt: skip
    held_on = models.DateField(_("date"), help_text=_("The last day, when it took several."))
    file = models.FileField(storage=private_storage, upload_to=evidence_path, max_length=200)
    file_name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=80)
    handed_in_at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)

    objects = CpdEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of continuing education")
        verbose_name_plural = _("continuing education")
        ordering = ["-handed_in_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0) & ~Q(sha256="") & ~Q(title="") & ~Q(organiser=""),
                name="cpd_entry_has_hours_and_evidence",
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @classmethod
    def hand_in(cls, holder: User, *, upload, checked, request_id, at: datetime, **fields) -> "CpdEntry":
        """Append an entry with its checked evidence. The same form sent twice makes one entry."""
        if sent := cls.objects.filter(request_id=request_id, holder=holder).first():
            return sent
        with transaction.atomic():
            entry = cls(
                holder=holder, file_name=checked.name[:255], media_type=checked.media_type, sha256=checked.sha256,
                handed_in_at=at, request_id=request_id, **fields,
            )  # fmt: skip
            entry.file.save("evidence", upload, save=False)
            entry.save()
            log(entry, "certificates.cpd.hand_in", by=holder, hours=str(entry.hours))
        return entry

    def latest(self) -> "CpdDecision | None":
        return self.decisions.order_by("number").last()

    def decide(self, kind: str, *, by: User, at: datetime, reason: str = "") -> "CpdDecision":
        """Accept, refuse, take a decision back, or (the holder) withdraw the entry.

        Raises WrongState when it is not in a state from which this leads on, a reason is missing, or somebody decides on
        what they handed in themselves.
        """
        kind = CpdDecision.Kind(kind)
        latest = self.latest()
        if (latest.kind if latest else "") not in CpdDecision.FROM[kind]:
            raise WrongState(_("This entry was decided meanwhile."), obj=self)
        if (by.pk == self.holder_id) != (kind == CpdDecision.Kind.WITHDRAWN):
            raise WrongState(_("Another person than the holder decides; only the holder withdraws."), obj=self)
        if kind in CpdDecision.REASONED and not reason.strip():
            raise WrongState(_("Give a reason."), obj=self)
        try:
            with transaction.atomic():
                decision = CpdDecision.objects.create(
                    entry=self, number=latest.number + 1 if latest else 1, kind=kind, reason=reason.strip(), decided_by=by,
                    decided_at=at,
                )  # fmt: skip
                log(self, f"certificates.cpd.{kind}", by=by)
                cpd_decided.send(sender=CpdDecision, decision=decision)
        except IntegrityError as error:
            raise WrongState(_("This entry was decided meanwhile."), obj=self) from error
        return decision


class CpdDecision(AppendOnly):
    """One decision on an entry. `number` counts an entry's decisions, so that two at once can't both be the next."""

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("continuing education", "accepted")
        REFUSED = "refused", pgettext_lazy("continuing education", "refused")
        TAKEN_BACK = "taken_back", _("decision taken back")
        WITHDRAWN = "withdrawn", _("withdrawn")

    FROM = {
        Kind.ACCEPTED: ("", Kind.TAKEN_BACK),
        Kind.REFUSED: ("", Kind.TAKEN_BACK),
        Kind.TAKEN_BACK: (Kind.ACCEPTED, Kind.REFUSED),
        Kind.WITHDRAWN: ("", Kind.TAKEN_BACK),
    }
    REASONED = (Kind.REFUSED, Kind.TAKEN_BACK)

    entry = models.ForeignKey(CpdEntry, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("decision on continuing education")
        ordering = ["entry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="cpd_decision_number_once"),
            models.CheckConstraint(
                condition=~Q(kind__in=["refused", "taken_back"]) | ~Q(reason=""), name="cpd_refusal_gives_its_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} #{self.number} {self.kind}"


class CpdNotebook(models.Model):
    """What a holder keeps for the ledger: what was typed and not handed in, and whether mails remind of the end."""

    holder = models.OneToOneField(User, on_delete=models.CASCADE, related_name="cpd_notebook")
    draft = models.JSONField(default=dict, blank=True)
    reminders = models.BooleanField(_("Remind me by mail before a certificate ends"), default=True)
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notebook of continuing education")

    def __str__(self) -> str:
        return str(self.holder_id)

    @classmethod
    def keep(cls, holder: User, draft: dict[str, str], *, at: datetime) -> None:
        """Keep what was typed; an empty draft clears it."""
        cls.objects.update_or_create(holder=holder, defaults={"draft": draft, "saved_at": at})


def study_items(certificate: Certificate, period: Period) -> list[tuple[Enrolment, Item]]:
    """Hours of other courses on this platform within the period count by themselves, as professional subjects: one item a
    course, on the day of its latest hours. Five queries at most."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(period.starts, time.min, tzinfo=zone)
    end = datetime.combine(period.closes + timedelta(days=1), time.min, tzinfo=zone)
    within = StudyRecord.objects.filter(recorded_at__gte=start, recorded_at__lt=end)
    enrolments = Enrolment.objects.filter(user=certificate.holder_id, records__in=within).exclude(award=certificate.award_id)
    found = list(enrolments.distinct().select_related("cohort__edition__level__syllabus", "cohort__organisation"))
    if not found:
        return []
    last: dict[int, date] = {
        pk: timezone.localdate(at)
        for pk, at in within.filter(enrolment__in=found).order_by().values_list("enrolment").annotate(models.Max("recorded_at"))
    }
    earned = within.hours_by_enrolment(found)
    items = []
    for enrolment in found:
        hours = sum((line.earned for line in earned[enrolment.pk]), Decimal(0))
        if hours > 0:
            items.append((enrolment, Item(f"study:{enrolment.uuid}", CpdCategory.PROFESSIONAL, hours, last[enrolment.pk])))
    return items


def accepted_items(holder: int) -> tuple[list[CpdEntry], list[Item]]:
    """The accepted entries of a holder, and the same as plain values. One query."""
    entries = list(CpdEntry.objects.filter(holder=holder).with_state().filter(state="accepted"))
    return entries, [Item(str(entry.uuid), entry.category, entry.hours, entry.held_on) for entry in entries]


def count_for(certificate: Certificate, terms: ValidityTerms, period: Period) -> Count:
    """What counts towards the renewal of this certificate: accepted entries of its holder, and courses on this platform."""
    _entries, items = accepted_items(certificate.holder_id)
    items += [item for _enrolment, item in study_items(certificate, period)]
    return count(items, terms.demand(), starts=period.starts, ends=period.closes)
