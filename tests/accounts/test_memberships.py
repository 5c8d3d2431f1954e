"""Giving and ending roles: by officers anywhere, by registrars at their own base."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import Membership, Role, User
from lms.lib.errors import WrongState
from lms.lib.jobs.runner import run_due


def give(client, organisation, email, role="author", **more):
    data = {"email": email, "role": role, "valid_from": timezone.localdate().isoformat(), **more}
    return client.post(reverse("membership_add", args=[organisation.uuid]), data)


def test_it_works(client, a_registrar, base, a_trainee):
    client.force_login(a_registrar)
    assert client.get(reverse("membership_add", args=[base.uuid])).status_code == 200
    response = give(client, base, a_trainee.email.upper())
    assert response.url == base.get_absolute_url()
    membership = base.memberships.get(user=a_trainee)
    assert membership.role == Role.AUTHOR
    entry = ModelLogEntry.objects.get(action="accounts.membership.grant")
    assert entry.data["organisation"] == base.pk and entry.data["person"] == a_trainee.pk
    run_due()
    assert mail.outbox[0].to == [a_trainee.email]
    assert "reset" not in mail.outbox[0].body


def test_a_second_click_changes_nothing(client, a_registrar, base, a_trainee):
    client.force_login(a_registrar)
    give(client, base, a_trainee.email)
    response = give(client, base, a_trainee.email)
    assert response.status_code == 422 and "role" in response.context["form"].errors
    assert base.memberships.filter(user=a_trainee).count() == 1
    run_due()
    assert len(mail.outbox) == 1


def test_an_invitation_lets_a_new_person_in(client, a_registrar, base):
    client.force_login(a_registrar)
    assert "full_name" in give(client, base, "new@example.org").context["form"].errors
    give(client, base, "new@example.org", full_name="新作者")
    person = User.objects.get(email="new@example.org")
    assert person.full_name == "新作者" and not person.has_usable_password()
    run_due()
    link = re.search(r"http\S+/password/reset/key/\S+", mail.outbox[0].body).group()
    client.logout()
    page = client.get("/" + link.split("/", 3)[3], follow=True)
    password = {"password1": "a-long-enough-one-7", "password2": "a-long-enough-one-7"}
    client.post(page.redirect_chain[-1][0], password)
    client.post(reverse("account_login"), {"login": "new@example.org", "password": password["password1"]})
    assert client.session["_auth_user_id"] == str(person.pk)


def test_an_account_that_was_never_confirmed_loses_its_password(client, a_registrar, base, make_person):
    """Otherwise a stranger who signed up with a colleague's address would get the colleague's role."""
    squatted = make_person(verified=False)
    client.force_login(a_registrar)
    give(client, base, squatted.email)
    squatted.refresh_from_db()
    assert not squatted.has_usable_password()
    run_due()
    assert "/password/reset/key/" in mail.outbox[0].body


def test_nobody_gives_themselves_a_role(client, a_registrar, base):
    client.force_login(a_registrar)
    assert "email" in give(client, base, a_registrar.email, role="assessor").context["form"].errors


def test_a_forged_role_is_refused(client, a_registrar, base, a_trainee):
    client.force_login(a_registrar)
    assert "role" in give(client, base, a_trainee.email, role="officer").context["form"].errors
    with pytest.raises(WrongState):
        Membership.objects.grant(
            organisation=base, user=a_trainee, role="officer", valid_from=date(2026, 1, 1), valid_until=None, by=None
        )


def test_dates_in_the_wrong_order(client, a_registrar, base, a_trainee):
    client.force_login(a_registrar)
    until = (timezone.localdate() - timedelta(days=3)).isoformat()
    assert "valid_until" in give(client, base, a_trainee.email, valid_until=until).context["form"].errors


def test_an_officer_may_anywhere(client, an_officer, other_base, a_trainee):
    client.force_login(an_officer)
    assert give(client, other_base, a_trainee.email, role="registrar").status_code == 302


def test_another_base_is_not_to_be_known(client, a_registrar, other_base, make_person):
    member = make_person(at=other_base, role=Role.AUTHOR).memberships.get()
    client.force_login(a_registrar)
    assert client.get(other_base.get_absolute_url()).status_code == 404
    for url in [
        reverse("organisation_edit", args=[other_base.uuid]),
        reverse("membership_add", args=[other_base.uuid]),
        reverse("membership_end", args=[member.uuid]),
    ]:
        assert client.get(url).status_code == 404, url
        assert client.post(url).status_code == 404, url
    assert not member.is_over


def test_outsiders(client, base, an_author, a_trainee):
    url = reverse("membership_add", args=[base.uuid])
    assert client.get(url).status_code == 302
    for person in (an_author, a_trainee):
        client.force_login(person)
        assert client.get(url).status_code == 404


def test_ending_a_role(client, a_registrar, an_author):
    membership = an_author.memberships.get()
    url = reverse("membership_end", args=[membership.uuid])
    client.force_login(a_registrar)
    assert client.get(url).status_code == 200
    membership.refresh_from_db()
    assert not membership.is_over
    assert client.post(url).status_code == 302
    membership.refresh_from_db()
    assert membership.is_over
    assert not Membership.objects.in_force().filter(pk=membership.pk).exists()
    assert ModelLogEntry.objects.filter(action="accounts.membership.end", user=a_registrar).count() == 1
    assert client.post(url).status_code == 409
    assert ModelLogEntry.objects.filter(action="accounts.membership.end").count() == 1


def test_a_role_that_began_today_ends_at_once(a_registrar, base, a_trainee):
    today = timezone.localdate()
    membership = Membership.objects.grant(
        organisation=base, user=a_trainee, role="author", valid_from=today, valid_until=None, by=a_registrar
    )
    membership.end(by=a_registrar, at=timezone.now())
    assert not a_trainee.memberships.exists()


def test_nobody_ends_their_own(client, a_registrar):
    url = reverse("membership_end", args=[a_registrar.memberships.get().uuid])
    client.force_login(a_registrar)
    assert client.post(url).status_code == 403


def test_taking_a_role_up_again(a_registrar, an_author, base):
    membership = an_author.memberships.get()
    membership.end(by=a_registrar, at=timezone.now())
    again = Membership.objects.grant(
        organisation=base, user=an_author, role="author", valid_from=timezone.localdate(), valid_until=None,
        by=a_registrar,
    )  # fmt: skip
    assert again.pk == membership.pk and not again.is_over
