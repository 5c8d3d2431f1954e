"""Bringing a package, choosing it in a lesson, freezing it, and the walls around its files."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from curriculum.contents import page_hash
from curriculum.library_blocks import pinned
from curriculum.models import ScormPackage
from curriculum.scorm_serving import address_of
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.curriculum.scorm_zips import packed
from tests.factories.curriculum import make_lesson


@pytest.fixture
def package(base, author, at):
    return ScormPackage.receive(packed(), organisation=base, by=author, at=at)


def upload(client, data: bytes):
    return client.post(reverse("scorm_list"), {"organisation": client.base.pk, "title": "",
                                               "file": SimpleUploadedFile("p.zip", data)})  # fmt: skip


def test_an_author_brings_one(client_for, author, base):
    client = client_for(author)
    client.base = base
    assert upload(client, packed().getvalue()).status_code == 302
    assert upload(client, packed().getvalue()).status_code == 302  # a second click is harmless
    assert ScormPackage.objects.get().title == "核对权属"
    refused = upload(client, b"PK no")
    assert refused.status_code == 422
    assert ScormPackage.objects.count() == 1


def test_nobody_else_does(client_for, base_reviewer, outsider, package):
    assert client_for(base_reviewer).get(reverse("scorm_list")).status_code == 403
    assert package.title not in client_for(outsider).get(reverse("scorm_list")).text
    assert client_for(outsider).post(reverse("scorm_delete", args=[package.uuid])).status_code == 404
    assert not ScormPackage.objects.readable_by(outsider).exists()


def test_a_lesson_covers_its_bytes_and_keeps_it(package, course, author):
    topics = []
    body = [("scorm_package", pinned("scorm_package", package))]
    lesson = make_lesson(course, "练习", topics, author=author, body=body)
    content = lesson.latest_revision.content
    other = {**content, "body": content["body"].replace(package.sha256, "sha256:" + "0" * 64)}
    assert page_hash(content) != page_hash(other)
    with pytest.raises(WrongState):
        package.drop(by=author)
    with pytest.raises(ImmutableRow):
        package.save()


def test_an_unused_one_is_deleted_with_its_files(package, client_for, author, django_capture_on_commit_callbacks):
    address = address_of(package)
    client = client_for(None)
    assert client.get(address).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert client_for(author).post(reverse("scorm_delete", args=[package.uuid])).status_code == 302
    assert client.get(address).status_code == 404


def test_files_are_sealed_and_need_their_address(package, client_for, django_assert_num_queries):
    client = client_for(None)
    with django_assert_num_queries(0):
        response = client.get(address_of(package))
    policy = response["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts allow-forms;")
    assert "allow-same-origin" not in policy
    assert "/__lms__/scorm12.min.js" in response.content.decode()
    assert response["X-Content-Type-Options"] == "nosniff"
    token = address_of(package).split("/")[2]
    assert client.get(f"/scorm/{token}/__lms__/scorm-bridge.js").status_code == 200
    assert client.get(f"/scorm/{token}/__lms__/../scorm_serving.py").status_code == 404
    assert client.get(f"/scorm/{token}x/index.html").status_code == 404
    assert client.get(f"/scorm/{token}/none.html").status_code == 404
