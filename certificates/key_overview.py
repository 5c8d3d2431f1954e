"""Where every key stands: what it is for, since when and until when, what it signed, where the log and the published documents
name it, and which command comes next. Reads rows only: the keys themselves are where the workers are, and never here."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Model, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from lms.lib.jobs.models import Job

from .fresh_pdfs import copies_signed_by
from .models import (
    Certificate,
    CopyRefusal,
    DidVersion,
    FreshPdf,
    IssuedCredential,
    LearnerRecord,
    PdfSigner,
    PdfSignerList,
    PublishedVersion,
    ReceiptKey,
    SigningKey,
    StatusChange,
    TreeHead,
)

RUNS_OUT_SOON = timedelta(days=90)


class State(TextChoices):
    ANNOUNCED = "announced", pgettext_lazy("key", "announced")
    READY = "ready", pgettext_lazy("key", "can sign now")
    SIGNS = "signs", pgettext_lazy("key", "signs")
    RETIRED = "retired", pgettext_lazy("key", "retired")
    RUN_OUT = "run_out", pgettext_lazy("key", "has run out")
    WITHDRAWN = "withdrawn", pgettext_lazy("key", "withdrawn")


TONES = {State.ANNOUNCED: "info", State.READY: "info", State.SIGNS: "ok", State.RUN_OUT: "warn", State.WITHDRAWN: "bad"}


@dataclass(frozen=True)
class Withdrawal:
    """How a key was withdrawn, and what became of what it signed. outcome: counts by their words. job: what does it, or None."""

    as_of: datetime
    at: datetime
    by: str
    reason: str
    outcome: list[tuple[str, int]] = field(default_factory=list)
    job: Job | None = None


@dataclass(frozen=True)
class KeyRow:
    """name: as commands take it; detail: fingerprint or public half. since: when it was published; signs_from: where that is
    another moment. until: when it stopped signing, or its certificate runs out. signed: counts by their words. entered: the
    version of the published document that first named it; published: whether the newest one does."""

    name: str
    detail: str
    state: State
    since: datetime
    signs_from: datetime | None = None
    until: datetime | None = None
    signed: list[tuple[str, int]] = field(default_factory=list)
    entered: PublishedVersion | None = None
    published: bool = False
    self_made: bool | None = None
    withdrawal: Withdrawal | None = None

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "muted")


@dataclass(frozen=True)
class Step:
    """What comes next, in words, and the command that does it; empty while there is only to wait."""

    text: str
    command: str = ""
    tone: str = "info"


def _first_named(model: type[PublishedVersion], names_of) -> tuple[dict[str, PublishedVersion], set[str]]:
    """Return the version that first names each key, and what the newest names. One query."""
    first: dict[str, PublishedVersion] = {}
    names: set[str] = set()
    for version in model.objects.select_related("log_leaf"):
        names = names_of(json.loads(version.text))
        for name in names:
            first.setdefault(name, version)
    return first, names


def _counts(model: type[Model], column: str) -> dict[int, int]:
    return dict(model.objects.exclude(**{column: None}).values_list(column).order_by(column).annotate(n=Count("pk")))


def _jobs(keys: Iterable[str]) -> dict[str, Job]:
    return {job.key: job for job in Job.objects.filter(key__in=list(keys))}


# --- The issuer's keys --------------------------------------------------------------------------------------------------

SIGNING_STATES = {
    SigningKey.Status.NEXT: State.ANNOUNCED, SigningKey.Status.ACTIVE: State.SIGNS,
    SigningKey.Status.RETIRED: State.RETIRED, SigningKey.Status.COMPROMISED: State.WITHDRAWN,
}  # fmt: skip


def ready_at(key: SigningKey) -> datetime:
    """From when on an announced key may sign: published for as long as others may keep what they fetched."""
    return key.active_from + timedelta(hours=settings.KEY_OVERLAP_HOURS)


def signing_keys(*, at: datetime) -> list[KeyRow]:
    """Every signing key, the newest first. Nine queries, however many."""
    keys = list(SigningKey.objects.select_related("withdrawn_by").order_by("-active_from", "-pk"))
    first, listed = _first_named(DidVersion, lambda document: {one["id"] for one in document["verificationMethod"]})
    copies, heads, records = (_counts(model, "key") for model in (IssuedCredential, TreeHead, LearnerRecord))
    withdrawals = _withdrawals([key for key in keys if key.status == SigningKey.Status.COMPROMISED])
    rows = []
    for key in keys:
        state = SIGNING_STATES[SigningKey.Status(key.status)]
        if state == State.ANNOUNCED and ready_at(key) <= at:
            state = State.READY
        signed = [
            (_("copies of certificates"), copies.get(key.pk, 0)), (_("heads of the log"), heads.get(key.pk, 0)),
            (_("learner records"), records.get(key.pk, 0)),
        ]  # fmt: skip
        rows.append(
            KeyRow(
                name=key.key_id,
                detail=key.public_multibase,
                state=state,
                since=key.active_from,
                signs_from=ready_at(key) if state == State.ANNOUNCED else None,
                until=key.retired_at or key.withdrawn_at,
                signed=signed,
                entered=first.get(str(key)),
                published=str(key) in listed,
                withdrawal=withdrawals.get(key.pk),
            )
        )
    return rows


def _withdrawals(keys: list[SigningKey]) -> dict[int, Withdrawal]:
    """What the drill, or the real thing, came to: signed anew, suspended, and what still waits."""
    refusals = CopyRefusal.objects.filter(copy__key__in=keys).order_by("copy__key")
    anew = dict(refusals.filter(change__kind=StatusChange.Kind.SIGNED_ANEW).values_list("copy__key").annotate(n=Count("pk")))
    unrecorded = refusals.filter(change__reason=StatusChange.Reason.NOT_RECORDED)
    suspended = dict(unrecorded.values_list("copy__key").annotate(n=Count("pk")))
    left = IssuedCredential.objects.filter(key__in=keys, refusal=None).exclude(certificate__state__in=Certificate.BAD_STATES)
    waiting = dict(left.values_list("key").order_by("key").annotate(n=Count("pk")))
    jobs = _jobs(key.job_key for key in keys)
    counted = {
        _("signed anew"): anew, _("suspended, as the log did not have them before"): suspended, _("still waiting"): waiting,
    }  # fmt: skip
    return {
        key.pk: Withdrawal(
            as_of=key.withdrawn_as_of,
            at=key.withdrawn_at or key.withdrawn_as_of,
            by=str(key.withdrawn_by or ""),
            reason=key.withdrawn_reason,
            outcome=[(words, counts.get(key.pk, 0)) for words, counts in counted.items()],
            job=jobs.get(key.job_key),
        )
        for key in keys
    }


def signing_step(rows: list[KeyRow]) -> Step:
    command = "manage.py rotate_key"
    announced = next((row for row in rows if row.state in (State.ANNOUNCED, State.READY)), None)
    if not rows:
        return Step(_("The first key is made when the first certificate is signed."))
    if announced is None:
        return Step(_("To change the key, announce the next one: it is published at once and signs nothing yet."), command)
    words = {"key": announced.name}
    if announced.state == State.READY:
        ready = _("%(key)s has been published long enough. Run this and it signs from then on.")
        return Step(ready % words, command, "warn")
    wait = _("%(key)s is announced and signs nothing yet. Wait until the moment in its row, then run manage.py rotate_key again.")
    return Step(wait % words)


# --- What signs PDFs ----------------------------------------------------------------------------------------------------


def pdf_signers(*, at: datetime) -> list[KeyRow]:
    """Everything that signs, signed or is to sign PDFs, the newest first. Eight queries, however many."""
    signers = list(PdfSigner.objects.select_related("withdrawal__withdrawn_by").order_by("-first_used_at", "-pk"))
    first, listed = _first_named(PdfSignerList, lambda document: {one["fingerprint"] for one in document["signers"]})
    pdfs, fresh = _counts(IssuedCredential, "pdf_signer"), _counts(FreshPdf, "pdf_signer")
    newest = [
        model.objects.exclude(pdf_signer=None).order_by("-signed_at", "-pk").values_list("signed_at", "pdf_signer").first()
        for model in (IssuedCredential, FreshPdf)
    ]
    last = max((found for found in newest if found), default=(None, None))[1]
    gone = [signer for signer in signers if signer.withdrawn]
    jobs = _jobs(f"draw-afresh:{signer.pk}" for signer in gone)
    still = copies_signed_by([signer.pk for signer in gone]).prefetch_related(None).order_by("signer")
    left = dict(still.values_list("signer").annotate(n=Count("pk")))
    current = next((signer for signer in signers if signer.pk == last), None)
    rows = []
    for signer in signers:
        signed = [(_("PDFs"), pdfs.get(signer.pk, 0)), (_("fresh PDFs"), fresh.get(signer.pk, 0))]
        rows.append(
            KeyRow(
                name=signer.fingerprint.removeprefix("sha256:"),
                detail=signer.subject,
                state=_pdf_state(signer, current, at=at),
                since=signer.first_used_at,
                until=signer.valid_until,
                signed=signed,
                entered=first.get(signer.fingerprint),
                published=signer.fingerprint in listed,
                self_made=signer.self_made,
                withdrawal=_pdf_withdrawal(signer, left, jobs) if signer.withdrawn else None,
            )
        )
    return rows


def _pdf_state(signer: PdfSigner, current: PdfSigner | None, *, at: datetime) -> State:
    """As the rows tell it: what is set for the workers is not known here."""
    if signer.withdrawn:
        return State.WITHDRAWN
    if signer.first_used_at > at:
        return State.ANNOUNCED
    if signer.valid_until < at:
        return State.RUN_OUT
    if signer == current:
        return State.SIGNS
    return State.READY if current is None or signer.first_used_at > current.first_used_at else State.RETIRED


def _pdf_withdrawal(signer: PdfSigner, left: dict[int, int], jobs: dict[str, Job]) -> Withdrawal:
    gone, job = signer.withdrawn, jobs.get(f"draw-afresh:{signer.pk}")
    words = _("certificates whose present PDF is still by it (a trusted time stamp from before lets it stand)")
    outcome = [(words, left.get(signer.pk, 0))]
    return Withdrawal(gone.as_of, gone.withdrawn_at, str(gone.withdrawn_by), gone.reason, outcome, job)


def pdf_step(rows: list[KeyRow], *, at: datetime) -> Step:
    """The next step of changing what signs PDFs."""
    coming = next((row for row in rows if row.state in (State.ANNOUNCED, State.READY)), None)
    signing = next((row for row in rows if row.state == State.SIGNS), None)
    if not rows:
        return Step(_("The first one is made when the first PDF is signed."))
    words = {"key": coming.name[:12] if coming else ""}
    if coming and coming.self_made:
        return Step(_("%(key)s signs by itself from the moment in its row on; there is nothing to do.") % words)
    if coming:
        switch = _("At the moment in the row of %(key)s, set LMS_PDF_SIGNER of the workers to its file.")
        return Step(switch % words, "LMS_PDF_SIGNER=NEXT.p12", "warn")
    bought = signing is not None and not signing.self_made
    command = "manage.py rotate_pdf_key --file NEXT.p12" if bought else "manage.py rotate_pdf_key"
    if signing is None:
        none = _("None that may sign is known: the next PDF needs a new one, or LMS_PDF_SIGNER set to one.")
        return Step(none, command, "warn")
    if signing.until and signing.until - at < RUNS_OUT_SOON:
        return Step(_("The certificate that signs runs out soon: announce the next one now."), command, "warn")
    return Step(_("To change it, announce the next one: it is published at once and signs when the overlap is over."), command)


# --- Receipts -----------------------------------------------------------------------------------------------------------


def receipt_keys() -> list[KeyRow]:
    """The keys of receipts, the newest first: only the newest signs, for it is derived from the secret that is set. One query."""
    rows = []
    for place, key in enumerate(ReceiptKey.objects.order_by("-active_from", "-pk")):
        state = State.WITHDRAWN if key.withdrawn_at else State.SIGNS if place == 0 else State.RETIRED
        rows.append(KeyRow(key.key_id, key.public_multibase, state, key.active_from, until=key.withdrawn_at))
    return rows
