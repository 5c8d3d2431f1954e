"""Error pages: the right status, our design, both languages, no detail of what broke."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.test import Client, override_settings
from django.urls import path

from lms.lib.errors import WrongState
from lms.urls import handler400, handler403, handler404, handler500  # noqa: F401
from lms.urls import urlpatterns as real_urls

pytestmark = pytest.mark.django_db


def raises(error):
    def view(request):
        raise error

    return view


urlpatterns = [
    path("test-400/", raises(SuspiciousOperation("secret detail"))),
    path("test-403/", raises(PermissionDenied("secret detail"))),
    path("test-409/", raises(WrongState("Somebody was faster."))),
    path("test-500/", raises(RuntimeError("secret detail"))),
    path("test-408/", raises(UnreadablePostError("secret detail"))),
    path("test-200/", lambda request: HttpResponse("ok")),
    *real_urls,
]


@override_settings(ROOT_URLCONF="tests.lms.test_error_pages")
@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
@pytest.mark.parametrize(("language", "lang"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_it_works(client_for, status, language, lang):
    client = client_for(None, language)
    client.raise_request_exception = False
    response = client.get(f"/test-{status}/")
    body = response.content.decode()
    assert response.status_code == status
    assert f'lang="{lang}"' in body
    assert "site-main" in body
    assert "secret detail" not in body
    assert "default-src" in response["Content-Security-Policy"]


@override_settings(ROOT_URLCONF="tests.lms.test_error_pages")
def test_a_step_that_came_too_late_says_why(client_for):
    assert "Somebody was faster." in client_for(None).get("/test-409/").content.decode()


@override_settings(ROOT_URLCONF="tests.lms.test_error_pages")
def test_a_request_that_broke_off_is_no_fault_of_ours(client_for, caplog):
    response = client_for(None).get("/test-408/")
    assert (response.status_code, response.content) == (408, b"")
    assert "secret detail" not in caplog.text


def test_a_forged_form_gets_a_kind_page(client_for, trainee):
    client = Client(enforce_csrf_checks=True)
    client.force_login(trainee)
    response = client.post("/i18n/setlang/", {"language": "en"})
    assert response.status_code == 403
    assert "site-main" in response.content.decode()


def test_the_address_of_a_button_gets_a_kind_page(client_for, trainee):
    """As after logging in again in between: the browser then asks by GET for what only a form does."""
    url = "/certificates/00000000-0000-0000-0000-000000000000/renew/"
    page = client_for(trainee, "en").get(url, headers={"accept": "text/html"})
    assert page.status_code == 405 and page["Allow"] == "POST" and "Nothing was changed" in page.content.decode()
    assert client_for(trainee).get(url, headers={"accept": "application/json"}).content == b""
