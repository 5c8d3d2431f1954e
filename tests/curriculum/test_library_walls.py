"""The library in the editor: national entries are everyone's to choose and the authority's to change; a base's its own."""

import pytest
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from curriculum.library_admin import LibraryPolicy
from curriculum.models import Citation, LessonPage, Statute, Term
from tests.factories.curriculum import make_lesson
from tests.factories.library import make_statute, make_term, statute_block, term_block

NAMES = {Statute: "statute", Term: "term"}


@pytest.fixture
def entries(authority, base, other_base):
    """(national, own, theirs) of both kinds."""
    owners = (authority, base, other_base)
    return {
        Statute: [make_statute(owner, f"条例 {owner.slug}") for owner in owners],
        Term: [make_term(owner, f"术语 {owner.slug}") for owner in owners],
    }


def url(model, name, *args, chooser=False):
    prefix = "wagtailsnippetchoosers" if chooser else "wagtailsnippets"
    return reverse(f"{prefix}_curriculum_{NAMES[model]}:{name}", args=args)


@pytest.mark.parametrize("model", [Statute, Term])
def test_lists_and_choosers_show_national_and_own(entries, model, author, base_reviewer, client_for):
    national, own, theirs = (str(entry.title if model is Statute else entry.term) for entry in entries[model])
    for person in (author, base_reviewer):
        client = client_for(person)
        texts = [
            client.get(url(model, "list")).text,
            client.get(url(model, "list_results")).text,
            client.get(url(model, "choose", chooser=True)).json()["html"],
            client.get(url(model, "choose_results", chooser=True)).text,
        ]
        for text in texts:
            assert national in text and own in text and theirs not in text


@pytest.mark.parametrize("model", [Statute, Term])
def test_lists_and_choosers_can_be_searched(entries, model, author, client_for):
    client = client_for(author)
    national, own, theirs = (str(entry.title if model is Statute else entry.term) for entry in entries[model])
    for address in (url(model, "list_results"), url(model, "choose_results", chooser=True)):
        text = client.get(address, {"q": "base-"}).text
        assert own in text and national not in text and theirs not in text, address


@pytest.mark.parametrize("model", [Statute, Term])
def test_others_entries_are_not_there(entries, model, author, client_for):
    client = client_for(author)
    national, own, theirs = entries[model]
    assert client.get(url(model, "edit", own.pk)).status_code == 200
    for entry in (national, theirs):
        for name in ("edit", "delete", "history", "usage"):
            assert client.get(url(model, name, entry.pk)).status_code == 404, (name, entry)
    assert client.get(url(model, "usage", own.pk)).status_code == 404
    for entry, status in ((national, 200), (own, 200), (theirs, 404)):
        assert client.get(url(model, "chosen", entry.pk, chooser=True)).status_code == status
    many = url(model, "chosen_multiple", chooser=True)
    assert client.get(f"{many}?id={own.pk}&id={national.pk}").status_code == 200
    assert client.get(f"{many}?id={own.pk}&id={theirs.pk}").status_code == 404
    bulk = reverse("wagtail_bulk_action", args=["curriculum", NAMES[model], "delete"])
    for query in (f"?id={theirs.pk}", f"?id={national.pk}", "?id=all"):
        assert client.get(bulk + query).status_code == 404
        assert client.post(bulk + query).status_code == 404
    assert model.objects.count() == 3


def test_the_authoritys_reviewer_keeps_the_national_ones(entries, reviewer, client_for):
    client = client_for(reviewer)
    for model in (Statute, Term):
        national, own, theirs = entries[model]
        assert client.get(url(model, "edit", national.pk)).status_code == 200
        text = client.get(url(model, "list")).text
        assert "base-a" not in text and "base-b" not in text
        for entry in (own, theirs):
            assert client.get(url(model, "edit", entry.pk)).status_code == 404


def test_a_base_reviewer_reads_and_does_not_write(entries, base_reviewer, client_for):
    client = client_for(base_reviewer)
    own = entries[Statute][1]
    assert client.post(url(Statute, "edit", own.pk), {}).status_code in (302, 403)
    assert client.get(url(Statute, "add")).status_code in (302, 403)
    policy = LibraryPolicy(Statute)
    assert not policy.user_has_permission_for_instance(base_reviewer, "change", own)
    assert policy.user_has_permission_for_instance(base_reviewer, "choose", own)


@pytest.mark.parametrize("person", ["trainee", "registrar", "officer", "employer"])
def test_others_do_not_enter(entries, person, request, client_for):
    client = client_for(request.getfixturevalue(person))
    for model in (Statute, Term):
        assert client.get(url(model, "list")).status_code in (302, 403)


def statute_data(**changes):
    return {
        "title": "本地办法", "title_en": "", "issuer": "某市", "document_number": "", "source_url": "https://example.org/x",
        "in_force_from": "2024-01-01", "in_force_until": "", "ended_on": "", "replaced_by": "", "checked_on": "2026-06-01",
        "next_check_on": "", "note": "", **changes,
    }  # fmt: skip


def test_an_author_adds_to_the_bases_own(entries, base, authority, other_base, author, client_for):
    client = client_for(author)
    assert client.post(url(Statute, "add"), statute_data(organisation=base.pk)).status_code == 302
    made = Statute.objects.get(title="本地办法")
    assert (made.organisation, made.checked_by, made.version) == (base, author, 1)
    assert made.latest_revision is not None
    for owner in (authority, other_base):
        data = statute_data(organisation=owner.pk, title="混进来的")
        assert client.post(url(Statute, "add"), data).status_code == 200
    assert not Statute.objects.filter(title="混进来的").exists()


def test_the_form_names_what_is_wrong_and_keeps_what_was_typed(entries, base, author, client_for):
    data = statute_data(organisation=base.pk, checked_on="2999-01-01", in_force_until="2023-01-01")
    response = client_for(author, "en").post(url(Statute, "add"), data)
    assert response.status_code == 200
    errors = response.context["form"].errors
    assert set(errors) >= {"checked_on"}
    assert "本地办法" in response.text
    theirs = entries[Statute][2]
    data = statute_data(organisation=base.pk, replaced_by=theirs.pk, ended_on="2026-01-01")
    assert "replaced_by" in client_for(author).post(url(Statute, "add"), data).context["form"].errors


def test_an_entry_keeps_its_owner(entries, base, other_base, author, client_for):
    own = entries[Statute][1]
    data = statute_data(organisation=other_base.pk, title="改名")
    assert client_for(author).post(url(Statute, "edit", own.pk), data).status_code == 302
    own.refresh_from_db()
    assert (own.title, own.organisation) == ("改名", base)


def test_a_quoted_entry_is_not_deleted_in_the_editor(entries, course, author, client_for):
    own = entries[Statute][1]
    make_lesson(course, "引用", [], author=author, body=[statute_block(own)])
    client = client_for(author)
    response = client.post(url(Statute, "delete", own.pk))
    assert response.status_code == 302 and Statute.objects.filter(pk=own.pk).exists()
    bulk = reverse("wagtail_bulk_action", args=["curriculum", "statute", "delete"])
    client.post(f"{bulk}?id={own.pk}")
    assert Statute.objects.filter(pk=own.pk).exists()
    Citation.objects.all().delete()
    client.post(url(Statute, "delete", own.pk))
    assert not Statute.objects.filter(pk=own.pk).exists()


def lesson_data(lesson, block):
    kind, value = block
    plain = {key: ("on" if v is True else v) for key, v in value.items() if key != "library"}
    return nested_form_data(
        {
            "title": lesson.title, "slug": lesson.slug, "title_en": "", "summary": "", "summary_en": "",
            "minutes": 45, "author": "", "source": "", "source_url": "",
            "licence": "", "legally_valid_on": "", "ai_assistance": "", "seo_title": "", "search_description": "",
            "body": streamfield([(kind, plain)]), "comments": inline_formset([]),
        }
    ) | {"topics": [topic.pk for topic in lesson.topics.all()]}  # fmt: skip


@pytest.mark.parametrize("model", [Statute, Term])
def test_another_bases_entry_is_refused_where_it_is_typed_in(entries, model, course, author, client_for):
    lesson = course.get_children().first().specific
    make = statute_block if model is Statute else term_block
    edit = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    national, own, theirs = entries[model]
    client = client_for(author)
    assert client.post(edit, lesson_data(lesson, make(theirs))).status_code == 200
    assert not Citation.objects.exists()
    for entry in (national, own):
        assert client.post(edit, lesson_data(lesson, make(entry))).status_code == 302
        page = LessonPage.objects.get(pk=lesson.pk).get_latest_revision_as_object()
        assert page.body[0].value.library["id"] == str(entry.uuid)


def test_nobody_forges_what_the_library_said(entries, course, author, client_for):
    lesson = course.get_children().first().specific
    own = entries[Statute][1]
    data = lesson_data(lesson, statute_block(own)) | {"body-0-value-library": '{"title": "伪造"}'}
    client_for(author).post(reverse("wagtailadmin_pages:edit", args=[lesson.pk]), data)
    page = LessonPage.objects.get(pk=lesson.pk).get_latest_revision_as_object()
    assert page.body[0].value.library["title"] == own.title
