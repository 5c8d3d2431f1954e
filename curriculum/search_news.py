"""Tells the search index what changed. What must not be found any more goes at once, the rest through the worker."""

from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from wagtail.models import Page, PageViewRestriction, Revision
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from accounts.signals import organisation_saved
from lms.lib.audit import logged
from lms.lib.search.index import hide, mark
from lms.lib.search.registry import PUBLIC

from .models import Syllabus, Topic
from .signals import edition_created, translation_approved


@receiver(page_published)
def on_published(sender, instance: Page, **kwargs) -> None:
    mark("page", [instance.pk])


@receiver(page_unpublished)
def on_unpublished(sender, instance: Page, **kwargs) -> None:
    hide("page", [instance.pk], audience=PUBLIC)
    mark("page", [instance.pk])


@receiver(post_save, sender=Revision)
def on_draft_saved(sender, instance: Revision, raw: bool = False, **kwargs) -> None:
    if not raw and instance.base_content_type.model_class() is Page:
        mark("page", [int(instance.object_id)])


@receiver(pre_delete, sender=Page)
def on_deleted(sender, instance: Page, **kwargs) -> None:
    hide("page", [instance.pk])


@receiver(post_page_move)
def on_moved(sender, instance: Page, **kwargs) -> None:
    """A page below another base belongs to that base: nobody finds it until the worker has looked again."""
    ids = _below(instance)
    if kwargs["parent_page_before"].pk != kwargs["parent_page_after"].pk:
        hide("page", ids)
    mark("page", ids)


@receiver(page_slug_changed)
def on_other_address(sender, instance: Page, **kwargs) -> None:
    mark("page", _below(instance))


@receiver(post_save, sender=PageViewRestriction)
def on_closed(sender, instance: PageViewRestriction, **kwargs) -> None:
    ids = _below(instance.page)
    hide("page", ids, audience=PUBLIC)
    mark("page", ids)


@receiver(post_delete, sender=PageViewRestriction)
def on_opened(sender, instance: PageViewRestriction, **kwargs) -> None:
    mark("page", _below(instance.page))


@receiver(edition_created)
def on_edition(sender, edition, **kwargs) -> None:
    mark("page", edition.items.values_list("page_id", flat=True))


@receiver(translation_approved)
def on_translation(sender, translation, **kwargs) -> None:
    mark("page", [translation.page_id])


@receiver(organisation_saved)
def on_organisation_saved(sender, organisation, **kwargs) -> None:
    """A new short name is part of every entry of the base."""
    page = getattr(organisation, "page", None)
    if page is not None:
        mark("page", [page.pk])


@receiver(logged)
def on_syllabus_step(sender, instance, action: str, **kwargs) -> None:
    """A version that comes into force or goes out of it, whatever the verb is called."""
    if isinstance(instance, Syllabus):
        mark("topic", Topic.objects.filter(module__level__syllabus=instance).values_list("pk", flat=True))


def _below(page: Page) -> list[int]:
    return list(Page.objects.filter(path__startswith=page.path).values_list("pk", flat=True))
