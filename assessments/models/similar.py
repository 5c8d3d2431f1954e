"""Works that say the same: fingerprints (hashes only), the pairs that came out, and what a moderator made of a pair. No score
reads any of it."""

import uuid
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from .. import similarity
from .submissions import Submission

CANDIDATES = 40


class Fingerprint(models.Model):
    """The signature of one handed-in work. The text can't be told from it."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="fingerprint")
    values = models.JSONField(default=list)
    size = models.PositiveIntegerField(help_text=_("shingles"))
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.size}"

    @classmethod
    def take(cls, submission: Submission, *, at: datetime) -> "list[SimilarPair]":
        """Keep the fingerprint of a work and report the pairs it makes. Again adds nothing.

        Looked up by bands: a constant number of queries and at most CANDIDATES comparisons, however many works there are.
        """
        own = own_shingles(submission)
        signed = similarity.signature(own) if len(own) >= similarity.LEAST else []
        keys = similarity.bands(signed)
        with transaction.atomic():
            values = {"values": signed, "size": len(own), "made_at": at}
            found, made = cls.objects.get_or_create(submission=submission, defaults=values)
            if made:
                FingerprintBand.objects.bulk_create([FingerprintBand(fingerprint=found, value=key) for key in keys])
        others = cls.objects.filter(bands__value__in=keys).exclude(submission=submission)
        mine = Q(submission__enrolment__user=submission.enrolment.user)
        nearest = others.exclude(mine).annotate(shared=Count("bands")).order_by("-shared", "-pk")[:CANDIDATES]
        ids = [one.submission_id for one in nearest]
        works = Submission.objects.filter(pk__in=ids).select_related("assignment__item__revision", "run", "enrolment__cohort")
        pairs = []
        for work in works:
            work.run.assignment = work.assignment
            alike = similarity.share(own, own_shingles(work))
            if alike >= similarity.SHARE:
                pairs.append(SimilarPair.note(submission, work, share=round(alike * 100), at=at))
        return pairs


class FingerprintBand(models.Model):
    fingerprint = models.ForeignKey(Fingerprint, on_delete=models.CASCADE, related_name="bands")
    value = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.value}"


class SimilarPair(models.Model):
    """Two works of different people that share passages. share: percent of the shorter one."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    share = models.PositiveSmallIntegerField()
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = _("similar works")
        ordering = ["-share", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="similar_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="similar_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} – {self.second_id}"

    @classmethod
    def note(cls, one: Submission, other: Submission, *, share: int, at: datetime) -> "SimilarPair":
        first, second = sorted((one, other), key=lambda work: work.pk)
        try:
            with transaction.atomic():
                return cls.objects.get_or_create(first=first, second=second, defaults={"share": share, "found_at": at})[0]
        except IntegrityError:  # the other work's job found it at the same moment
            return cls.objects.get(first=first, second=second)


class SimilarNote(AppendOnly):
    """What a moderator of a work's base made of a pair: passed on to who marks that work, or set aside. The latest counts."""

    class Kind(models.TextChoices):
        PASSED_ON = "passed_on", _("passed on to the assessors")
        SET_ASIDE = "set_aside", _("set aside")

    pair = models.ForeignKey(SimilarPair, on_delete=models.PROTECT, related_name="notes")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="similar_notes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.CharField(max_length=400)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.pair_id}: {self.kind}"

    @classmethod
    def write(
        cls, pair: SimilarPair, submission: Submission, *, kind: str, reason: str, by: User, at: datetime
    ) -> "SimilarNote":
        """Note it for one of the two works. The same again changes nothing. Raises WrongState for work of no such pair."""
        if submission.pk not in (pair.first_id, pair.second_id):
            raise WrongState(_("This work is not one of the two."), obj=pair)
        with transaction.atomic():
            latest = cls.objects.filter(pair=pair, submission=submission).first()
            if latest and (latest.kind, latest.reason) == (kind, reason):
                return latest
            note = cls.objects.create(pair=pair, submission=submission, kind=kind, reason=reason, by=by, at=at)
            log(submission, f"assessments.similarity.{kind}", by=by, organisation=submission.enrolment.cohort.organisation)
        return note


def passed_on(submission: int) -> list[str]:
    """What moderators passed on of this work to who marks it, and did not set aside later. One query."""
    latest: dict[int, SimilarNote] = {}
    for note in SimilarNote.objects.filter(submission=submission).order_by("pk"):
        latest[note.pair_id] = note
    return [note.reason for note in latest.values() if note.kind == SimilarNote.Kind.PASSED_ON]


def text_of(submission: Submission) -> str:
    """The work as one text: its fields in order, a line for each value."""
    asked = submission.assignment.script().deliverable.fields
    return "\n".join(similarity.words_in([submission.fields.get(field.key) for field in asked]))


def own_shingles(submission: Submission) -> frozenset[int]:
    """What is the trainee's own in it: without the case, its questions and the template."""
    given = frozenset[int]().union(*(similarity.shingles_of_case(said) for said in similarity.words_in(submission.run.script())))
    return similarity.shingles(text_of(submission), given)
