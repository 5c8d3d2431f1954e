"""Images and documents that an edition shows: they are neither deleted nor given other bytes, or its hash would lie."""

from itertools import chain

from django.db.models import Model
from django.utils.translation import gettext as _
from wagtail.images import get_image_model

from lms.lib.errors import WrongState

from .contents import file_ids
from .models import CoreRelease, EditionItem, ErratumChange


def files_of_editions() -> tuple[set[int], set[int]]:
    """Return the ids of all images and documents that stand in any edition, correction of one, or release of the national
    core. Reads every frozen page once: rare use."""
    images: set[int] = set()
    documents: set[int] = set()
    seen: set[int] = set()
    models = (EditionItem, ErratumChange, CoreRelease)
    frozen = (model.objects.select_related("revision").order_by("pk") for model in models)
    for item in chain.from_iterable(rows.iterator(chunk_size=50) for rows in frozen):
        if item.revision_id not in seen:
            seen.add(item.revision_id)
            found = file_ids(item.content())
            images |= found[0]
            documents |= found[1]
    return images, documents


def stands_in_edition(file: Model) -> bool:
    """Say whether an image or document is part of an edition."""
    images, documents = files_of_editions()
    return file.pk in (images if isinstance(file, get_image_model()) else documents)


def refuse_deletion(sender, instance: Model, **kwargs) -> None:
    """Receiver of `pre_delete`. Raises WrongState, whichever way the deletion came."""
    if stands_in_edition(instance):
        raise WrongState(
            _("“%(title)s” stands in an edition that is taught; it can't be deleted.") % {"title": instance.title}
        )


def refuse_other_bytes(sender, instance: Model, raw: bool = False, **kwargs) -> None:
    """Receiver of `pre_save`. Raises WrongState when the file of a frozen image or document would be replaced."""
    if raw or instance.pk is None:
        return
    before = sender.objects.filter(pk=instance.pk).values_list("file", flat=True).first()
    replaced = before is not None and (before != instance.file.name or not getattr(instance.file, "_committed", True))
    if replaced and stands_in_edition(instance):
        raise WrongState(
            _("“%(title)s” stands in an edition that is taught; upload the new file as another one.")
            % {"title": instance.title}
        )
