"""An edition's pages: for everyone who works at the base and for the authority, nobody else."""

import pytest
from django.urls import reverse

from curriculum.files import user_can_open_document
from curriculum.walls import collection_of


def item_url(item):
    return reverse("edition_item_preview", args=[item.edition.uuid, item.uuid])


@pytest.mark.parametrize("person", ["author", "registrar", "instructor", "assessor", "reviewer", "officer"])
def test_staff_and_authority_read_it(edition, person, request, client_for):
    client = client_for(request.getfixturevalue(person))
    response = client.get(edition.get_absolute_url())
    assert response.status_code == 200
    assert edition.content_hash in response.text
    assert "测试复审郑" in response.text
    for item in edition.items.all():
        assert client.get(item_url(item)).status_code == 200


@pytest.mark.parametrize("person", ["outsider", "trainee", "employer"])
def test_others_find_nothing(edition, person, request, client_for):
    client = client_for(request.getfixturevalue(person))
    assert client.get(edition.get_absolute_url()).status_code == 404
    assert client.get(reverse("edition_json", args=[edition.uuid])).status_code == 404
    assert client.get(item_url(edition.items.last())).status_code == 404


def test_a_visitor_is_asked_to_log_in(edition, client_for):
    assert client_for(None).get(edition.get_absolute_url()).status_code == 302


def test_the_json_names_every_page_and_hash(edition, author, client_for):
    response = client_for(author).get(reverse("edition_json", args=[edition.uuid]))
    data = response.json()
    assert data["content_hash"] == edition.content_hash
    assert [item["content_hash"] for item in data["items"]] == [item.content_hash for item in edition.items.all()]
    assert "attachment" in response["Content-Disposition"]


def test_an_item_of_another_edition_is_not_found(edition, author, client_for):
    url = reverse("edition_item_preview", args=[edition.uuid, edition.uuid])
    assert client_for(author).get(url).status_code == 404


def test_queries(edition, author, client_for, django_assert_max_num_queries):
    client = client_for(author)
    with django_assert_max_num_queries(10):
        client.get(edition.get_absolute_url())


def test_documents_of_a_base_open_for_its_people(edition, base, author, reviewer, outsider, trainee):
    class Document:
        collection = collection_of(base)

    opens = {p.email: user_can_open_document(p, Document) for p in (author, reviewer, outsider, trainee)}
    assert opens == {author.email: True, reviewer.email: True, outsider.email: False, trainee.email: False}
