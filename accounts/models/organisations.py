"""Organisations (training bases, the authority, employers) and who acts for them in which role."""

import uuid
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lms.lib.audit import log
from lms.lib.compiled import Compiled
from lms.lib.errors import WrongState


class OrganisationQuerySet(models.QuerySet):
    def bases(self):
        return self.filter(kind=Organisation.Kind.BASE)

    def authority(self) -> "Organisation | None":
        """The one authority; None before there is any."""
        return self.filter(kind=Organisation.Kind.AUTHORITY).first()

    def accredited(self, at: date | None = None):
        """Bases whose accreditation is in force on that day (today when not given)."""
        at = at or timezone.localdate()
        return self.bases().filter(accredited_from__lte=at).filter(
            Q(accredited_until=None) | Q(accredited_until__gte=at)
        )


class Organisation(models.Model):
    class Kind(models.TextChoices):
        BASE = "base", _("training base")
        AUTHORITY = "authority", _("authority")
        EMPLOYER = "employer", _("employer")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    region = models.CharField(_("region"), max_length=60, blank=True)
    region_en = models.CharField(_("English name of the region"), max_length=80, blank=True, db_default="")
    accredited_from = models.DateField(_("accredited from"), null=True, blank=True)
    accredited_until = models.DateField(_("accredited until"), null=True, blank=True)
    accredited_levels = models.JSONField(
        _("accredited levels"), default=list, blank=True, help_text=_("Codes of the levels this base may teach.")
    )
    is_sample = models.BooleanField(_("fictional, part of the sample site"), default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="authority"), name="one_authority"),
            models.CheckConstraint(
                condition=Q(accredited_until=None) | Q(accredited_until__gte=F("accredited_from")),
                name="accreditation_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return reverse("organisation_detail", args=[self.uuid])

    @property
    def roles(self) -> list["Role"]:
        """The roles people can have here, by the kind of organisation."""
        return {self.Kind.BASE: BASE_ROLES, self.Kind.AUTHORITY: AUTHORITY_ROLES}.get(self.kind, [Role.EMPLOYER])

    @property
    def display_name(self) -> str:
        """The name in the language of the page."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def is_accredited_for(self, level_code: str, at: date | None = None) -> bool:
        at = at or timezone.localdate()
        return (
            self.kind == self.Kind.BASE
            and self.accredited_from is not None
            and self.accredited_from <= at
            and (self.accredited_until is None or at <= self.accredited_until)
            and level_code in self.accredited_levels
        )


class Role(models.TextChoices):
    """What a person may do for an organisation. Trainees have no membership: an enrolment makes a trainee."""

    AUTHOR = "author", _("author")
    BASE_REVIEWER = "base_reviewer", _("content reviewer of the base")
    INSTRUCTOR = "instructor", _("instructor")
    REGISTRAR = "registrar", _("registrar")
    ASSESSOR = "assessor", _("assessor")
    MODERATOR = "moderator", _("moderator")
    REVIEWER = "reviewer", _("content reviewer of the authority")
    OFFICER = "officer", _("certification officer of the authority")
    EMPLOYER = "employer", _("verifier of an employer")


BASE_ROLES = [
    Role.AUTHOR, Role.BASE_REVIEWER, Role.INSTRUCTOR, Role.REGISTRAR, Role.ASSESSOR, Role.MODERATOR,
]
AUTHORITY_ROLES = [Role.AUTHOR, Role.REVIEWER, Role.OFFICER, Role.MODERATOR]
STAFF_ROLES = [*BASE_ROLES, Role.REVIEWER, Role.OFFICER]  # a second factor is demanded of these


class MembershipQuerySet(models.QuerySet):
    def in_force(self, at: date | None = None):
        at = at or timezone.localdate()
        return self.filter(valid_from__lte=at).filter(Q(valid_until=None) | Q(valid_until__gte=at))

    def in_force_or_later(self, at: date | None = None):
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=at or timezone.localdate()))

    def grant(self, *, organisation: Organisation, user, role: str, valid_from: date, valid_until: date | None, by):
        """Give the person the role from a day until a day (inclusive; None = open). Returns the membership.

        A role that ended before is taken up again with the new days; the audit log keeps the old ones. Granting what
        is in force already, with the same days, changes nothing. Raises WrongState when the role does not belong to
        that kind of organisation, or is held with other days.
        """
        if role not in organisation.roles:
            raise WrongState(_("This role does not belong to this kind of organisation."), obj=organisation)
        with transaction.atomic():
            membership, created = self.select_for_update().get_or_create(
                organisation=organisation, user=user, role=role,
                defaults={"valid_from": valid_from, "valid_until": valid_until},
            )  # fmt: skip
            if not created:
                if (membership.valid_from, membership.valid_until) == (valid_from, valid_until):
                    return membership
                if membership.valid_until is None or membership.valid_until >= timezone.localdate():
                    raise WrongState(_("This person has this role already; end it first."), obj=organisation)
                membership.valid_from, membership.valid_until = valid_from, valid_until
                membership.save(update_fields=["valid_from", "valid_until"])
            log(
                organisation, "accounts.membership.grant", by=by, organisation=organisation, person=user.pk, role=role,
                valid_from=valid_from.isoformat(), valid_until=valid_until.isoformat() if valid_until else None,
            )  # fmt: skip
        return membership


class Membership(models.Model):
    """One person, one organisation, one role, from a day until a day (both inclusive)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    valid_from = models.DateField(_("from"), default=timezone.localdate)
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="one_membership_per_role"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="membership_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()} – {self.organisation}"

    @property
    def is_over(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.localdate()

    def end(self, *, by, at: datetime) -> None:
        """End the role at once: yesterday was its last day; one that had not lasted a day goes, the audit log keeps it.

        Raises WrongState when it is over already, or is one's own (nobody should lock themselves out by a slip).
        """
        if by is not None and by.pk == self.user_id:
            raise WrongState(_("You can't end your own role; ask a colleague."), obj=self.organisation)
        yesterday = timezone.localdate(at) - timedelta(days=1)
        with transaction.atomic():
            standing = Membership.objects.select_for_update().in_force_or_later(yesterday + timedelta(days=1))
            fresh = standing.filter(pk=self.pk).first()
            if fresh is None:
                raise WrongState(_("This role has ended already."), obj=self.organisation)
            if fresh.valid_from <= yesterday:
                fresh.valid_until = self.valid_until = yesterday
                fresh.save(update_fields=["valid_until"])
            else:
                fresh.delete()
            log(
                self.organisation, "accounts.membership.end", by=by, organisation=self.organisation,
                person=self.user_id, role=self.role,
            )  # fmt: skip


# A person's memberships on a day, with their organisations: asked for on every page of whoever is logged in.
memberships_of = Compiled(
    lambda user, day: Membership.objects.filter(user=user).in_force(day).select_related("organisation")
)
