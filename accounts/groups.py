"""Django groups in step with memberships: `org:<slug>:<role>` holds those whose role is in force. For Wagtail only.

The product's own rules ask `accounts.permissions`; the groups exist because Wagtail's page, image and document
permissions are given to groups.
"""

from django.contrib.auth.models import Group, Permission

from .models import Membership, Organisation, Role, User

# Roles that work in Wagtail's admin.
ADMIN_ROLES = [Role.AUTHOR, Role.BASE_REVIEWER, Role.REVIEWER]
PREFIX = "org:"


def group_name(organisation: Organisation, role: str) -> str:
    return f"{PREFIX}{organisation.slug}:{Role(role).value}"


def group_for(organisation: Organisation, role: str) -> Group:
    """Return the group of that role there, making it when it is new."""
    group, _created = Group.objects.get_or_create(name=group_name(organisation, role))
    return group


def make_groups(organisation: Organisation) -> None:
    """Make the groups of every role people can have there; those of `ADMIN_ROLES` may enter Wagtail's admin."""
    access = Permission.objects.filter(codename="access_admin", content_type__app_label="wagtailadmin").first()
    for role in organisation.roles:
        group = group_for(organisation, role)
        if role in ADMIN_ROLES and access is not None:
            group.permissions.add(access)


def sync_person(user: User) -> None:
    """Put one person into the groups of the roles in force today, and out of all others of ours."""
    wanted = {
        group_name(m.organisation, m.role)
        for m in Membership.objects.in_force().filter(user=user).select_related("organisation")
    }
    held = dict(user.groups.filter(name__startswith=PREFIX).values_list("name", "pk"))
    user.groups.remove(*[pk for name, pk in held.items() if name not in wanted])
    user.groups.add(*Group.objects.filter(name__in=wanted - held.keys()))


def sync_groups() -> int:
    """Bring every group in step, for roles that began or ended by date. Returns how many people had to move."""
    wanted: dict[int, set[str]] = {}
    for membership in Membership.objects.in_force().select_related("organisation"):
        wanted.setdefault(membership.user_id, set()).add(group_name(membership.organisation, membership.role))
    held: dict[int, set[str]] = {}
    through = User.groups.through.objects.filter(group__name__startswith=PREFIX)
    for user_id, name in through.values_list("user_id", "group__name"):
        held.setdefault(user_id, set()).add(name)
    wrong = [pk for pk in wanted.keys() | held.keys() if wanted.get(pk, set()) != held.get(pk, set())]
    for user in User.objects.filter(pk__in=wrong):
        sync_person(user)
    return len(wrong)
