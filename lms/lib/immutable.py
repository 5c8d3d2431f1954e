"""Records of fact: rows that are appended and never changed or deleted."""

from django.db import models


class ImmutableRow(Exception):
    """Someone tried to change or delete a record of fact."""


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise ImmutableRow(f"{self.model.__name__} rows are appended, not changed.")

    def delete(self):
        raise ImmutableRow(f"{self.model.__name__} rows are appended, not deleted.")

    def bulk_update(self, *args, **kwargs):
        raise ImmutableRow(f"{self.model.__name__} rows are appended, not changed.")


class AppendOnly(models.Model):
    """A row that is written once. A correction is a further row."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise ImmutableRow(f"{type(self).__name__} rows are appended, not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise ImmutableRow(f"{type(self).__name__} rows are appended, not deleted.")
