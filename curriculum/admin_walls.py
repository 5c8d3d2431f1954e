"""What a person may see of pages, images and documents in Wagtail's admin: their own bases' and nothing of others.

Wagtail's permissions keep others from editing; these walls also keep choosers, lists and links by id from showing.
"""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Page

from accounts.models import Role, User
from accounts.permissions import organisation_ids

from .models import CoreCollectionPage, Statute, Term, TrainingBasePage
from .permissions import WRITERS


def own_pages(user: User) -> Q:
    """Pages below (and including) the person's base pages, or the authority's core, and the way to them from the root."""
    wanted = Q(pk__in=[])
    bases = TrainingBasePage.objects.filter(organisation__in=organisation_ids(user, *WRITERS))
    core = CoreCollectionPage.objects.filter(organisation__in=organisation_ids(user, Role.AUTHOR))
    for path in (*bases.values_list("path", flat=True), *core.values_list("path", flat=True)):
        above = [path[:length] for length in range(Page.steplen, len(path), Page.steplen)]
        wanted |= Q(path__startswith=path) | Q(path__in=above)
    return wanted


def own_collections(user: User) -> list[int]:
    """Ids of the collections of the person's bases. The search index knows a file's collection by id only."""
    names = [f"org:{m.organisation.slug}" for m in user.active_memberships if m.role in WRITERS]
    return list(Collection.objects.filter(name__in=names).values_list("pk", flat=True))


def limit_pages(pages: QuerySet, request: HttpRequest) -> QuerySet:
    return pages if request.user.is_superuser else pages.filter(own_pages(request.user))


def limit_files(files: QuerySet, request: HttpRequest) -> QuerySet:
    if request.user.is_superuser:
        return files
    return files.filter(collection__in=own_collections(request.user))


def limit_entries(entries: QuerySet, request: HttpRequest, name: str) -> QuerySet:
    """Statutes and terms: choosers take what the person may read, everything else what is their own."""
    if name.startswith("wagtailsnippetchoosers_"):
        return entries.readable_by(request.user)
    return entries.owned_by(request.user)


# Names of views whose lists can't be limited by hooks: closed to everyone but superusers.
CLOSED = (
    "wagtailadmin_reports:", "wagtailadmin_api:images:", "wagtailadmin_api:documents:", "wagtailadmin_pages:type_use",
    "wagtailadmin_tag_autocomplete",
)  # fmt: skip


class AdminWallMiddleware:
    """Answers 404 when an address under /admin/ names a page, image or document of another base."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func, view_args, view_kwargs) -> None:
        if not request.path.startswith("/admin/") or not request.user.is_authenticated or request.user.is_superuser:
            return
        if not request.user.has_perm("wagtailadmin.access_admin"):
            return  # Wagtail turns them away at its door
        name = request.resolver_match.view_name
        # Where an entry is used would name pages of other bases.
        if name.startswith(CLOSED) or (name.startswith("wagtailsnippets_") and name.endswith(":usage")):
            raise Http404
        if name == "wagtailadmin_api:pages:listing" and "for_explorer" not in request.GET:
            raise Http404  # the explorer's list goes through `construct_explorer_page_queryset`, the plain one doesn't
        for key, rows in _named(request, name, view_kwargs):
            row = rows.filter(pk=key)
            if rows.model in (Statute, Term):
                seen = limit_entries(row, request, name)
            else:
                seen = limit_pages(row, request) if rows.model is Page else limit_files(row, request)
            if row.exists() and not seen.exists():
                raise Http404


def _named(request: HttpRequest, name: str, kwargs: dict) -> list[tuple[object, QuerySet]]:
    """The (id, rows) that an address names, by Wagtail's own names of views and their arguments."""
    found: list[tuple[object, QuerySet]] = []
    for key, value in kwargs.items():
        rows = _rows_for(name, key)
        if rows is not None:
            found.append((value, rows))
    rows = None
    if name == "wagtail_bulk_action":
        rows = BULK.get(kwargs["model_name"])
        rows = rows and rows.objects.all()
        if rows is not None and "all" in request.GET.getlist("id"):
            raise Http404  # would go past the list's wall
    elif name.endswith((":chosen_multiple", "_chosen_multiple")):
        rows = _rows_for(name, "pk")
    if rows is not None:
        found += [(value, rows) for value in request.GET.getlist("id") if value.isdigit()]
    return found


BULK = {
    "page": Page, "image": get_image_model(), "document": get_document_model(), "statute": Statute, "term": Term,
}  # fmt: skip
LIBRARY = {
    prefix + model: rows
    for prefix in ("wagtailsnippets_curriculum_", "wagtailsnippetchoosers_curriculum_")
    for model, rows in (("statute", Statute), ("term", Term))
}


def _rows_for(name: str, key: str) -> QuerySet | None:
    if key == "pk" and (entry := LIBRARY.get(name.partition(":")[0])):
        return entry.objects.all()
    if key == "image_id" or (key == "pk" and name.startswith("wagtailimages")):
        return get_image_model().objects.all()
    if key == "document_id" or (key == "pk" and name.startswith("wagtaildocs")):
        return get_document_model().objects.all()
    if key in ("page_id", "page_to_move_id", "parent_page_id", "destination_id", "parent_id", "root_page_id"):
        return Page.objects.all()
    if key == "pk" and (name.startswith(("wagtailadmin_pages:", "wagtailadmin_api:pages:")) or "choose_page" in name):
        return Page.objects.all()
    return None
