"""Log-in by e-mail: who gets in, who does not, and how often one may try."""

from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from .conftest import PASSWORD


def log_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_it_works(client, a_trainee):
    response = log_in(client, a_trainee.email.upper())
    assert response.status_code == 302
    assert response.url == reverse("desk")
    assert client.get(reverse("profile")).status_code == 200


def test_the_page_is_ours_in_both_languages(client, db):
    page = client.get(reverse("account_login")).content.decode()
    assert 'lang="zh-Hans"' in page and "lms/site.css" in page and "panel--entrance" in page
    client.cookies["django_language"] = "en"
    assert 'lang="en"' in client.get(reverse("account_login")).content.decode()


def test_a_wrong_password_is_refused_next_to_the_form(client, a_trainee):
    response = log_in(client, a_trainee.email, "not the password")
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_unverified_address_is_asked_to_verify_first(client, make_person):
    person = make_person(verified=False)
    response = log_in(client, person.email)
    assert response.url == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session
    assert mail.outbox[0].to == [person.email]


def test_a_sixth_wrong_try_is_stopped_even_with_the_right_password(client, a_trainee):
    for _ in range(5):
        log_in(client, a_trainee.email, "not the password")
    log_in(client, a_trainee.email)
    assert "_auth_user_id" not in client.session


def test_a_closed_account_stays_out(client, a_trainee):
    a_trainee.is_active = False
    a_trainee.save()
    log_in(client, a_trainee.email)
    assert "_auth_user_id" not in client.session


def test_too_many_requests_give_our_page(client, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "reset_password": "1/h/ip"}
    url = reverse("account_reset_password")
    assert client.post(url, {"email": "nobody@example.org"}).status_code == 302
    response = client.post(url, {"email": "nobody@example.org"})
    assert response.status_code == 429
    assert "lms/site.css" in response.content.decode()


def test_every_account_page_is_drawn_in_our_design(client, a_trainee):
    client.force_login(a_trainee)
    for name in ["account_email", "account_change_password", "mfa_index", "account_logout", "account_reset_password"]:
        response = client.get(reverse(name))
        assert response.status_code == 200, name
        assert "lms/site.css" in response.content.decode(), name
    assert EmailAddress.objects.get(user=a_trainee).verified
