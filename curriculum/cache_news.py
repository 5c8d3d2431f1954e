"""Says which public pages change: the page itself, the pages that list it, and what is shown on others."""

from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from accounts.models import Organisation
from accounts.signals import organisation_saved
from lms.lib.audit import logged
from lms.lib.pagecache import invalidate

from .models import CoursePage, Term, TrainingBasePage
from .signals import edition_created, translation_approved


def names_of(page: Page) -> set[str]:
    """What a change of this page touches: pages that show it, the page above that lists it, other lists of its kind."""
    names = {f"page:{page.pk}"}
    above = page.path[: -page.steplen]
    if above:
        names |= {f"children:{pk}" for pk in Page.objects.filter(path=above).values_list("pk", flat=True)}
    specific = page if isinstance(page, CoursePage | TrainingBasePage) else None
    if isinstance(specific, CoursePage):
        names.add(f"courses:{specific.level_id}")
    if isinstance(specific, TrainingBasePage):
        names.add("bases")
    return names


def names_below(page: Page) -> set[str]:
    """The same for the page and everything below it, whose addresses hang on it."""
    below = Page.objects.filter(path__startswith=page.path).exclude(pk=page.pk).values_list("pk", flat=True)
    return names_of(page.specific) | {f"page:{pk}" for pk in below}


@receiver([page_published, page_unpublished])
def on_published(sender, instance: Page, **kwargs) -> None:
    invalidate(*names_of(instance))


@receiver(page_slug_changed)
def on_other_address(sender, instance: Page, **kwargs) -> None:
    invalidate(*names_below(instance))


@receiver(post_page_move)
def on_moved(sender, instance: Page, **kwargs) -> None:
    invalidate(*names_below(instance), *(f"children:{kwargs[f'parent_page_{when}'].pk}" for when in ("before", "after")))


@receiver(pre_delete, sender=Page)
def on_deleted(sender, instance: Page, **kwargs) -> None:
    invalidate(*names_of(instance.specific))


@receiver([post_save, post_delete], sender=PageViewRestriction)
def on_closed(sender, instance: PageViewRestriction, **kwargs) -> None:
    invalidate(*names_below(instance.page))


@receiver(edition_created)
def on_edition(sender, edition, **kwargs) -> None:
    invalidate(f"page:{edition.course_id}")


@receiver(translation_approved)
def on_translation(sender, translation, **kwargs) -> None:
    """The page in English, lists that name it, and the course pages that say how much is translated (by their pages)."""
    invalidate(*names_of(translation.page.specific))


@receiver(organisation_saved)
def on_organisation_saved(sender, organisation: Organisation, **kwargs) -> None:
    """Name, region and accreditation stand on the front page, in the catalogue and on the base's own page."""
    page = TrainingBasePage.objects.filter(organisation=organisation).values_list("pk", flat=True).first()
    invalidate("bases", *([f"page:{page}"] if page else []))


@receiver(logged)
def on_syllabus_step(sender, action: str, **kwargs) -> None:
    """Drafts too: a version that is called off was public until then."""
    if action.startswith(("curriculum.syllabus.", "curriculum.standard.", "curriculum.equivalence.")):
        invalidate("syllabuses")


@receiver([post_save, post_delete], sender=Term)
def on_term(sender, **kwargs) -> None:
    invalidate("terms")
