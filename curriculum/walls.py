"""Tenant walls in Wagtail: each base edits only its own subtree, images and documents; nobody at a base publishes."""

from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from accounts.models import Organisation, Role

from .models import CoreCollectionPage, HomePage, Level, TrainingBasePage

PAGE_RIGHTS = {Role.AUTHOR: ["add_page", "change_page"], Role.BASE_REVIEWER: ["change_page"]}
FILE_RIGHTS = {
    Role.AUTHOR: ["add_image", "change_image", "choose_image", "add_document", "change_document", "choose_document"],
    Role.BASE_REVIEWER: ["choose_image", "choose_document"],
}


def group_of(organisation: Organisation, role: str) -> Group:
    return Group.objects.get_or_create(name=f"org:{organisation.slug}:{role}")[0]


def collection_of(organisation: Organisation) -> Collection:
    """Return the base's own collection of images and documents."""
    root = Collection.get_first_root_node() or Collection.add_root(name="Root")
    name = f"org:{organisation.slug}"
    return root.get_children().filter(name=name).first() or root.add_child(name=name)


def ensure_base_site(organisation: Organisation) -> TrainingBasePage:
    """Return the base's page, making it, its collection and the rights of its groups where they are missing."""
    page = TrainingBasePage.objects.filter(organisation=organisation).first()
    if page is None:
        home = HomePage.objects.get()
        page = TrainingBasePage(
            title=organisation.name, title_en=organisation.name_en, slug=organisation.slug, organisation=organisation
        )
        home.add_child(instance=page)
        page.save_revision().publish()
    _give_rights(organisation, page, PAGE_RIGHTS, FILE_RIGHTS)
    return page


def ensure_core_site(authority: Organisation, level: Level) -> CoreCollectionPage:
    """Return the authority's page for the national core of a level, making it and the rights of its authors where they
    are missing. Its reviewers read in our own pages; nobody publishes but by review."""
    page = CoreCollectionPage.objects.filter(level=level).first()
    if page is None:
        page = CoreCollectionPage(
            title=f"国家核心内容 · {level.title}",
            title_en=f"National core · {level.title_en}",
            slug=f"core-{level.syllabus.slug}-{level.code}",
            organisation=authority,
            level=level,
        )
        HomePage.objects.get().add_child(instance=page)
        page.save_revision().publish()
    rights = {Role.AUTHOR: PAGE_RIGHTS[Role.AUTHOR]}
    _give_rights(authority, page, rights, {Role.AUTHOR: FILE_RIGHTS[Role.AUTHOR]})
    return page


def _give_rights(organisation: Organisation, page: Page, pages: dict, files: dict) -> None:
    collection = collection_of(organisation)
    for role, codenames in pages.items():
        _access_admin(group := group_of(organisation, role))
        for permission in Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=codenames):
            GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)
    for role, codenames in files.items():
        group = group_of(organisation, role)
        apps = ["wagtailimages", "wagtaildocs"]
        for permission in Permission.objects.filter(content_type__app_label__in=apps, codename__in=codenames):
            GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)


def _access_admin(group: Group) -> None:
    permission = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin").first()
    if permission is not None:
        group.permissions.add(permission)
