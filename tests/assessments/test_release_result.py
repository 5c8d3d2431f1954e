"""Release: what the trainee is shown, when, and by whom."""

import pytest
from django.core import mail
from django.urls import reverse

from assessments.models import Result
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.assessments import make_marked, make_result, make_submission
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def ready(enrolment, at):
    """100 and 90 would be too far apart; two marks of 80."""
    return make_marked(enrolment, first=[2, 1], at=at)


def test_a_release_writes_the_result(ready, registrar, at):
    result = Result.release(ready, by=registrar, at=at)
    assert (result.total, result.passed, result.method) == (80, True, "double")
    assert result.points == {"need": "60", "terms": "20"}
    assert ready.status == "released"
    assert (result.released_by, result.released_at) == (registrar, at)


def test_only_once(ready, registrar, at):
    Result.release(ready, by=registrar, at=at)
    with pytest.raises(WrongState):
        Result.release(ready, by=registrar, at=at)
    assert Result.objects.count() == 1


def test_not_before_it_is_ready(submission, registrar, at):
    with pytest.raises(WrongState):
        Result.release(submission, by=registrar, at=at)


def test_the_pass_mark_itself_passes(enrolment, registrar, at):
    result = Result.release(make_marked(enrolment, first=[2, 0], at=at), by=registrar, at=at)
    assert (result.total, result.passed) == (60, True)


def test_a_result_is_never_changed(enrolment, at):
    result = make_result(enrolment, at=at)
    with pytest.raises(ImmutableRow):
        result.save()
    with pytest.raises(ImmutableRow):
        result.delete()
    with pytest.raises(ImmutableRow):
        Result.objects.filter(pk=result.pk).update(total=1)


def test_the_mail_names_no_points(enrolment, trainee, at, run_jobs, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        result = make_result(enrolment, at=at)
    run_jobs()
    sent = [message for message in mail.outbox if message.to == [trainee.email]]
    assert len(sent) == 1
    assert reverse("submission_result", args=[result.submission.uuid]) in sent[0].body
    assert "100" not in sent[0].body and "100" not in sent[0].subject
    run_jobs()
    assert len([message for message in mail.outbox if message.to == [trainee.email]]) == 1


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_it_works(client_for, ready, registrar, trainee):
    client = client_for(registrar)
    page = client.get(reverse("release_list"))
    assert trainee.full_name in page.text
    assert page.context["groups"][0]["rows"][0]["result"].total == 80
    for _click in range(2):  # the second is harmless
        assert client.post(reverse("release", args=[ready.uuid])).url == reverse("release_list")
    assert Result.objects.count() == 1


def test_not_ready_yet(client_for, submission, registrar):
    client = client_for(registrar)
    assert client.post(reverse("release", args=[submission.uuid])).url == reverse("release_list")
    assert not Result.objects.exists()


def test_a_draft_is_not_known_to_the_base(client_for, draft, registrar):
    assert client_for(registrar).post(reverse("release", args=[draft.uuid])).status_code == 404


def test_a_whole_cohort(client_for, cohort, ready, registrar, at):
    make_marked(make_enrolment(cohort, at=at), first="bottom", at=at)
    make_submission(make_enrolment(cohort, at=at), at=at)
    url = reverse("release_cohort", args=[cohort.uuid])
    client = client_for(registrar)
    assert client.get(url).context["count"] == 2
    assert not Result.objects.exists()
    for _click in range(2):
        assert client.post(url).url == reverse("release_list")
    assert Result.objects.count() == 2


def test_who_may_not(client_for, ready, cohort, outsider, assessor, moderator, instructor, trainee):
    one, whole = reverse("release", args=[ready.uuid]), reverse("release_cohort", args=[cohort.uuid])
    for person in (outsider, assessor, moderator, instructor, trainee):
        assert client_for(person).post(one).status_code == 404
        assert client_for(person).post(whole).status_code == 404
    for person in (assessor, moderator, instructor, trainee):
        assert client_for(person).get(reverse("release_list")).status_code == 403
    assert client_for(outsider).get(reverse("release_list")).context["groups"] == []
    assert not Result.objects.exists()


def test_queries_do_not_grow(client_for, cohort, ready, registrar, at, django_assert_max_num_queries):
    client = client_for(registrar)
    client.get(reverse("release_list"))
    with django_assert_max_num_queries(12) as few:
        client.get(reverse("release_list"))
    for _trainee in range(2):
        make_marked(make_enrolment(cohort, at=at), at=at)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("release_list"))


def test_one_cohort_alone_and_pages(client_for, edition, ready, registrar, at, monkeypatch):
    other = make_cohort(edition, at=at, by=registrar)
    make_marked(make_enrolment(other, at=at), at=at)
    make_marked(make_enrolment(other, at=at), at=at)
    client, url = client_for(registrar), reverse("release_list")
    assert len(client.get(url).context["groups"]) == 2
    groups = client.get(url, {"cohort": str(other.uuid)}).context["groups"]
    assert [(group["cohort"], group["count"], len(group["rows"])) for group in groups] == [(other, 2, 2)]
    assert len(client.get(url, {"cohort": "nonsense"}).context["groups"]) == 2
    monkeypatch.setattr("assessments.views.release.ROWS", 1)
    page = client.get(url, {"cohort": str(other.uuid), "page": 2})
    assert [(group["count"], len(group["rows"])) for group in page.context["groups"]] == [(2, 1)]
    assert f"cohort={other.uuid}" in page.text
