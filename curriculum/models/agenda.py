"""A private address under which a person's calendar program reads the content calendar without logging in."""

import secrets

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log


class CalendarTokenQuerySet(models.QuerySet):
    def renew(self, user: User) -> "CalendarToken":
        """Give the person a new address; the one before stops working."""
        with transaction.atomic():
            self.filter(user=user).delete()
            made = self.create(user=user, token=secrets.token_urlsafe(32))
            log(user, "curriculum.calendar.address", by=user, made=True)
        return made

    def withdraw(self, user: User) -> None:
        with transaction.atomic():
            if self.filter(user=user).delete()[0]:
                log(user, "curriculum.calendar.address", by=user, made=False)


class CalendarToken(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=60, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CalendarTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("private calendar address")

    def __str__(self) -> str:
        return str(self.user)

    def get_absolute_url(self) -> str:
        return reverse("calendar_feed", args=[self.token])
