"""Public pages that are kept: for visitors only, in each language, with headers for the caches on the way."""

from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import PASSWORD

from .opening import drawn, page, visitor

# --- What is kept ----------------------------------------------------------------------------------------------------


def test_it_works(pages):
    assert drawn(pages) == set(pages)
    assert drawn(pages) == set()


def test_each_language_has_its_own(pages):
    drawn(pages)
    assert drawn(pages, "en") == set(pages)
    assert "Junior" in visitor("en").get(pages["level"]).text and "初级" in visitor().get(pages["level"]).text


def test_the_language_switch_works_from_a_kept_page(pages):
    drawn(pages)
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = "zh-hans"
    assert "培养基地" in client.get(pages["home"]).text
    assert client.post(reverse("set_language"), {"language": "en", "next": pages["home"]}).status_code == 302
    assert "Accredited training bases" in client.get(pages["home"]).text


def test_a_certificate_is_verified_from_the_kept_front_page(pages):
    drawn(pages)
    client = Client(enforce_csrf_checks=True)
    assert "csrfmiddlewaretoken" not in client.get(pages["home"]).text
    response = client.post(reverse("verify"), {"number": "TM-J-00000-00000-0", "name": "无此人"})
    assert response.status_code == 200


def test_who_is_signed_in_still_needs_a_token(pages, trainee):
    client = Client(enforce_csrf_checks=True)
    client.force_login(trainee)
    assert client.post(reverse("verify"), {"number": "x", "name": "y"}).status_code == 403
    assert client.post(reverse("set_language"), {"language": "en"}).status_code == 403
    assert "csrfmiddlewaretoken" in client.get(pages["home"]).text


def test_a_host_has_its_own(pages, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    drawn(pages)
    with CaptureQueriesContext(connection) as queries:
        visitor().get(pages["syllabuses"], headers={"host": "other.example"})
    assert len(queries)


def test_known_fields_make_their_own_page_and_unknown_ones_none(pages):
    url = pages["catalogue"]
    text = visitor().get(url, {"base": "base-a"}).text
    assert "班a" in text and "班b" not in text
    assert "班b" in visitor().get(url).text
    assert drawn({"known": f"{url}?base=base-a"}) == set()
    for query in ("?utm=1", "?base=base-a&utm=1", "?base=a&base=b", "?page=" + "1" * 200):
        assert drawn({"x": url + query}) and drawn({"x": url + query}), query


def test_validators_and_edge_headers(pages):
    first = visitor().get(pages["course_a"])
    second = visitor().get(pages["course_a"])
    assert first["ETag"] == second["ETag"] and first.text == second.text
    assert second["Cache-Control"].startswith("public, max-age=0, s-maxage=")
    assert {"Cookie", "Accept-Language"} <= {part.strip() for part in second["Vary"].split(",")}
    assert f"page:{page(pages, 'course_a').pk}" in second["Surrogate-Key"].split()
    assert not second.cookies and "Content-Security-Policy" in second and "X-Frame-Options" in second
    again = visitor().get(pages["course_a"], headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and not again.content


# --- Who never gets or fills it --------------------------------------------------------------------------------------


def test_who_is_signed_in_neither_gets_nor_fills_it(pages, trainee, client_for):
    client = client_for(trainee)
    for url in pages.values():
        response = client.get(url)
        assert trainee.full_name in response.text
        assert "private" in response["Cache-Control"] and "Surrogate-Key" not in response
    assert drawn(pages) == set(pages)
    assert all(trainee.full_name in client.get(url).text for url in pages.values())


def test_a_session_of_nobody_gets_none_either(pages):
    drawn(pages)
    client = visitor()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "gone"
    with CaptureQueriesContext(connection) as queries:
        client.get(pages["home"])
    assert len(queries)


def test_a_waiting_message_is_neither_lost_nor_kept(pages, trainee):
    client = Client()
    client.login(email=trainee.email, password=PASSWORD)
    drawn(pages)
    client.post(reverse("account_logout"))
    if "messages" in client.cookies:
        assert 'class="messages"' in client.get(pages["home"]).text
    assert 'class="messages"' not in visitor().get(pages["home"]).text


def test_a_preview_is_never_kept(pages, author, client_for):
    lesson = page(pages, "lesson_a")
    lesson.title = "还没有发布的题目"
    lesson.save_revision(user=author)
    response = client_for(author).get(reverse("wagtailadmin_pages:view_draft", args=[lesson.pk]))
    assert "还没有发布的题目" in response.text and "Surrogate-Key" not in response
    assert "还没有发布的题目" not in visitor().get(pages["lesson_a"]).text


def test_personal_and_changing_pages_are_not_kept(pages):
    for name in ("verify", "search", "issuers", "health", "account_login"):
        assert "Surrogate-Key" not in visitor().get(reverse(name)), name


def test_only_whole_pages_are_kept(pages, base):
    assert "Surrogate-Key" not in visitor().get("/no-such-page/")
    assert "Surrogate-Key" not in visitor().head(pages["course_a"])
    assert drawn({"course_a": pages["course_a"]}) == {"course_a"}
