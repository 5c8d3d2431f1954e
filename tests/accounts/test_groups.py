"""Wagtail's groups keep step with organisations and roles."""

from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.groups import sync_groups
from accounts.models import Membership, Organisation, User
from accounts.signals import organisation_saved


def groups(user) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_a_new_base_gets_its_groups_and_is_announced(db):
    heard = []

    def listen(sender, organisation, **kwargs):
        heard.append((organisation, Group.objects.filter(name="org:new:author").exists()))

    organisation_saved.connect(listen)
    try:
        base = Organisation.objects.create(kind="base", name="新基地", slug="new")
    finally:
        organisation_saved.disconnect(listen)
    assert heard == [(base, True)]
    assert Group.objects.filter(name__startswith="org:new:").count() == 6


def test_authors_may_enter_the_admin_and_registrars_not(an_author, a_registrar, client):
    assert groups(an_author) == {"org:base-a:author"}
    assert User.objects.get(pk=an_author.pk).has_perm("wagtailadmin.access_admin")
    assert not User.objects.get(pk=a_registrar.pk).has_perm("wagtailadmin.access_admin")


def test_ending_a_role_leaves_the_group(an_author, a_registrar):
    an_author.memberships.get().end(by=a_registrar, at=timezone.now())
    assert groups(an_author) == set()


def test_deleting_a_role_leaves_the_group(an_author):
    an_author.memberships.get().delete()
    assert groups(an_author) == set()


def test_roles_that_begin_and_end_by_date(base, a_trainee, an_author):
    tomorrow = timezone.localdate() + timedelta(days=1)
    Membership.objects.create(organisation=base, user=a_trainee, role="author", valid_from=tomorrow)
    assert groups(a_trainee) == set()
    assert sync_groups() == 0
    # Time goes by without a save:
    Membership.objects.filter(user=a_trainee).update(valid_from=date(2020, 1, 1))
    Membership.objects.filter(user=an_author).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert sync_groups() == 2
    assert groups(a_trainee) == {"org:base-a:author"}
    assert groups(an_author) == set()


def test_other_groups_are_left_alone(an_author):
    an_author.groups.add(Group.objects.create(name="choir"))
    Membership.objects.get(user=an_author).save()
    assert groups(an_author) == {"choir", "org:base-a:author"}
