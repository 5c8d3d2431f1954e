"""The national core: lessons and cases that the authority writes and releases, and courses of the bases that include them.

A release is a numbered state of one page: its revision, its hash and what is new in it. Nothing is copied: a course names
a release, an edition freezes that release's revision, and what the authority writes next reaches no course by itself.
"""

import uuid
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet
from lms.lib.pagecache import tag

from .pages import RICH_TEXT, CoursePage, EnglishTitle
from .syllabus import Level


class CoreCollectionPage(EnglishTitle, Page):
    """The authority's part of the site for one level: its lessons and cases stand below it."""

    template = "curriculum/core_collection_page.html"
    is_creatable = False  # curriculum.walls.ensure_core_site makes it with the rights of the authority's authors
    parent_page_types = ["curriculum.HomePage"]
    subpage_types = ["curriculum.LessonPage", "curriculum.CaseScenarioPage"]
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="core_collections")
    level = models.OneToOneField(Level, on_delete=models.PROTECT, related_name="core", verbose_name=_("level"))
    about = RichTextField(_("about the national core"), features=RICH_TEXT, blank=True)
    content_panels = [*Page.content_panels, *EnglishTitle.title_panels, FieldPanel("about")]

    class Meta:
        verbose_name = _("national core of a level")

    def get_context(self, request, *args, **kwargs):
        releases = CoreRelease.objects.latest().filter(level=self.level_id).select_related("page")
        tag(request, f"page:{self.pk}", f"children:{self.pk}")
        return super().get_context(request, *args, **kwargs) | {
            "lessons": [release for release in releases if release.kind == "lesson"],
            "cases": [release for release in releases if release.kind == "case"],
            "level": Level.objects.select_related("syllabus").get(pk=self.level_id),
        }


class CoreReleaseQuerySet(AppendOnlyQuerySet):
    def latest(self):
        """The newest release of each page."""
        newer = CoreRelease.objects.filter(page=OuterRef("page"), number__gt=OuterRef("number"))
        return self.filter(~Exists(newer))


class CoreRelease(AppendOnly):
    """One numbered state of a core lesson or case, as bases may include it."""

    class Kind(models.TextChoices):
        LESSON = "lesson", _("lesson")
        CASE = "case", _("case scenario")

    is_core = True  # on lists that hold a base's own pages too

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.PROTECT, related_name="core_releases")
    revision = models.OneToOneField("wagtailcore.Revision", on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="core_releases")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(max_length=255)
    title_en = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=0)
    topic_codes = models.JSONField(default=list)
    documents = models.JSONField(default=list)  # ids of the files it shows: whoever may study it may open them
    note = models.TextField(_("what is new"))
    content_hash = models.CharField(max_length=80)
    hash_scheme = models.PositiveSmallIntegerField(default=2)  # see curriculum.contents.page_hash
    released_at = models.DateTimeField()
    released_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = CoreReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release of the national core")
        verbose_name_plural = _("releases of the national core")
        ordering = ["level", "-kind", "page__path", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="core_release_number_once"),
            models.CheckConstraint(condition=Q(kind__in=["lesson", "case"]), name="core_release_kind_known"),
            models.CheckConstraint(condition=Q(number__gte=1), name="core_release_counts_from_one"),
            models.CheckConstraint(condition=~Q(note=""), name="core_release_says_what_is_new"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("core_release", args=[self.uuid])

    @property
    def url(self) -> str:
        """The public page; one query unless `page` is loaded."""
        return self.page.url

    @property
    def provenance(self) -> str:
        """Where an included page comes from, in one line for wherever it is drawn."""
        return gettext("National core, version %(number)s, released on %(day)s") % {
            "number": self.number, "day": timezone.localdate(self.released_at).isoformat(),
        }  # fmt: skip

    def content(self) -> dict[str, Any]:
        return self.revision.content

    def load(self) -> Page:
        """Return the page object of this release, to be drawn."""
        model = {"lesson": "LessonPage", "case": "CaseScenarioPage"}[self.kind]
        return apps.get_model("curriculum", model).from_serializable_data(self.content(), check_fks=False)


class CoreInclusion(Orderable):
    """A core page as part of a base's course, at one release. Where it stands is `CoursePage.teaching_order`."""

    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="core_inclusions")
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(
        CoreRelease, on_delete=models.PROTECT, related_name="inclusions", verbose_name=_("national core")
    )
    required = models.BooleanField(pgettext_lazy("case", "required"), default=True)

    class Meta(Orderable.Meta):
        constraints = [models.UniqueConstraint(fields=["course", "page"], name="core_page_once_per_course")]

    def __str__(self) -> str:
        return str(self.release)

    @property
    def case(self) -> CoreRelease:
        """What the public course page shows of it, as a placed case has it."""
        return self.release


class CoreAnswer(AppendOnly):
    """What a base's author said to a newer release of a page that a course includes. The latest answer counts."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("offer", "accepted")
        DECLINED = "declined", pgettext_lazy("offer", "declined")

    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="core_answers")
    release = models.ForeignKey(CoreRelease, on_delete=models.PROTECT, related_name="answers")
    instead_of = models.ForeignKey(CoreRelease, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=Decision.choices)
    reason = models.TextField(_("reason"), blank=True)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("answer to an update of the national core")
        ordering = ["-answered_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(decision="accepted") | ~Q(reason=""), name="core_decline_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.course}: {self.release} {self.get_decision_display()}"


class CoreChangeRequest(models.Model):
    """A correction that a base asks of the authority, for one release: where, what, why, and what became of it."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("change request", "open")
        ACCEPTED = "accepted", pgettext_lazy("change request", "accepted")
        DECLINED = "declined", pgettext_lazy("change request", "declined")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    release = models.ForeignKey(CoreRelease, on_delete=models.PROTECT, related_name="change_requests")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="core_change_requests")
    place = models.CharField(_("place"), max_length=200)
    text = models.TextField(_("how it should read"))
    reason = models.TextField(_("reason"))
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.OPEN)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", answered_at=None, answer="")
                | (Q(status__in=["accepted", "declined"], answered_at__isnull=False) & ~Q(answer="")),
                name="core_request_answered_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release}: {self.place}"

    def get_absolute_url(self) -> str:
        return reverse("core_request", args=[self.uuid])

    @classmethod
    def send(
        cls, release: CoreRelease, organisation: Organisation, *, place: str, text: str, reason: str, by: User,
        at: datetime,
    ) -> "CoreChangeRequest":  # fmt: skip
        """Ask the authority to change a core page. Exactly the same once more, still open, is the same request.

        Raises WrongState when the base is not accredited that day.
        """
        if not Organisation.objects.accredited(timezone.localdate(at)).filter(pk=organisation.pk).exists():
            raise WrongState(gettext("Only an accredited training base can ask for changes."), obj=release)
        said = {"place": place, "text": text, "reason": reason}
        with transaction.atomic():
            CoreRelease.objects.select_for_update().get(pk=release.pk)  # two clicks, one request
            mine = cls.objects.filter(release=release, organisation=organisation, status=cls.Status.OPEN, **said)
            if found := mine.first():
                return found
            request = cls.objects.create(release=release, organisation=organisation, **said, sent_at=at, sent_by=by)
            log(request, "curriculum.core.request", by=by, organisation=organisation)
        return request

    def settle(self, status: str, *, answer: str, by: User, at: datetime) -> None:
        """Answer the request: accepted or declined, with words the base reads.

        Raises WrongState when it has been answered already, or without words.
        """
        if not answer.strip():
            raise WrongState(gettext("Say why, so that the base understands the answer."), obj=self)
        if status not in (self.Status.ACCEPTED, self.Status.DECLINED):
            raise ValueError(status)
        with transaction.atomic():
            moved = CoreChangeRequest.objects.filter(pk=self.pk, status=self.Status.OPEN).update(
                status=status, answer=answer, answered_at=at, answered_by=by
            )
            if not moved:
                raise WrongState(gettext("This request has been answered already."), obj=self)
            self.refresh_from_db()
            log(self, "curriculum.core.answer", by=by, organisation=self.organisation, status=status)
