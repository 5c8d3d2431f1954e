"""Bases read what is offered to them, ask, take it up; the first one wins unless the firm lets several."""

import uuid

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import ModelLogEntry

from accounts.models import Organisation
from curriculum.models import Demand, DemandClaim, DemandMessage
from lms.lib.errors import WrongState
from lms.lib.uploads import check_upload
from tests.factories.demands import make_demand, take


def message(text="现场可以停机多久？"):
    return {"key": str(uuid.uuid4()), "text": text}


def test_it_works(client_for, employer, employer_org, author, base, at, run_jobs):
    demand = make_demand(employer_org, employer, at=at)
    client = client_for(author)
    assert demand.title in client.get(reverse("demand_inbox")).content.decode()
    question = message()
    client.post(reverse("demand_ask", args=[demand.uuid]), question)
    client.post(reverse("demand_ask", args=[demand.uuid]), question)  # a second click
    assert DemandMessage.objects.count() == 1
    firm = client_for(employer)
    waiting = firm.get(reverse("demand_list"), {"state": "waiting"}).context["page"].object_list
    assert list(waiting) == [demand]
    firm.post(reverse("demand_answer", args=[demand.uuid, base.slug]), message("最多 2 小时。"))
    assert "最多 2 小时" in client.get(demand.get_absolute_url()).content.decode()
    client.post(reverse("demand_take", args=[demand.uuid]))
    client.post(reverse("demand_take", args=[demand.uuid]))
    demand.refresh_from_db()
    assert demand.status == "taken" and DemandClaim.objects.count() == 1
    run_jobs()
    assert {m.to[0] for m in mail.outbox} >= {employer.email, author.email}
    assert not any("杨联系" in m.body or "2 小时" in m.body for m in mail.outbox)


def test_one_base_wins(employer, employer_org, author, base, outsider, other_base, at):
    demand = make_demand(employer_org, employer, at=at)
    take(demand, base, author, at=at)
    with pytest.raises(WrongState):
        take(demand, other_base, outsider, at=at)
    assert not Demand.objects.offered_to({other_base.pk}).exists()


def test_several_may_when_the_firm_says_so(employer, employer_org, author, base, outsider, other_base, at):
    demand = make_demand(employer_org, employer, at=at, several=True)
    take(demand, base, author, at=at)
    take(demand, other_base, outsider, at=at)
    assert demand.claims.active().count() == 2


def test_what_is_sent_to_named_bases_is_not_seen_by_others(client_for, employer, employer_org, author, base, outsider, at):
    demand = make_demand(employer_org, employer, at=at, audience="named", bases=[base])
    assert client_for(author).get(demand.get_absolute_url()).status_code == 200
    assert client_for(outsider).get(demand.get_absolute_url()).status_code == 404
    assert client_for(outsider).post(reverse("demand_take", args=[demand.uuid])).status_code == 404


def test_a_base_that_is_not_accredited_sees_nothing(client_for, employer, employer_org, author, base, at):
    demand = make_demand(employer_org, employer, at=at)
    Organisation.objects.filter(pk=base.pk).update(accredited_from=None)
    assert client_for(author).get(demand.get_absolute_url()).status_code == 404


def test_threads_are_not_shared_between_bases(client_for, employer, employer_org, author, base, outsider, at):
    demand = make_demand(employer_org, employer, at=at, several=True)
    client_for(author).post(reverse("demand_ask", args=[demand.uuid]), message("甲的问题"))
    assert "甲的问题" not in client_for(outsider).get(demand.get_absolute_url()).content.decode()


def test_the_contact_is_opened_by_who_has_taken_it_and_recorded(client_for, employer, employer_org, author, base, at):
    demand = make_demand(employer_org, employer, at=at)
    client = client_for(author)
    assert client.post(reverse("demand_contact", args=[demand.uuid])).status_code == 403
    take(demand, base, author, at=at)
    assert "杨联系" not in client.get(demand.get_absolute_url()).content.decode()
    assert "杨联系" in client.post(reverse("demand_contact", args=[demand.uuid])).content.decode()
    assert ModelLogEntry.objects.filter(action="curriculum.demand.contact", user=author).count() == 1


def test_given_back_it_is_open_again(client_for, employer, employer_org, author, base, at):
    demand = make_demand(employer_org, employer, at=at)
    claim = take(demand, base, author, at=at)
    client = client_for(author)
    assert client.get(reverse("demand_give_back", args=[demand.uuid])).status_code == 200
    client.post(reverse("demand_give_back", args=[demand.uuid]))
    claim.give_back(by=author, at=at)  # a second click
    demand.refresh_from_db()
    assert demand.status == "sent" and not demand.claims.active().exists()


def test_the_firm_answers_only_who_asked(client_for, employer, employer_org, other_base, at):
    demand = make_demand(employer_org, employer, at=at)
    answer = client_for(employer).post(reverse("demand_answer", args=[demand.uuid, other_base.slug]), message())
    assert answer.status_code == 404


def test_the_inbox_keeps_its_queries_and_exports(client_for, employer, employer_org, author, base, at, django_assert_num_queries):
    for _number in range(3):
        make_demand(employer_org, employer, at=at)
    client = client_for(author)
    client.get(reverse("demand_inbox"))
    with django_assert_num_queries(9):
        client.get(reverse("demand_inbox"))
    csv = b"".join(client.get(reverse("demand_inbox"), {"format": "csv"}).streaming_content).decode()
    assert csv.count("冷却水结垢") == 3 and "yang@firm" not in csv
    assert len(client.get(reverse("demand_inbox"), {"state": "ours"}).context["page"].object_list) == 0


def test_a_file_is_for_the_firm_and_bases_that_may_read(client_for, employer, employer_org, author, base, outsider, trainee, at):
    demand = make_demand(employer_org, employer, at=at, audience="named", bases=[base])
    upload = SimpleUploadedFile("a.txt", "数据".encode())
    file = demand.add_file(upload, check_upload(upload, max_bytes=1000), by=employer, at=at)
    url = reverse("demand_file", args=[file.uuid])
    for person, status in ((employer, 200), (author, 200), (outsider, 404), (trainee, 404)):
        assert client_for(person).get(url).status_code == status
    take(demand, base, author, at=at)
    assert client_for(employer).post(reverse("demand_file_remove", args=[file.uuid])).status_code == 409
