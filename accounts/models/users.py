"""People: who they are, and what they consented to. Knows nothing of what they study or hold."""

import uuid
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from lms.lib.audit import log

from .organisations import memberships_of


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Logs in by e-mail; acts for organisations through memberships."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(_("full name"), max_length=80, help_text=_("As it should stand on a certificate."))
    name_latin = models.CharField(
        _("name in Latin letters"), max_length=80, blank=True, help_text=_("For the English side of a certificate.")
    )
    is_staff = models.BooleanField(_("staff status"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    @cached_property
    def active_memberships(self) -> list:
        """The memberships in force today, with their organisations: one query, kept for the request."""
        found = memberships_of(self.pk, timezone.localdate())
        for membership in found:
            membership.user = self
        return found


class ConsentQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(withdrawn_at=None)

    def give(self, user: User, kind: str, *, at: datetime) -> "Consent":
        """Record the person's yes to the text as it stands today; a second yes to the same text changes nothing."""
        with transaction.atomic():
            standing = self.select_for_update().in_force().filter(user=user, kind=kind).first()
            if standing is not None:
                if standing.text_version == Consent.TEXT_VERSION:
                    return standing
                standing.withdrawn_at = at
                standing.save(update_fields=["withdrawn_at"])
            consent = self.create(user=user, kind=kind, text_version=Consent.TEXT_VERSION, given_at=at)
            log(user, "accounts.consent.give", by=user, kind=kind, text_version=Consent.TEXT_VERSION)
        return consent


class Consent(models.Model):
    """A person's yes to one purpose, in the words of one text version; withdrawing it is kept beside."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("terms of use and privacy notice")
        PUBLIC_REGISTER = "public_register", _("entry in the public register")
        EMPLOYER_SHARING = "employer_sharing", _("sharing with employers")

    # The version of accounts/terms_*.html. Change it with the text; people are then asked again.
    TEXT_VERSION = "2026-11"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    text_version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=models.Q(withdrawn_at=None), name="one_consent_in_force_per_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.text_version})"

    def withdraw(self, *, by: User, at: datetime) -> None:
        """Take the yes back; a second time changes nothing. Without the terms there is no log-in any more."""
        with transaction.atomic():
            if not Consent.objects.in_force().filter(pk=self.pk).update(withdrawn_at=at):
                return
            self.withdrawn_at = at
            if self.kind == self.Kind.TERMS:
                User.objects.filter(pk=self.user_id).update(is_active=False)
            log(self.user, "accounts.consent.withdraw", by=by, kind=self.kind)
