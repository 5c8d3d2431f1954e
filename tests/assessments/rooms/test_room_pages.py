"""The pages of rooms: what a seat sees and what nobody else ever does, forms that bear two clicks, polling, and the trainers."""

import copy
from datetime import timedelta

import pytest
from django.urls import reverse

from assessments.models import CaseRun, Room, Submission
from tests.curriculum.rooms.table import STAGES
from tests.factories.assessments import NO_AI, complete_fields
from tests.factories.rooms import come_to_the_table, make_table_edition
from tests.factories.training import make_cohort

FAIR = {"t.fee": "60", "t.scope": "sole"}
SECRETS = {"school": "底线秘密甲", "firm": "底线秘密乙", "fund": "底线秘密丙"}


def url(thing, name="room"):
    return reverse(name, args=[thing.uuid])


def secrets_in(text: str) -> set[str]:
    return {seat for seat, words in SECRETS.items() if words in text}


def offer(client, room, number, **terms):
    return client.post(url(room, "room_move"), {"step": "offer", "number": number, **FAIR, **terms})


def test_from_the_case_to_an_open_table(client_for, trainee, school):
    client = client_for(trainee, "en")
    page = client.get(url(school, "case_play"))
    assert "A table with 3 seats" in page.text and url(school, "room_find") in page.text
    found = client.get(url(school, "room_find"))
    assert "Open a table" in found.text and "公开：企业席" in found.text
    assert secrets_in(page.text + found.text) == set()
    opened = client.post(url(school, "room_find"), {"seat": "firm"})
    room = Room.objects.get()
    assert opened.url == url(room)
    assert client.get(url(school, "room_find")).url == url(room)
    assert client.post(url(school, "room_find"), {"seat": "firm"}).url == url(room)  # a second click
    assert Room.objects.count() == 1
    assert "Waiting for people" in client.get(url(room)).text


def test_others_join_by_their_own_page(client_for, waiting, firm):
    client = client_for(firm.enrolment.user, "en")
    page = client.get(url(firm, "room_find"))
    assert waiting.opened_by.full_name in page.text
    assert client.post(url(firm, "room_find"), {"room": waiting.uuid, "seat": "school"}).url == url(firm, "room_find")  # taken
    assert client.post(url(firm, "room_find"), {"room": waiting.uuid, "seat": "fund"}).url == url(waiting)
    assert waiting.seats.get(key="fund").run == firm


def test_alone_at_once(client_for, trainee, school):
    client = client_for(trainee, "en")
    client.post(url(school, "room_find"), {"seat": "school", "alone": "1"})
    room = Room.objects.get()
    assert "Your turn" in client.get(url(room)).text
    for number in (1, 4):
        offer(client, room, number)
    page = client.get(url(room))
    assert "You have a deal" in page.text and "三方成交。" in page.text
    after = client.get(url(school, "case_play"))
    assert "三方成交。" in after.text and "You have a deal" in after.text
    assert "Agreed at the table" in after.text


def test_nobody_reads_anothers_brief(client_for, room, school, firm, fund, registrar, instructor):
    """Before, during and after the talks, in every page and answer; the debrief is another test."""
    people = {"school": school, "firm": firm, "fund": fund}

    def look() -> None:
        for seat, run in people.items():
            client = client_for(run.enrolment.user)
            pages = [url(room), url(room, "room_state"), url(run, "case_play"), url(run, "room_find"), url(run, "case_replay"),
                     url(run, "case_debrief")]  # fmt: skip
            for address in pages:
                assert secrets_in(client.get(address, follow=True).text) <= {seat}, address
            assert SECRETS[seat] in client.get(url(room)).text
            text = client.get(url(room)).text
            assert ("学校自己的账" in text) == (seat == "school" and "入门费" in text and room.move_count > 0)
        for watcher in (registrar, instructor):
            assert secrets_in(client_for(watcher).get(url(room)).text) == set()

    look()
    offer(client_for(school.enrolment.user), room, 1)
    room.refresh_from_db()
    look()
    for number, run in ((2, firm), (3, fund)):
        client_for(run.enrolment.user).post(url(room, "room_move"), {"step": "accept", "number": number})
    room.refresh_from_db()
    assert room.status == Room.Status.DEAL
    look()


def hand_in(run, at) -> Submission:
    run.refresh_from_db()
    run.decide("end", "", at=at)
    work = Submission.start(run, at=at)
    work.save_draft(complete_fields(work.assignment.script()), number=0, key="x", at=at)
    return work.hand_in(at=at, ai_use=NO_AI)


def test_debrief_replay_and_receipt_tell_the_talks(client_for, room, school, firm, fund, at):
    room.move(school, "offer", {"fee": "60", "scope": "sole"}, number=1, message="请各位看看", at=at)
    room.move(firm, "accept", number=2, at=at)
    room.move(fund, "accept", number=3, at=at)
    work = hand_in(school, at)
    assert work.receipt_holds()
    client = client_for(school.enrolment.user, "en")
    page = client.get(url(school, "case_debrief"))
    assert "请各位看看" in page.text and "Worth, of 100" in page.text
    assert secrets_in(page.text) == {"school", "firm", "fund"}  # this case lets the debrief reveal them
    assert "学校自己的账" in page.text
    replay = client.get(url(school, "case_replay"))
    assert "请各位看看" in replay.text and secrets_in(replay.text) == set()
    names = [run.enrolment.user.full_name for run in (firm, fund)]
    assert not any(name in page.text + replay.text for name in names)


def test_a_case_may_keep_the_briefs_to_itself(client_for, base, registrar, trainee, at):
    stages = copy.deepcopy(STAGES)
    stages[0]["negotiation"][0]["room"][0]["reveal"] = False
    school = come_to_the_table(make_cohort(make_table_edition(base, at, stages), at=at, by=registrar), trainee, at=at)
    room = Room.open(school, "school", by=trainee, at=at)
    room.begin(by=trainee, at=at)
    for number in (1, 4):
        room.move(school, "offer", {"fee": "60", "scope": "sole"}, number=number, at=at)
    hand_in(school, at)
    page = client_for(trainee, "en").get(url(school, "case_debrief"))
    assert secrets_in(page.text) == {"school"} and "Worth, of 100" not in page.text


def test_two_clicks_two_tabs_and_the_wrong_turn(client_for, room, school, firm):
    mine, theirs = client_for(school.enrolment.user, "en"), client_for(firm.enrolment.user, "en")
    assert offer(theirs, room, 1).status_code == 409
    assert offer(mine, room, 1).status_code == 302
    assert offer(mine, room, 1).status_code == 302  # the same click again
    stale = offer(mine, room, 1, **{"t.fee": "90"})
    assert stale.status_code == 409 and "Somebody has moved" in stale.text
    assert room.moves.count() == 1
    assert "is on turn" in mine.get(url(room)).text
    assert "Your turn" in theirs.get(url(room)).text


def test_what_was_typed_stays(client_for, room, school):
    client = client_for(school.enrolment.user, "en")
    wrong = client.post(url(room, "room_move"), {"step": "offer", "number": 1, "t.fee": "zwölf", "message": "你好"})
    assert wrong.status_code == 422
    assert 'value="zwölf"' in wrong.text and ">你好</textarea>" in wrong.text
    tried = client.post(url(room, "room_move"), {"step": "reckon", "number": 1, **FAIR})
    assert "Worked out, not offered" in tried.text and 'value="60"' in tried.text
    assert client.get(url(room, "room_move")).url == url(room)  # the page's address read again
    assert not room.moves.exists()


def test_leave_and_come_back(client_for, room, school):
    client = client_for(school.enrolment.user, "en")
    assert client.post(url(room, "room_seat"), {"leave": "1"}).url == url(school, "case_play")
    assert "Take your seat back" in client.get(url(room)).text
    client.post(url(room, "room_seat"), {"back": "1"})
    client.post(url(room, "room_seat"), {"back": "1"})
    assert "Take your seat back" not in client.get(url(room)).text


def test_polling_is_small_and_tells_only_of_changes(client_for, room, school, firm, at, django_assert_num_queries):
    client = client_for(firm.enrolment.user)
    first = client.get(url(room, "room_state"))
    assert first.json() == {"version": room.version, "over": False}
    with django_assert_num_queries(3):
        again = client.get(url(room, "room_state"), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and again.content == b""
    with django_assert_num_queries(3):
        client.get(url(room, "room_state"))
    room.move(school, "offer", {"fee": "60", "scope": "sole"}, number=1, at=at)
    fresh = client.get(url(room, "room_state"), headers={"if-none-match": first["ETag"]})
    assert fresh.status_code == 200 and fresh["ETag"] != first["ETag"]


def test_a_poll_makes_up_for_a_deadline(client_for, room, firm, at):
    Room.objects.filter(pk=room.pk).update(due_at=at - timedelta(seconds=1))
    client_for(firm.enrolment.user).get(url(room, "room_state"))
    assert room.moves.get().how == "missed"


def test_the_page_costs_the_same_however_long_the_talks(client_for, room, school, firm, fund, at, django_assert_max_num_queries):
    client = client_for(school.enrolment.user)
    with django_assert_max_num_queries(9) as few:
        client.get(url(room))
    room.move(school, "offer", {"fee": "200", "scope": "plain"}, number=1, at=at)
    room.move(firm, "reject", number=2, at=at)
    room.move(fund, "offer", {"fee": "0", "scope": "plain"}, number=3, at=at)
    with django_assert_max_num_queries(len(few)):
        assert client.get(url(room)).status_code == 200


@pytest.mark.parametrize("name", ["room", "room_state", "room_move", "room_seat"])
def test_only_who_sits_there_and_who_watches(client_for, room, cohort, edition, outsider, registrar, at, name):
    strangers = [
        outsider,
        come_to_the_table(cohort, at=at).enrolment.user,  # of the same cohort, not at this table
        come_to_the_table(make_cohort(edition, at=at, by=registrar), at=at).enrolment.user,
    ]
    for person in strangers:
        client = client_for(person)
        answer = client.get(url(room, name)) if name in ("room", "room_state") else client.post(url(room, name))
        assert answer.status_code == 404
    if name in ("room_move", "room_seat"):  # who watches does not play
        assert client_for(registrar).post(url(room, name), {"step": "leave", "leave": "1"}).status_code == 404


def test_the_trainers_list(client_for, room, waiting, cohort, registrar, instructor, at, django_assert_max_num_queries):
    other = come_to_the_table(cohort, at=at)
    Room.open(other, "fund", by=other.enrolment.user, at=at)
    for person in (registrar, instructor):
        client = client_for(person, "en")
        with django_assert_max_num_queries(12) as few:
            page = client.get(reverse("room_list"))
        assert len(page.context["page"].object_list) == 2
    more = come_to_the_table(cohort, at=at)
    Room.open(more, "fund", by=more.enrolment.user, at=at)
    client = client_for(instructor, "en")
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("room_list"))
    assert len(client.get(reverse("room_list"), {"state": "waiting"}).context["page"].object_list) == 2
    assert len(client.get(reverse("room_list"), {"state": "deal"}).context["page"].object_list) == 0
    last = come_to_the_table(cohort, at=at)
    chosen = client.get(reverse("room_list"), {"cohort": str(cohort.uuid), "case": str(last.assignment.uuid)})
    assert [run.pk for run in chosen.context["waiting"]] == [last.pk]
    csv = b"".join(client.get(reverse("room_list"), {"format": "csv"}).streaming_content).decode()
    assert last.assignment.item.title_en in csv and other.enrolment.user.full_name in csv


def test_the_list_is_for_trainers_of_the_base(client_for, room, trainee, outsider, assessor):
    assert client_for(trainee).get(reverse("room_list")).status_code == 403
    assert client_for(assessor).get(reverse("room_list")).status_code == 403
    assert client_for(outsider).get(reverse("room_list")).context["page"].object_list == []


def test_an_instructor_seats_people(client_for, cohort, instructor, school, firm, outsider):
    client = client_for(instructor, "en")
    opened = client.post(reverse("room_open", args=[cohort.uuid]), {"run": school.uuid})
    room = Room.objects.get()
    assert opened.url == url(room)
    client.post(reverse("room_open", args=[cohort.uuid]), {"run": school.uuid})  # a second click
    assert Room.objects.count() == 1
    page = client.get(url(room))
    assert firm.enrolment.user.full_name in page.text and "Seat people" in page.text
    arrange = url(room, "room_arrange")
    assert client_for(outsider).post(arrange, {"begin": "1"}).status_code == 404
    client.post(arrange, {"run": firm.uuid, "seat": "fund"})
    assert room.seats.get(key="fund").run == firm
    client.post(arrange, {"run": firm.uuid, "out": "1"})
    assert room.seats.get(key="fund").run is None
    client.post(arrange, {"begin": "1"})
    client.post(arrange, {"off": "1"})  # too late
    room.refresh_from_db()
    assert room.is_playing
    assert client.post(arrange, {"run": school.uuid, "out": "1"}).status_code == 302
    assert room.seats.get(key="school").away_at is None
    assert client.post(arrange, {"run": "nonsense", "seat": "firm"}).status_code == 404


def test_called_off(client_for, waiting, registrar, school):
    client = client_for(registrar, "en")
    client.post(url(waiting, "room_arrange"), {"off": "1"})
    client.post(url(waiting, "room_arrange"), {"off": "1"})
    waiting.refresh_from_db()
    assert waiting.status == Room.Status.CALLED_OFF
    assert client.get(url(waiting)).status_code == 200
    assert client_for(school.enrolment.user).get(url(school, "room_find")).status_code == 200
    assert not CaseRun.objects.get(pk=school.pk).room_seats.exists()


def test_the_next_step_says_whose_turn_it_is(client_for, room, school, firm):
    mine = client_for(school.enrolment.user, "en").get(reverse("learn"))
    assert "Your turn at the table" in mine.text and url(room) in mine.text
    assert "Your turn at the table" not in client_for(firm.enrolment.user, "en").get(reverse("learn")).text
