"""Staff are sent to the activation of a second factor when the setting is on."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import reverse
from wagtail.models import ModelLogEntry

from accounts.middleware import FREE
from tests.test_permission_matrix import read_table

from .conftest import PASSWORD
from .test_login import log_in


@pytest.fixture(autouse=True)
def _on(settings):
    settings.STAFF_SECOND_FACTOR = True


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_staff_without_one_are_sent_to_set_it_up(client, an_author):
    client.force_login(an_author)
    for path in [reverse("profile"), reverse("desk"), "/admin/"]:
        response = client.get(path)
        assert response.status_code == 302 and response.url == reverse("mfa_activate_totp"), path


def test_posting_is_no_way_around(client, a_registrar, base):
    client.force_login(a_registrar)
    response = client.post(reverse("membership_add", args=[base.uuid]), {})
    assert response.url == reverse("mfa_activate_totp")


def test_what_everyone_sees_and_the_account_pages_stay_open(client, an_author):
    client.force_login(an_author)
    for name in ["terms", "health", "account_email"]:
        assert client.get(reverse(name)).status_code == 200, name
    assert client.post(reverse("set_language"), {"language": "en"}).status_code == 302
    assert client.post(reverse("account_logout")).url != reverse("mfa_activate_totp")


def test_what_a_visitor_may_verify_staff_may_too():
    """By the permission matrix, so that the next public page is not forgotten."""
    public = {name for name, (_method, letters) in read_table().items() if letters[0] == "Y"}
    about = ("verify", "share_link", "receipt", "did_", "status_list", "issuers", "log", "developers", "api_", "vc_", "wallet_")
    assert {name for name in public if name.startswith(about)} <= FREE


def test_public_verification_stays_open(client, an_author, db):
    """Whatever a visitor may open, staff may too, without an authenticator."""
    client.force_login(an_author)
    for name in ("verify", "receipt_check", "issuers", "log", "developers", "did_versions"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.get(reverse("verify_offline")).status_code == 404  # there is no key yet
    assert client.post(reverse("verify_file")).status_code == 422
    assert client.post(reverse("verify_file_json"), {}).status_code == 200
    assert client.get(reverse("share_link", args=["abcdefghijklmnopqrstuvwxyz"])).status_code == 200


def test_trainees_are_not_asked(client, a_trainee):
    client.force_login(a_trainee)
    assert client.get(reverse("profile")).status_code == 200


def test_the_way_through(client, an_author, django_capture_on_commit_callbacks):
    """Confirm the password, set up, get recovery codes, work; the next log-in asks for the code."""
    log_in(client, an_author.email)
    page = client.get(reverse("mfa_activate_totp"))
    assert page.url.startswith(reverse("account_reauthenticate"))
    page = client.post(page.url, {"password": PASSWORD}, follow=True)
    assert page.status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("mfa_activate_totp"), {"code": code_for(page.context["form"].secret)})
    assert response.url == reverse("mfa_view_recovery_codes")
    assert client.get(response.url).content.decode().count('<li class="code">') == 10
    assert client.get(reverse("profile")).status_code == 200
    assert ModelLogEntry.objects.filter(action="accounts.second_factor.add", user_id=an_author.pk).exists()

    client.post(reverse("account_logout"))
    assert log_in(client, an_author.email).url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def test_the_code_is_asked_and_checked(client, an_author):
    secret = generate_totp_secret()
    TOTP.activate(an_author, secret)
    log_in(client, an_author.email, PASSWORD)
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "_auth_user_id" not in client.session
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert client.session["_auth_user_id"] == str(an_author.pk)
    assert Authenticator.objects.filter(user=an_author, type=Authenticator.Type.TOTP).exists()


def test_off_by_setting(client, an_author, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(an_author)
    assert client.get(reverse("profile")).status_code == 200


@pytest.mark.parametrize("who, queries", [("a_trainee", 1), ("an_author", 2)])
def test_what_the_check_costs(request, django_assert_num_queries, who, queries):
    from accounts.middleware import needs_second_factor
    from accounts.models import User

    user = User.objects.get(pk=request.getfixturevalue(who).pk)
    with django_assert_num_queries(queries):
        needs_second_factor(user)
