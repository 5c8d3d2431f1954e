"""The award chain: rule version → proposal by the base → decision by the authority → award with its proof tree.

There is no other way to a certificate: `Certificate.award` is not null, an award's tree must be satisfied (a database
constraint), and only `AwardProposal.confirm` makes an award, from facts it evaluates again at that moment.
"""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet, ImmutableRow
from training.models import Enrolment

from ..document.glyphs import code_named, drawn_ranges, has_private, missing_glyphs
from ..eligibility import evaluate, wants
from ..facts import STATED, facts_of, facts_of_all
from ..factsheet import Eligibility, Facts
from ..signals import awarded
from .rules import AwardRule


class NotEligible(Exception):
    """The recorded facts don't meet the rule; `eligibility.missing` says what is lacking."""

    def __init__(self, eligibility: Eligibility) -> None:
        super().__init__("; ".join(str(node.title) for node in eligibility.missing))
        self.eligibility = eligibility


def undrawable(characters: list[str]) -> str:
    """What is said of a name with characters that the fonts lack: which ones, and which Han characters are drawn."""
    told = {"characters": code_named(characters), "ranges": drawn_ranges()}
    if has_private(characters):
        said = _(
            "The certificate's fonts can't draw these characters of the trainee's name: %(characters)s. A private code is no "
            "character of the standard: have the name typed again with an up-to-date input method. The Han characters that can "
            "be drawn are %(ranges)s."
        )
    else:
        said = _(
            "The certificate's fonts can't draw these characters of the trainee's name: %(characters)s. The Han characters "
            "that can be drawn are %(ranges)s."
        )
    return said % told


class Undrawable(WrongState):
    """A name has characters that the fonts lack."""

    headline = _("This name can't be printed as it is")

    def __init__(self, characters: list[str], *, obj: models.Model) -> None:
        super().__init__(undrawable(characters), obj=obj)


def _refuse_undrawable(enrolment: Enrolment) -> None:
    """Better now, when the registrar can have the name mended, than in the worker after the award."""
    if missing := missing_glyphs(enrolment.user.full_name + enrolment.user.name_latin):
        raise Undrawable(missing, obj=enrolment)


class AwardProposalQuerySet(models.QuerySet):
    def sent_back(self, *, since: datetime):
        """Refused since then, of trainees who still study and were not proposed again: the base's to mend."""
        again = AwardProposal.objects.filter(status__in=AwardProposal.LIVE, enrolment=OuterRef("enrolment"))
        rows = self.filter(status=AwardProposal.Status.REFUSED, decided_at__gte=since)
        return rows.exclude(enrolment__status=Enrolment.Status.WITHDRAWN).exclude(Exists(again))


class AwardProposal(models.Model):
    """The registrar's proposal of one trainee, and the authority's decision on it."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    LIVE = (Status.PROPOSED, Status.CONFIRMED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="award_proposals")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="award_proposals")
    rule = models.ForeignKey(AwardRule, on_delete=models.PROTECT, related_name="proposals")
    tree = models.JSONField()  # as seen by the registrar at the time
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)

    objects = AwardProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("award proposal")
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(status__in=["proposed", "confirmed"]), name="one_live_proposal"
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(reason=""), name="a_refusal_gives_its_reason"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="two_pairs_of_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} – {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        return reverse("award_detail", args=[self.uuid])

    @classmethod
    def propose(cls, enrolment: Enrolment, *, by: User, at: datetime) -> "AwardProposal":
        """Ask the authority to award this trainee.

        Raises NotEligible when the facts don't meet the rule in force, WrongState when there is no rule, the enrolment
        is withdrawn, a proposal is already on its way, or the name has characters that can't be drawn.
        """
        with transaction.atomic():
            locked = Enrolment.objects.select_for_update(of=("self",)).select_related("cohort__edition", "user")
            enrolment = locked.get(pk=enrolment.pk)
            if enrolment.status == Enrolment.Status.WITHDRAWN:
                raise WrongState(_("This trainee has withdrawn from the cohort."), obj=enrolment)
            rule = AwardRule.objects.for_enrolment(enrolment)
            if rule is None:
                raise WrongState(_("There is no award rule in force for this level."), obj=enrolment)
            if cls.objects.filter(enrolment=enrolment, status__in=cls.LIVE).exists():
                raise WrongState(_("This trainee has already been proposed."), obj=enrolment)
            eligibility = evaluate(facts_of(enrolment, wants(rule.conditions)), rule.conditions)
            if not eligibility.ok:
                raise NotEligible(eligibility)
            _refuse_undrawable(enrolment)
            proposal = cls.objects.create(
                enrolment=enrolment,
                organisation_id=enrolment.cohort.organisation_id,
                rule=rule,
                tree=eligibility.tree.as_json(),
                proposed_at=at,
                proposed_by=by,
            )
            log(proposal, "certificates.award.propose", by=by, organisation=proposal.organisation)
        return proposal

    def confirm(self, *, by: User, at: datetime) -> "Award":
        """Award: the facts are read and the rule is evaluated again now, and the tree is stored with the decision.

        Raises NotEligible when the facts no longer meet the rule, WrongState when the proposal was decided before or
        was made by the same person.
        """
        if by.pk == self.proposed_by_id:
            raise WrongState(_("Who proposed an award can't confirm it."), obj=self)
        with transaction.atomic():
            self._decide(self.Status.CONFIRMED, by=by, at=at)
            enrolment = Enrolment.objects.select_related("cohort__edition__level", "user").get(pk=self.enrolment_id)
            award = Award.decide(self, enrolment, by=by, at=at)
            log(award, "certificates.award.confirm", by=by, organisation=self.organisation, rule=str(self.rule.uuid))
        return award

    @classmethod
    def confirm_all(
        cls, proposals: list["AwardProposal"], *, by: User, at: datetime
    ) -> "dict[int, Award | Eligibility | None]":
        """Confirm many, in the caller's transaction: the facts of all are read again together, each is judged by itself.

        Returns by proposal the award, what is missing when the facts no longer meet the rule, or None for whoever was
        refused, withdrawn or has left. One that was confirmed before gives its award. Raises WrongState when somebody
        decided one of them meanwhile, or proposed it themselves.
        """
        if any(proposal.proposed_by_id == by.pk for proposal in proposals):
            raise WrongState(_("Who proposed an award can't confirm it."))
        found = cls.objects.filter(pk__in=[proposal.pk for proposal in proposals]).select_related(
            "enrolment__cohort__edition__level", "enrolment__cohort__organisation", "enrolment__user", "enrolment__syllabus",
            "organisation", "rule__level__syllabus", "award",
        )  # fmt: skip
        outcomes: dict[int, Award | Eligibility | None] = {p.pk: getattr(p, "award", None) for p in found}
        active = Enrolment.Status.ACTIVE
        open_ones = [p for p in found if p.status == cls.Status.PROPOSED and p.enrolment.status == active]
        rules = [proposal.rule.conditions for proposal in open_ones]
        facts = facts_of_all([p.enrolment for p in open_ones], wants(*rules) | STATED) if open_ones else {}
        outcomes |= {p.pk: evaluate(facts[p.enrolment_id], p.rule.conditions) for p in open_ones}
        eligible = [p for p in open_ones if outcomes[p.pk].ok]
        moved = cls.objects.filter(pk__in=[p.pk for p in eligible], status=cls.Status.PROPOSED)
        if moved.update(status=cls.Status.CONFIRMED, decided_by=by, decided_at=at) != len(eligible):
            raise WrongState(_("This proposal has already been decided."))
        for proposal in eligible:
            proposal.status, proposal.decided_by, proposal.decided_at = cls.Status.CONFIRMED, by, at
        for award in Award.decide_all(eligible, facts, by=by, at=at):
            outcomes[award.proposal_id] = award
        return outcomes

    def refuse(self, *, by: User, at: datetime, reason: str) -> None:
        with transaction.atomic():
            self._decide(self.Status.REFUSED, by=by, at=at, reason=reason)
            log(self, "certificates.award.refuse", by=by, organisation=self.organisation, reason=reason)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The base takes its proposal back."""
        with transaction.atomic():
            # Taking one's own proposal back is no decision on it, so decided_by stays empty.
            self._decide(self.Status.WITHDRAWN, by=None, at=at)
            log(self, "certificates.award.withdraw", by=by, organisation=self.organisation)

    def _decide(self, status: str, *, by: User | None, at: datetime, reason: str = "") -> None:
        moved = AwardProposal.objects.filter(pk=self.pk, status=self.Status.PROPOSED).update(
            status=status, decided_by=by, decided_at=at, reason=reason
        )
        if not moved:
            raise WrongState(_("This proposal has already been decided."), obj=self)
        self.refresh_from_db()
        if row := getattr(self, "batch_row", None):
            row.batch.settle(at=at)


class AwardQuerySet(AppendOnlyQuerySet):
    def bulk_create(self, *args, **kwargs):
        raise ImmutableRow("Awards are decided one by one.")


class Award(AppendOnly):
    """The immutable decision with its proof tree: every condition, the fact that met it, the rule version."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    proposal = models.OneToOneField(AwardProposal, on_delete=models.PROTECT, related_name="award")
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="award")
    rule = models.ForeignKey(AwardRule, on_delete=models.PROTECT, related_name="awards")
    rule_hash = models.CharField(max_length=80)
    edition_hash = models.CharField(max_length=80)
    tree = models.JSONField()
    tree_hash = models.CharField(max_length=80)
    satisfied = models.BooleanField()
    awarded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("award")
        ordering = ["-awarded_at"]
        constraints = [models.CheckConstraint(condition=Q(satisfied=True), name="an_award_is_satisfied")]

    objects = AwardQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def certificate(self):
        """The certificate at the end of the chain: the one that stands, or the last that did. One query."""
        return self.certificates.order_by("pk").last()

    @classmethod
    def decide(cls, proposal: AwardProposal, enrolment: Enrolment, *, by: User, at: datetime) -> "Award":
        """Write the award of a confirmed proposal. Raises NotEligible when today's facts don't meet the rule."""
        conditions = proposal.rule.conditions
        facts = facts_of(enrolment, wants(conditions) | STATED)
        eligibility = evaluate(facts, conditions)
        if not eligibility.ok:
            raise NotEligible(eligibility)
        award = cls._of(proposal, enrolment, eligibility, by=by, at=at)
        award.save()
        awarded.send(sender=cls, award=award, facts=facts)
        return award

    @classmethod
    def decide_all(
        cls, proposals: list[AwardProposal], facts: dict[int, Facts], *, by: User, at: datetime
    ) -> "list[Award]":
        """Write the awards of confirmed proposals together; each is held to its chain as one by itself is.

        facts: of each enrolment, just read. Raises ImmutableRow when one of the chains does not hold.
        """
        awards = []
        for proposal in proposals:
            of_one = facts[proposal.enrolment_id]
            eligibility = evaluate(of_one, proposal.rule.conditions)
            award = cls._of(proposal, proposal.enrolment, eligibility, by=by, at=at)
            if problems := award.problems(of_one):
                raise ImmutableRow(f"Not an award: {'; '.join(problems)}")
            awards.append(award)
        models.QuerySet.bulk_create(cls.objects.all(), awards)
        for award in awards:
            rule = str(award.rule.uuid)
            log(award, "certificates.award.confirm", by=by, organisation=award.proposal.organisation, rule=rule)
            awarded.send(sender=cls, award=award, facts=facts[award.enrolment_id], batch=True)
        return awards

    @classmethod
    def _of(cls, proposal: AwardProposal, enrolment: Enrolment, eligibility: Eligibility, *, by: User, at: datetime) -> "Award":
        tree = eligibility.tree.as_json()
        return cls(
            proposal=proposal,
            enrolment=enrolment,
            rule=proposal.rule,
            rule_hash=proposal.rule.content_hash,
            edition_hash=enrolment.cohort.edition.content_hash,
            tree=tree,
            tree_hash=content_hash(tree),
            satisfied=eligibility.ok,
            awarded_at=at,
            confirmed_by=by,
        )

    def save(self, *args, **kwargs):
        """Refuse an award that its own chain does not bear out, whoever asks for it and however."""
        if problems := self.problems():
            raise ImmutableRow(f"Not an award: {'; '.join(problems)}")
        super().save(*args, **kwargs)

    def problems(self, facts: Facts | None = None) -> list[str]:
        """Return what is wrong with the chain rule → proposal → facts → tree; empty when it holds.

        facts: of the enrolment, when the caller has just read those of many.
        Asked before an award is written, before a certificate is signed, and by `manage.py audit_awards`.
        """
        found = []
        if self.proposal.status != AwardProposal.Status.CONFIRMED or self.proposal.enrolment_id != self.enrolment_id:
            found.append("no confirmed proposal for this enrolment")
        if self.proposal.rule_id != self.rule_id or self.rule.computed_hash() != self.rule_hash:
            found.append("the rule is not the one proposed, or was altered")
        if content_hash(self.tree) != self.tree_hash or not self.tree.get("ok"):
            found.append("the stored tree was altered or is not satisfied")
        if self.enrolment.cohort.edition.content_hash != self.edition_hash:
            found.append("the edition is another one")
        conditions = self.rule.conditions
        if facts is None:
            facts = facts_of(self.enrolment, wants(conditions))
        if not evaluate(facts, conditions).ok:
            found.append("the recorded facts do not meet the rule")
        return found
