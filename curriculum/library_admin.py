"""Statutes and terms in Wagtail's admin: list, search, filters, form and chooser, each behind the wall of its owner.

National entries are read by every base and changed by the authority; a base's own are its own.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.views.chooser import ChooseResultsView, ChooseView, SnippetChooserViewSet
from wagtail.snippets.views.snippets import SnippetViewSet

from accounts.models import Membership, Organisation, Role, User
from accounts.permissions import user_has_role

from .models import ScormPackage, Statute, Term
from .models.library import LIBRARY_ROLES, LibraryEntry
from .permissions import WRITERS, user_can_add_to_library, user_can_change_entry, user_reads_library

WRITING_ROLES = (Role.AUTHOR, Role.REVIEWER)


class LibraryPolicy(BasePermissionPolicy):
    """Wagtail's question "may this person", answered by `curriculum.permissions`."""

    def user_has_permission(self, user: User, action: str) -> bool:
        if action in ("view", "choose"):
            return user_reads_library(user)
        return user_can_add_to_library(user)

    def user_has_permission_for_instance(self, user: User, action: str, instance: LibraryEntry) -> bool:
        if action in ("view", "choose"):
            return self.model.objects.readable_by(user).filter(pk=instance.pk).exists()
        return user_can_change_entry(user, instance)

    def instances_user_has_any_permission_for(self, user: User, actions: list[str]) -> QuerySet:
        return self.model.objects.readable_by(user)

    def instances_user_has_permission_for(self, user: User, action: str) -> QuerySet:
        return self.model.objects.readable_by(user)

    def users_with_any_permission(self, actions: list[str]) -> QuerySet:
        working = Membership.objects.in_force().filter(role__in=LIBRARY_ROLES)
        return User.objects.filter(Q(is_superuser=True) | Q(pk__in=working.values("user")), is_active=True)


for _model in (Statute, Term):
    register_permission_policy(_model, LibraryPolicy(_model))


class LibraryForm(WagtailAdminModelForm):
    """An entry belongs to an organisation for which the person works; nothing else is offered or taken."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        owner = self.fields.get("organisation")
        if owner is None or self.for_user is None:
            return
        owner.queryset = owners_for(self.for_user)
        owner.empty_label = None
        if self.instance.pk:
            owner.disabled = True
        elif first := owner.queryset.first():
            self.initial["organisation"] = first.pk

    def _offer_readable(self, name: str) -> None:
        if name in self.fields and self.for_user is not None:
            others = type(self.instance).objects.readable_by(self.for_user).select_related("organisation")
            self.fields[name].queryset = others.exclude(pk=self.instance.pk)


def owners_for(user: User) -> QuerySet[Organisation]:
    kinds = [Organisation.Kind.BASE, Organisation.Kind.AUTHORITY]
    if user.is_superuser:
        return Organisation.objects.filter(kind__in=kinds)
    ids = {m.organisation_id for m in user.active_memberships if m.role in WRITING_ROLES}
    return Organisation.objects.filter(pk__in=ids, kind__in=kinds)


class StatuteForm(LibraryForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._offer_readable("replaced_by")

    def clean_checked_on(self):
        day = self.cleaned_data["checked_on"]
        if day and day > localdate():
            raise ValidationError(_("Nobody has checked it on a day to come."))
        return day

    def save(self, commit: bool = True):
        if "checked_on" in self.changed_data and self.for_user is not None:
            self.instance.checked_by = self.for_user
        return super().save(commit)


class TermForm(LibraryForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._offer_readable("see_also")


# --- Choosers ---------------------------------------------------------------------------------------------------------


class LibrarySearchForm(BaseFilterForm):
    q = forms.CharField(label=_("Search"), required=False)

    def filter(self, objects: QuerySet) -> QuerySet:
        objects = super().filter(objects)
        words = self.cleaned_data.get("q")
        if not words:
            return objects
        self.is_searching, self.search_query = True, words
        wanted = Q()
        for name in SEARCHED[objects.model]:
            wanted |= Q(**{f"{name}__icontains": words})
        return objects.filter(wanted)


SEARCHED = {
    Statute: ["title", "title_en", "issuer", "document_number"],
    Term: ["term", "term_en", "pinyin", "definition"],
}


class ReadableMixin:
    filter_form_class = LibrarySearchForm

    def get_object_list(self) -> QuerySet:
        return self.model_class.objects.readable_by(self.request.user)


class LibraryChooseView(ReadableMixin, ChooseView):
    pass


class LibraryChooseResultsView(ReadableMixin, ChooseResultsView):
    pass


class LibraryChooserViewSet(SnippetChooserViewSet):
    choose_view_class = LibraryChooseView
    choose_results_view_class = LibraryChooseResultsView


# --- Lists and forms --------------------------------------------------------------------------------------------------


class LibraryViewSet(SnippetViewSet):
    chooser_viewset_class = LibraryChooserViewSet
    add_to_admin_menu = True
    copy_view_enabled = False
    list_per_page = 30

    @cached_property
    def search_fields(self) -> list[str]:
        return SEARCHED[self.model]

    def get_queryset(self, request) -> QuerySet:
        return self.model.objects.readable_by(request.user).select_related("organisation")


class StatuteViewSet(LibraryViewSet):
    model = Statute
    icon = "openquote"
    menu_label = _("Statutes")
    menu_name = "statutes"
    menu_order = 130
    list_display = ["title", "document_number", "organisation", "checked_on", "next_check_on", "ended_on"]
    list_filter = {"verified": ["exact"], "ended_on": ["isnull"], "next_check_on": ["lt"]}
    edit_handler = ObjectList(
        [
            FieldPanel("organisation"),
            FieldPanel("title"),
            FieldPanel("title_en"),
            FieldRowPanel([FieldPanel("issuer"), FieldPanel("document_number")]),
            FieldPanel("source_url"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("in_force_from"), FieldPanel("in_force_until")]),
                    FieldPanel("ended_on"),
                    FieldPanel("replaced_by"),
                ],
                heading=_("In force"),
            ),
            MultiFieldPanel(
                [FieldPanel("verified"), FieldRowPanel([FieldPanel("checked_on"), FieldPanel("next_check_on")])],
                heading=_("Checks"),
            ),
            FieldPanel("note"),
        ],
        base_form_class=StatuteForm,
    )


class TermViewSet(LibraryViewSet):
    model = Term
    icon = "tag"
    menu_label = _("Glossary")
    menu_name = "glossary"
    menu_order = 140
    list_display = ["term", "term_en", "pinyin", "organisation", "level"]
    list_filter = ["level"]
    edit_handler = ObjectList(
        [
            FieldPanel("organisation"),
            FieldPanel("term"),
            FieldPanel("term_en"),
            FieldPanel("pinyin"),
            FieldPanel("definition"),
            FieldPanel("definition_en"),
            FieldPanel("level"),
            FieldPanel("source"),
            FieldPanel("source_url"),
            FieldPanel("see_also", widget=forms.SelectMultiple(attrs={"size": 8})),
        ],
        base_form_class=TermForm,
    )


# --- SCORM packages: chosen here, brought and deleted on the authoring pages --------------------------------------------


class ScormPolicy(LibraryPolicy):
    def user_has_permission(self, user: User, action: str) -> bool:
        return action in ("view", "choose") and (user.is_superuser or user_has_role(user, *WRITERS))

    def user_has_permission_for_instance(self, user: User, action: str, instance) -> bool:
        return action in ("view", "choose") and self.model.objects.readable_by(user).filter(pk=instance.pk).exists()


register_permission_policy(ScormPackage, ScormPolicy(ScormPackage))
SEARCHED[ScormPackage] = ["title"]


class ScormViewSet(LibraryViewSet):
    model = ScormPackage
    icon = "media"
    add_to_admin_menu = False
    list_display = ["title", "version", "organisation", "uploaded_at"]
    edit_handler = ObjectList([FieldPanel("title", read_only=True)])
