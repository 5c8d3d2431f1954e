"""评分量规: immutable and content-hashed. A changed rubric is another one; marks keep the one they were made with."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curriculum.cases import CaseScript
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly


class Rubric(AppendOnly):
    """Frozen from the rubric of a case revision when an edition is made; the same content is stored once."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=255)
    title_en = models.CharField(max_length=255, blank=True)
    content_hash = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")

    def __str__(self) -> str:
        return self.title

    @classmethod
    def freeze(cls, script: CaseScript, *, at: datetime) -> "Rubric":
        """Return the rubric of a case; the same content is stored once."""
        lines = [criterion.as_json() for criterion in script.rubric]
        return cls.of(lines, title=script.title, title_en=script.title_en, at=at)

    @classmethod
    def of(cls, lines: list[dict[str, Any]], *, title: str, title_en: str, at: datetime) -> "Rubric":
        """Return the rubric of these lines (`CriterionSpec.as_json`); the same content is stored once."""
        wanted = content_hash({"criteria": lines})
        if found := cls.objects.filter(content_hash=wanted).first():
            return found
        with transaction.atomic():
            rubric = cls.objects.create(title=title, title_en=title_en, content_hash=wanted, created_at=at)
            for position, spec in enumerate(lines):
                criterion = Criterion.objects.create(
                    rubric=rubric,
                    key=spec["key"],
                    title=spec["title"],
                    title_en=spec["title_en"],
                    competence_code=spec["competence"],
                    position=position,
                )
                for band in spec["bands"]:
                    Band.objects.create(criterion=criterion, **band)
        return rubric

    def lines(self) -> "list[Criterion]":
        """The criteria with their bands: two queries the first time."""
        models.prefetch_related_objects([self], "criteria__bands")
        return list(self.criteria.all())


class Criterion(AppendOnly):
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="criteria")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    competence_code = models.SlugField(max_length=30)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["rubric", "key"], name="criterion_key_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def top(self) -> int:
        return max(band.points for band in self.bands.all())


class Band(AppendOnly):
    """表现档次: what work at this level looks like, and its points."""

    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="bands")
    points = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=30)
    label_en = models.CharField(max_length=40, blank=True)
    descriptor = models.TextField()

    class Meta:
        verbose_name = _("band")
        ordering = ["points"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "points"], name="band_points_once"),
            models.CheckConstraint(condition=~Q(descriptor=""), name="band_has_descriptor"),
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.label}"
