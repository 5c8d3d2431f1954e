"""A firm writes a demand: drafts lose nothing, sending asks for everything, the consent is appended."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from curriculum.models import Demand, DemandConsent
from lms.lib.errors import WrongState
from tests.factories.demands import CONTACT, TERMS, VALUES, make_demand

ROWS = {"indicator-TOTAL_FORMS": "3", "indicator-INITIAL_FORMS": "0"}


def typed(**changes):
    row = VALUES["indicators"][0]
    data = {name: value for name, value in VALUES.items() if name != "indicators"}
    data |= {f"indicator-0-{name}": value for name, value in row.items()}
    data |= {f"contact_{name}": value for name, value in CONTACT.items()}
    return ROWS | data | {"key": str(uuid.uuid4()), "number": "0"} | changes


def terms(**changes):
    return {"audience": "all", "anonymity": "region", "text_version": Demand.TEXT_VERSION, "agree": "on"} | changes


def test_it_works(client_for, employer, employer_org):
    client = client_for(employer)
    answer = client.post(reverse("demand_create"), typed(next="send"))
    demand = Demand.objects.get()
    assert answer["Location"] == reverse("demand_send", args=[demand.uuid])
    assert demand.title == VALUES["title"] and demand.indicators == VALUES["indicators"] and demand.contact == CONTACT
    answer = client.post(answer["Location"], terms(anonymity="disguised"))
    demand.refresh_from_db()
    assert (demand.status, demand.anonymity) == ("sent", "disguised")
    consent = DemandConsent.objects.get()
    assert consent.given and consent.text_version == Demand.TEXT_VERSION and consent.terms["anonymity"] == "disguised"


def test_the_contact_is_not_readable_in_the_database(employer, employer_org, at):
    demand = make_demand(employer_org, employer, at=at)
    row = str(Demand.objects.filter(pk=demand.pk).values().get())
    assert "杨联系" not in row and "5551234" not in row


def test_a_second_sending_of_the_form_makes_no_second_draft(client_for, employer):
    client, data = client_for(employer), typed()
    client.post(reverse("demand_create"), data)
    assert client.post(reverse("demand_create"), data).status_code == 302
    assert Demand.objects.get().number == 1
    assert client.post(reverse("demand_create"), data | {"title": "别的"}).status_code == 409


def test_an_error_loses_nothing(client_for, employer):
    """What can be read is saved, what can't stands in the page, and a wrong indicator is kept as it was typed."""
    upload = SimpleUploadedFile("图纸.pdf", b"%PDF-1.4 x")
    data = typed(wanted_by="soon", **{"indicator-1-name": "腐蚀", "indicator-1-value": "很低"})
    answer = client_for(employer).post(reverse("demand_create"), data | {"uploads": upload})
    assert answer.status_code == 422 and 'value="soon"' in answer.content.decode()
    demand = Demand.objects.get()
    assert demand.problem == VALUES["problem"] and demand.contact == CONTACT
    assert demand.indicators[1] == {"name": "腐蚀", "sign": "≥", "value": "很低", "unit": ""}
    assert [file.name for file in demand.files.all()] == ["图纸.pdf"]
    assert "期望指标" in str(demand.missing()) or "wanted indicators" in str(demand.missing())


def test_a_disguised_file_is_refused_and_the_rest_saved(client_for, employer):
    files = [SimpleUploadedFile("a.pdf", b"MZ program"), SimpleUploadedFile("b.txt", "说明".encode())]
    answer = client_for(employer).post(reverse("demand_create"), typed() | {"uploads": files})
    assert answer.status_code == 422
    assert [file.name for file in Demand.objects.get().files.all()] == ["b.txt"]


def test_another_window_is_not_overwritten(client_for, employer, employer_org, at):
    demand = make_demand(employer_org, employer, at=at, sent=False)
    answer = client_for(employer).post(reverse("demand_edit", args=[demand.uuid]), typed(title="旧窗口", number="0"))
    assert answer.status_code == 409 and "旧窗口" in answer.content.decode()
    demand.refresh_from_db()
    assert demand.title == VALUES["title"]


def test_an_incomplete_draft_is_not_sent(client_for, employer, employer_org, at):
    demand = Demand.begin(employer_org, key=uuid.uuid4(), by=employer, at=at)
    demand.keep({"title": "半个需求"}, contact={}, seen=0, by=employer, at=at)
    answer = client_for(employer).post(reverse("demand_send", args=[demand.uuid]), terms())
    assert answer.status_code == 409
    demand.refresh_from_db()
    assert demand.status == "draft" and not DemandConsent.objects.exists()


WRONG = [{"agree": ""}, {"text_version": "2020-01"}, {"audience": "named"}, {"embargo_until": "2020-01-01"}]


@pytest.mark.parametrize("changes", WRONG)
def test_sending_asks_for_consent_in_the_present_words(client_for, employer, employer_org, at, changes):
    demand = make_demand(employer_org, employer, at=at, sent=False)
    answer = client_for(employer).post(reverse("demand_send", args=[demand.uuid]), terms(**changes))
    assert answer.status_code == 422 and not DemandConsent.objects.exists()


def test_what_is_allowed_can_be_changed_until_it_is_taken(client_for, employer, employer_org, at):
    demand = make_demand(employer_org, employer, at=at)
    client = client_for(employer)
    client.post(reverse("demand_send", args=[demand.uuid]), terms(anonymity="disguised", several="on"))
    demand.refresh_from_db()
    assert demand.anonymity == "disguised" and demand.consents.count() == 2
    Demand.objects.update(status="taken")
    assert client.get(reverse("demand_edit", args=[demand.uuid])).status_code == 409
    with pytest.raises(WrongState):
        demand.send(dict(TERMS), by=employer, at=at)


def test_a_draft_is_discarded_with_its_files(client_for, employer, employer_org, at):
    demand = make_demand(employer_org, employer, at=at, sent=False)
    client = client_for(employer)
    assert client.get(reverse("demand_discard", args=[demand.uuid])).status_code == 200
    client.post(reverse("demand_discard", args=[demand.uuid]))
    assert not Demand.objects.exists()
    sent = make_demand(employer_org, employer, at=at)
    assert client.post(reverse("demand_discard", args=[sent.uuid])).status_code == 409


def test_lists_filter_export_and_keep_their_queries(client_for, employer, employer_org, at, django_assert_num_queries):
    client = client_for(employer)
    for number in range(3):
        make_demand(employer_org, employer, at=at, sent=bool(number))
    client.get(reverse("demand_list"))
    with django_assert_num_queries(6):
        page = client.get(reverse("demand_list"))
    assert len(page.context["page"].object_list) == 3
    assert len(client.get(reverse("demand_list"), {"state": "draft"}).context["page"].object_list) == 1
    csv = b"".join(client.get(reverse("demand_list"), {"format": "csv"}).streaming_content).decode()
    assert csv.count("冷却水结垢") == 3 and "杨联系" not in csv
    assert client.get(reverse("demand_list"), {"format": "xlsx"}).content[:2] == b"PK"


def test_another_firm_knows_nothing_of_it(client_for, employer, employer_org, author, outsider, at):
    demand = make_demand(employer_org, employer, at=at, sent=False)
    for person in (author, outsider):
        assert client_for(person).get(reverse("demand_detail", args=[demand.uuid])).status_code == 404
        assert client_for(person).get(reverse("demand_edit", args=[demand.uuid])).status_code == 404
    assert client_for(author).get(reverse("demand_list")).status_code == 403
