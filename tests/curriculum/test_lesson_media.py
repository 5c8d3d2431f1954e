"""Films and captions come from behind the base's wall, in parts; what is uploaded is looked into."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from curriculum.walls import collection_of
from tests.curriculum.media_files import MP4, VTT, WEBM, make_document, photo
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def film(base, course):
    return make_document(base, "film.mp4", MP4)


def ask(client, document, **headers):
    return client.get(reverse("lesson_media", args=[document.pk]), headers=headers)


def test_it_works(film, author, client_for):
    response = ask(client_for(author), film)
    assert response.status_code == 200 and b"".join(response.streaming_content) == MP4
    assert response["Content-Type"] == "video/mp4" and response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff" and "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"].startswith("private")


def test_in_parts(film, author, client_for):
    response = ask(client_for(author), film, range="bytes=100-199")
    assert response.status_code == 206 and b"".join(response.streaming_content) == MP4[100:200]
    assert ask(client_for(author), film, range="bytes=999999-").status_code == 416


def test_captions_have_their_own_type(base, course, author, client_for):
    response = ask(client_for(author), make_document(base, "film.vtt", VTT))
    assert response["Content-Type"] == "text/vtt; charset=utf-8"


def test_who_studies_there_watches(base, edition, film, trainee, client_for, at):
    assert ask(client_for(trainee), film).status_code == 404
    make_enrolment(make_cohort(edition, at=at), trainee, at=at)
    assert ask(client_for(trainee), film).status_code == 200


def test_others_do_not_learn_that_it_exists(film, outsider, client_for):
    assert ask(client_for(None), film).status_code == 404
    assert ask(client_for(outsider), film).status_code == 404


def test_only_films_and_captions(base, course, author, client_for):
    assert ask(client_for(author), make_document(base, "form.pdf", b"%PDF-1.4")).status_code == 404
    lost = make_document(base, "lost.mp4", MP4)
    lost.file.storage.delete(lost.file.name)
    assert ask(client_for(author), lost).status_code == 404


def test_queries(film, author, client_for, django_assert_max_num_queries):
    client = client_for(author)
    with django_assert_max_num_queries(6):
        ask(client, film)


def upload(client, name: str, data: bytes):
    response = client.post(reverse("wagtaildocs:add_multiple"), {"title": name, "files[]": SimpleUploadedFile(name, data)},
                           headers={"x-requested-with": "XMLHttpRequest"})  # fmt: skip
    return response.json()


@pytest.mark.parametrize(
    ("name", "data", "taken"),
    [
        ("a.mp4", MP4, True), ("a.webm", WEBM, True), ("a.vtt", VTT, True), ("a.pdf", b"%PDF-1.7\n%x", True),
        ("b.mp4", WEBM, False), ("b.webm", b"<html>", False), ("b.vtt", b"WEBVTT\n\nnothing\n", False),
        ("b.pdf", b"MZ", False), ("b.csv", b"<script>alert(1)</script>", False), ("b.exe", b"MZ", False),
    ],
)  # fmt: skip
def test_an_upload_is_what_its_name_says(base, course, author, client_for, name, data, taken):
    answer = upload(client_for(author), name, data)
    assert answer["success"] is taken, answer
    assert get_document_model().objects.count() == taken
    if name == "b.vtt":
        assert "第 3 行" in str(answer) or "第 4 行" in str(answer)


def test_a_film_has_a_limit(base, course, author, client_for, settings):
    settings.VIDEO_FILE_MAX_BYTES = 100
    assert upload(client_for(author), "a.mp4", MP4)["success"] is False


def test_a_picture_loses_what_the_telephone_wrote(base, course):
    image = get_image_model()(title="合影", collection=collection_of(base))
    image.file = SimpleUploadedFile("photo.jpg", photo(orientation=6))
    image.save()
    image.refresh_from_db()
    with image.file.open() as file:
        stored = file.read()
    assert b"Telephone" not in stored and b"secret place" not in stored
    assert (image.width, image.height) == (40, 60)
