"""公开名册: holders who want to be found, and employers who ask to get in touch through the system."""

import uuid as uuids
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Consent, Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.language import is_english

from ..numbers import mask_name
from ..register_choices import Region, Sector
from ..signals import contact_answered, contact_asked, entry_moved
from .certificates import Certificate
from .employer_terms import EmployerTerms


class RegisterEntryQuerySet(models.QuerySet):
    def listed(self, day: date):
        """Entries that the public sees: the holder's consent stands, a certificate they chose is good on that day, and no
        officer has taken the entry off."""
        consent = Consent.objects.in_force().filter(user=OuterRef("holder"), kind=Consent.Kind.PUBLIC_REGISTER)
        shown = Certificate.objects.good_on(day).filter(register_entries=OuterRef("pk"))
        return self.filter(Exists(consent), Exists(shown), taken_off_at=None)

    def with_level(self, level: str, day: date):
        return self.filter(Exists(Certificate.objects.good_on(day).filter(
            register_entries=OuterRef("pk"), facts__level__code=level
        )))  # fmt: skip


class RegisterEntry(models.Model):
    """What one holder shows of themselves. It is public only as long as their consent to it stands (`Consent`)."""

    MOST_SECTORS = 4

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    holder = models.OneToOneField(User, on_delete=models.CASCADE, related_name="register_entry")
    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    about = models.CharField(_("what you do"), max_length=300, blank=True)
    about_en = models.CharField(_("what you do, in English"), max_length=600, blank=True, db_default="")
    shows_name = models.BooleanField(_("show my full name"), default=False)
    takes_contact = models.BooleanField(_("employers may ask to get in touch"), default=True)
    certificates = models.ManyToManyField(Certificate, related_name="register_entries")
    changed_at = models.DateTimeField()
    # An officer's doing, whatever the holder wants; the holder reads why.
    taken_off_at = models.DateTimeField(null=True, blank=True)
    taken_off_reason = models.CharField(max_length=500, blank=True)

    objects = RegisterEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry in the public register")
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(region__in=Region.values), name="register_region_known"),
            models.CheckConstraint(
                condition=Q(taken_off_at=None, taken_off_reason="") | (Q(taken_off_at__isnull=False) & ~Q(taken_off_reason="")),
                name="entry_taken_off_says_why",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("register_entry", args=[self.uuid])

    @property
    def shown_name(self) -> str:
        return self.holder.full_name if self.shows_name else mask_name(self.holder.full_name)

    @property
    def words(self) -> str:
        """The holder's words as this page's readers get them: theirs in the page's language, else the others."""
        return (self.about_en or self.about) if is_english() else (self.about or self.about_en)

    @property
    def words_language(self) -> str:
        """The language that `words` are in, where it is not the page's; else ""."""
        if self.words in (self.about_en if is_english() else self.about, ""):
            return ""
        return "zh-Hans" if is_english() else "en"

    @property
    def sector_names(self) -> list[str]:
        return [row.get_code_display() for row in self.sectors.all()]

    def is_listed(self, day: date) -> bool:
        return RegisterEntry.objects.listed(day).filter(pk=self.pk).exists()

    @classmethod
    def publish(
        cls, holder: User, *, region: str, sectors: Iterable[str], about: str, shows_name: bool, takes_contact: bool,
        certificates: Iterable[Certificate], at: datetime, about_en: str = "",
    ) -> "RegisterEntry":  # fmt: skip
        """Write what is shown and record the holder's consent. Raises WrongState for certificates that are not theirs or not
        good now, for none at all, and for too many sectors."""
        chosen = {certificate.pk for certificate in certificates}
        codes = list(dict.fromkeys(sectors))
        if len(codes) > cls.MOST_SECTORS or set(codes) - set(Sector.values):
            raise WrongState(_("Choose at most four sectors."))
        good = Certificate.objects.good_on(timezone.localdate(at)).filter(pk__in=chosen, holder=holder)
        if not chosen or good.count() != len(chosen):
            raise WrongState(_("Choose at least one of your certificates that is valid now."))
        values = {
            "region": region, "about": about, "about_en": about_en, "shows_name": shows_name, "takes_contact": takes_contact,
            "changed_at": at,
        }  # fmt: skip
        with transaction.atomic():
            entry, _made = cls.objects.update_or_create(holder=holder, defaults=values)
            entry.certificates.set(chosen)
            entry.sectors.all().delete()
            RegisterSector.objects.bulk_create(RegisterSector(entry=entry, code=code) for code in codes)
            Consent.objects.give(holder, Consent.Kind.PUBLIC_REGISTER, at=at)
            log(entry, "certificates.register.publish", by=holder, shows_name=shows_name, certificates=len(chosen))
        return entry

    def hide(self, *, at: datetime) -> None:
        """Take the consent back: nobody sees the entry any more. What was typed is kept for the holder."""
        with transaction.atomic():
            consent = self.holder.consents.in_force().filter(kind=Consent.Kind.PUBLIC_REGISTER).first()
            if consent is not None:
                consent.withdraw(by=self.holder, at=at)
                log(self, "certificates.register.hide", by=self.holder)

    def take_off(self, *, reason: str, by: User, at: datetime) -> None:
        """Nobody sees the entry until an officer puts it back; the holder reads the reason. Taken off already, it stays as it is.

        Raises WrongState without a reason.
        """
        if not reason.strip():
            raise WrongState(_("Tell the holder why the entry was taken off."), obj=self)
        with transaction.atomic():
            on = RegisterEntry.objects.filter(pk=self.pk, taken_off_at=None)
            if on.update(taken_off_at=at, taken_off_reason=reason.strip()):
                log(self, "certificates.register.take_off", by=by)
                entry_moved.send(sender=RegisterEntry, entry=self, at=at)
            self.refresh_from_db()

    def put_back(self, *, by: User, at: datetime) -> None:
        """Let it be shown again, if the holder's consent still stands. Raises WrongState when it is not taken off."""
        with transaction.atomic():
            off = RegisterEntry.objects.filter(pk=self.pk, taken_off_at__isnull=False)
            if not off.update(taken_off_at=None, taken_off_reason=""):
                raise WrongState(_("This entry is not taken off."), obj=self)
            log(self, "certificates.register.put_back", by=by)
            self.refresh_from_db()
            entry_moved.send(sender=RegisterEntry, entry=self, at=at)


class RegisterSector(models.Model):
    entry = models.ForeignKey(RegisterEntry, on_delete=models.CASCADE, related_name="sectors")
    code = models.CharField(_("sector"), max_length=20, choices=Sector.choices)

    class Meta:
        verbose_name = _("sector")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "code"], name="one_row_per_register_sector"),
            models.CheckConstraint(condition=Q(code__in=Sector.values), name="register_sector_known"),
        ]

    def __str__(self) -> str:
        return self.code


class ContactRequestQuerySet(models.QuerySet):
    def open(self, at: datetime):
        return self.filter(answer="", lapses_at__gt=at)


class ContactRequest(models.Model):
    """联系请求: an employer asks; the holder says no, or yes with what they want to tell. Nobody's address is shown before."""

    class Answer(models.TextChoices):
        YES = "yes", pgettext_lazy("answer", "yes")
        NO = "no", pgettext_lazy("answer", "no")
        NEVER = "never", _("no, and not again")
        LAPSED = "lapsed", _("no answer")

    uuid = models.UUIDField(unique=True, editable=False)
    entry = models.ForeignKey(RegisterEntry, on_delete=models.CASCADE, related_name="requests")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contact_requests")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    message = models.TextField(_("what it is about"), max_length=600)
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(_("your words to them"), max_length=600, blank=True)

    objects = ContactRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for contact")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "organisation"], condition=Q(answer=""), name="one_open_contact_request"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="contact_answer_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @classmethod
    def ask(
        cls, entry: RegisterEntry, organisation: Organisation, *, message: str, request_id: uuids.UUID, by: User, at: datetime
    ) -> "ContactRequest":
        """Return the request; a repeated one is the one that was made. Raises WrongState when the holder takes none (now), one
        is open, or the employer has asked as often as the terms allow in a day."""
        terms = EmployerTerms.objects.at(at)
        with transaction.atomic():
            RegisterEntry.objects.select_for_update().get(pk=entry.pk)
            if made := cls.objects.filter(uuid=request_id, organisation=organisation).first():
                return made
            cls._check(entry, organisation, by, terms, at)
            made = cls.objects.create(
                uuid=request_id, entry=entry, organisation=organisation, asked_by=by, message=message, asked_at=at,
                lapses_at=at + timedelta(days=terms.contact_days),
            )  # fmt: skip
            log(made, "certificates.contact.ask", by=by, organisation=organisation)
            contact_asked.send(cls, request=made)
        return made

    @classmethod
    def _check(cls, entry: RegisterEntry, organisation: Organisation, by: User, terms: EmployerTerms, at: datetime) -> None:
        if by.pk == entry.holder_id or not entry.takes_contact or not entry.is_listed(timezone.localdate(at)):
            raise WrongState(_("This person can't be asked through the register."), obj=entry)
        before = cls.objects.filter(entry=entry, organisation=organisation)
        before.filter(answer="", lapses_at__lte=at).update(answer=cls.Answer.LAPSED, answered_at=at)
        lately = at - timedelta(days=terms.ask_again_days)
        refused = Q(answer=cls.Answer.NEVER) | Q(answer=cls.Answer.NO, answered_at__gt=lately)
        if before.filter(refused).exists():
            raise WrongState(_("This person does not wish to be asked again at present."), obj=entry)
        if before.filter(answer="").exists():
            raise WrongState(_("Your organisation has asked already and waits for the answer."), obj=entry)
        today = cls.objects.filter(organisation=organisation, asked_at__gt=at - timedelta(days=1)).count()
        if today >= terms.contacts_per_day:
            raise WrongState(_("Your organisation has asked as many people in 24 hours as the terms allow."), obj=entry)

    def say(self, answer: str, *, reply: str = "", by: User, at: datetime) -> None:
        """Answer, once. Only a yes carries words; raises WrongState when it was answered or has lapsed."""
        words = reply if answer == self.Answer.YES else ""
        with transaction.atomic():
            still = ContactRequest.objects.open(at).filter(pk=self.pk)
            if not still.update(answer=answer, answered_at=at, reply=words):
                raise WrongState(_("This request was answered already, or has run out."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.contact.answer", by=by, organisation=self.organisation, answer=answer)
            contact_answered.send(ContactRequest, request=self)

    def state_at(self, at: datetime) -> str:
        """ "open", "yes", "no", "never" or "lapsed"."""
        return self.answer or ("open" if self.lapses_at > at else "lapsed")
