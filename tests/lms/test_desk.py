"""The start page after log-in, for every member of the cast."""

import pytest
from django.utils.timezone import now

from lms.lib.jobs.models import Job

CAST = [
    "trainee", "author", "base_reviewer", "reviewer", "registrar", "instructor", "assessor", "moderator", "officer",
    "employer", "outsider",
]  # fmt: skip


@pytest.mark.parametrize("who", CAST)
def test_it_works(db, client_for, request, who, django_assert_max_num_queries):
    client = client_for(request.getfixturevalue(who))
    with django_assert_max_num_queries(43):
        response = client.get("/desk/")
    assert response.status_code == 200
    for items in response.context["sections"].values():
        for item in items:
            page = client.get(item.url, follow=True)  # a desk of one firm leads on to it
            there = page.status_code == 200 and not page.request["PATH_INFO"].startswith("/accounts/")
            assert there, f"a dead end on the desk: {item.url}"


@pytest.mark.parametrize("who", CAST)
def test_it_works_in_english(db, client_for, request, who):
    response = client_for(request.getfixturevalue(who), "en").get("/desk/")
    assert response.status_code == 200
    assert 'lang="en"' in response.content.decode()


def test_visitors_log_in_first(client_for):
    response = client_for(None).get("/desk/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/desk/"


def test_the_audit_has_its_place_on_the_officers_desk(db, client_for, officer):
    """While nothing is found, too: what was, and how the nights went, stands there."""
    items = [item for group in client_for(officer).get("/desk/").context["sections"].values() for item in group]
    (audit,) = [item for item in items if item.url == "/certificates/audit/"]
    assert (audit.count, audit.primary) == (0, False)


def test_a_long_desk_begins_with_what_waits(client_for, officer, trainee):
    Job.objects.create(kind="certificates.issue", args={}, key="k", state=Job.State.FAILED, run_after=now(), finished_at=now())
    page = client_for(officer).get("/desk/")
    (waiting,) = [item for item in page.context["waiting"] if item.url == "/jobs/"]
    said = page.content.decode()
    assert waiting.count == 1 and said.index('href="/jobs/"') < said.index('id="part-1"') and 'href="#part-1"' in said
    assert 'id="now"' not in client_for(trainee).get("/desk/").content.decode()


def test_cohorts_to_join_come_first_for_who_has_no_role(db, client_for, officer, trainee):
    def found(person):
        sections = client_for(person).get("/desk/").context["sections"]
        (item,) = [item for items in sections.values() for item in items if item.url == "/learn/cohorts/"]
        return item.primary

    assert (found(trainee), found(officer)) == (True, False)
