"""Turns news (signals) into page-tree rights, and keeps the files of editions as they are."""

from uuid import uuid4

from django.core.files.base import ContentFile
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.utils.timezone import now
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Revision

from accounts.models import Organisation
from accounts.signals import organisation_saved
from lms.lib.jobs import enqueue
from lms.lib.pictures import without_metadata

from .cases import stream_values
from .contents import file_ids
from .frozen_files import refuse_deletion, refuse_other_bytes
from .frozen_revisions import refuse_other_words
from .models import CaseEvent, Citation, Demand, DocumentPreview, HomePage, ReviewTask, Statute
from .signals import case_leaked, demand_news
from .translating import follow
from .walls import ensure_base_site


@receiver(organisation_saved)
def on_organisation_saved(sender, organisation, **kwargs) -> None:
    """Give a new base its page, its files' collection and the rights of its groups; before the site exists, nothing."""
    if organisation.kind == Organisation.Kind.BASE and HomePage.objects.exists():
        ensure_base_site(organisation)


@receiver(post_save, sender=Revision)
def on_revision_saved(sender, instance, raw=False, **kwargs) -> None:
    """Write down which statutes and terms of the library a page quotes, settle the tasks that it answers, and show its
    translators what has changed."""
    if raw or instance.content_type.model not in ("coursepage", "lessonpage", "casescenariopage"):
        return
    values = [value for name in ("body", "exhibits") for value in stream_values(instance.content.get(name))]
    Citation.objects.note(instance, values)
    if documents := file_ids(instance.content)[1]:
        for document in get_document_model().objects.filter(pk__in=documents, preview=None):
            look_at(document)
    ReviewTask.objects.settle_by(instance, at=now())
    follow(instance)


def look_at(document) -> None:
    if DocumentPreview.objects.want(document):
        enqueue("curriculum.preview_document", document=document.pk)


@receiver(post_save, sender=get_document_model())
def on_document_saved(sender, instance, raw=False, **kwargs) -> None:
    """Have it looked at; once for the same bytes."""
    if not raw:
        look_at(instance)


@receiver(post_delete, sender=DocumentPreview)
def on_preview_deleted(sender, instance, **kwargs) -> None:
    if instance.image:
        instance.image.delete(save=False)


@receiver(post_save, sender=Statute)
def on_statute_saved(sender, raw=False, **kwargs) -> None:
    """Whoever quotes it is told soon, not only at the end of the day."""
    if not raw:
        enqueue("curriculum.sweep_review_tasks")


@receiver(pre_save, sender=get_image_model())
def strip_picture(sender, instance, raw=False, **kwargs) -> None:
    """Pictures are public: what a camera wrote beside one (place, device) is taken off before it is kept, whoever brings
    it. `keep_bytes`: of an imported edition, whose hash is over them. Raises ValidationError for what is no picture."""
    if raw or not instance.file or getattr(instance.file, "_committed", True) or getattr(instance, "keep_bytes", False):
        return
    instance.file.seek(0)
    data = instance.file.read()
    instance.file.seek(0)
    if (kept := without_metadata(data)) != data:
        instance.file = ContentFile(kept, name=instance.file.name)
        instance._set_image_file_metadata()


for _model in (get_image_model(), get_document_model()):
    pre_delete.connect(refuse_deletion, sender=_model, dispatch_uid=f"frozen-delete-{_model.__name__}")
    pre_save.connect(refuse_other_bytes, sender=_model, dispatch_uid=f"frozen-save-{_model.__name__}")
pre_save.connect(refuse_other_words, sender=Revision, dispatch_uid="frozen-revision")


@receiver(demand_news, sender=Demand)
def on_demand_news(sender, demand, kind, base, **kwargs) -> None:
    """Tell the other side. Each piece of news comes once, because the verb that sends it is harmless the second time."""
    enqueue("curriculum.mail_demand", demand=demand.pk, news=kind, base=base.pk if base else None, token=uuid4().hex)


@receiver(case_leaked, sender=CaseEvent)
def on_case_leaked(sender, event, **kwargs) -> None:
    enqueue("curriculum.mail_leak", key=f"mail-leak:{event.uuid}", event=event.pk)
