"""Headers: strict content security on the site, the editor's own under /admin/, media that cannot run."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

pytestmark = pytest.mark.django_db


def policy(response) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))


def test_the_site_runs_nothing_inline(client):
    found = policy(client.get("/accounts/login/"))
    assert found["default-src"] == "'self'"
    assert found["script-src"] == "'self'"
    assert found["style-src"] == "'self'"
    assert found["object-src"] == "'none'"
    assert found["base-uri"] == "'self'"


def test_the_editor_gets_what_wagtail_needs(client_for, author):
    found = policy(client_for(author).get("/admin/login/"))
    assert "'unsafe-inline'" in found["script-src"]
    assert found["object-src"] == "'none'"


def test_other_headers(client):
    response = client.get("/accounts/login/")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Request-ID"]


def test_images_are_served_so_that_nothing_in_them_runs(client):
    name = default_storage.save("images/test.png", ContentFile(b"\x89PNG\r\n\x1a\n"))
    response = client.get(f"/media/{name}")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["documents/report.pdf", "images/../documents/report.pdf", "images/nothing.png", "secret_key", "images/"]
)
def test_media_gives_nothing_else(client, path):
    if not default_storage.exists("documents/report.pdf"):
        default_storage.save("documents/report.pdf", ContentFile(b"%PDF-"))
    assert client.get(f"/media/{path}").status_code == 404
