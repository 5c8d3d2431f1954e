"""One's own page, and consents."""

from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import ModelLogEntry

from accounts.desk import desk_items
from accounts.models import Consent


def test_it_works(client, a_registrar):
    client.force_login(a_registrar)
    response = client.post(reverse("profile"), {"full_name": "新名", "name_latin": "Xin Ming"})
    assert response.url == reverse("profile")
    a_registrar.refresh_from_db()
    assert (a_registrar.full_name, a_registrar.name_latin) == ("新名", "Xin Ming")
    assert "测试基地甲" in client.get(reverse("profile")).content.decode()
    assert "新名" not in str(ModelLogEntry.objects.get(action="accounts.profile.edit").data)


def test_an_empty_name_is_refused_and_the_rest_kept(client, a_trainee):
    client.force_login(a_trainee)
    response = client.post(reverse("profile"), {"full_name": " ", "name_latin": "Kept"})
    assert response.status_code == 422
    text = response.content.decode()
    assert 'value="Kept"' in text and "error-summary" in text and "测试学员" in text


def test_other_fields_can_not_be_forged(client, a_trainee):
    client.force_login(a_trainee)
    client.post(reverse("profile"), {"full_name": "甲", "is_superuser": "on", "email": "x@example.org"})
    a_trainee.refresh_from_db()
    assert not a_trainee.is_superuser and a_trainee.email != "x@example.org"


def test_giving_and_withdrawing_a_consent(client, a_trainee):
    client.force_login(a_trainee)
    kind = Consent.Kind.PUBLIC_REGISTER
    for _ in range(2):
        client.post(reverse("consent_give", args=[kind]))
    assert a_trainee.consents.in_force().count() == 1
    url = reverse("consent_withdraw", args=[kind])
    assert client.get(url).status_code == 200
    assert a_trainee.consents.in_force().count() == 1
    assert client.post(url).url == reverse("profile")
    assert not a_trainee.consents.in_force().exists()
    assert client.post(url).status_code == 404
    a_trainee.refresh_from_db()
    assert a_trainee.is_active


def test_withdrawing_the_terms_closes_the_account(client, a_trainee):
    Consent.objects.give(a_trainee, Consent.Kind.TERMS, at=now())
    client.force_login(a_trainee)
    client.post(reverse("consent_withdraw", args=["terms"]))
    a_trainee.refresh_from_db()
    assert not a_trainee.is_active
    assert client.get(reverse("profile")).status_code == 302


def test_a_new_text_asks_again(a_trainee, monkeypatch):
    old = Consent.objects.give(a_trainee, Consent.Kind.TERMS, at=now())
    monkeypatch.setattr(Consent, "TEXT_VERSION", "2027-01")
    assert any(item.primary for item in desk_items(a_trainee))
    new = Consent.objects.give(a_trainee, Consent.Kind.TERMS, at=now())
    old.refresh_from_db()
    assert old.withdrawn_at and new.text_version == "2027-01"


def test_unknown_kinds(client, a_trainee):
    client.force_login(a_trainee)
    assert client.post(reverse("consent_give", args=["nonsense"])).status_code == 404
    assert client.get(reverse("consent_withdraw", args=["nonsense"])).status_code == 404


def test_the_terms_are_public_in_both_languages(client, db):
    assert "使用约定" in client.get(reverse("terms")).content.decode()
    client.cookies["django_language"] = "en"
    assert "Rules of use" in client.get(reverse("terms")).content.decode()


def test_the_desk_by_role(an_officer, a_registrar, a_trainee):
    def urls(user):
        return {item.url for item in desk_items(user)}

    assert reverse("organisation_list") in urls(an_officer)
    assert a_registrar.memberships.get().organisation.get_absolute_url() in urls(a_registrar)
    assert reverse("audit_log") not in urls(a_trainee)
