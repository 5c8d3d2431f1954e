"""Sign-up: name, consent, and an address that has to be confirmed."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Consent, User

FORM = {
    "full_name": " 岑测试 ", "email": "New@Example.org", "password1": "a-long-enough-one-7",
    "password2": "a-long-enough-one-7", "terms": "on",
}  # fmt: skip


def test_it_works(client, db):
    response = client.post(reverse("account_signup"), FORM)
    assert response.url == reverse("account_email_verification_sent")
    user = User.objects.get(email="new@example.org")
    assert user.full_name == "岑测试"
    assert user.consents.in_force().get().kind == Consent.Kind.TERMS
    link = re.search(r"http\S+confirm-email\S+", mail.outbox[0].body).group()
    path = "/" + link.split("/", 3)[3]
    assert client.get(path).status_code == 200
    client.post(path)
    assert user.emailaddress_set.get().verified


@pytest.mark.parametrize("missing", ["full_name", "email", "password1", "terms"])
def test_a_missing_answer_makes_no_account_and_keeps_the_rest(client, db, missing):
    response = client.post(reverse("account_signup"), {k: v for k, v in FORM.items() if k != missing})
    assert response.status_code == 200
    assert missing in response.context["form"].errors
    assert not User.objects.exists()
    kept = "New@Example.org" if missing != "email" else "岑测试"
    assert kept in response.content.decode()


def test_a_known_address_gives_the_same_answer(client, a_trainee):
    response = client.post(reverse("account_signup"), {**FORM, "email": a_trainee.email})
    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert not Consent.objects.exists()
