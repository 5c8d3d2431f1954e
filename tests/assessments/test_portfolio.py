"""A portfolio: deals, referees by a link, the base's findings, the rule, the result."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localdate

from assessments import portfolio_jobs
from assessments.models import Deal, Part, PartResult, Referee, conclude, portfolio_of
from assessments.portfolio_rule import DealFact, evaluate
from assessments.results import part_outcomes
from curriculum.part_rules import PortfolioRules
from lms.lib.errors import WrongState
from tests.factories.deals import FIELDS, make_deal, make_referee
from tests.factories.defences import make_oral_edition
from tests.factories.training import make_cohort, make_enrolment

RULES = PortfolioRules(deals=2, kinds=2, years=5, referees=1)
ON = date(2026, 2, 28)


def fact(kind="licence", day=date(2025, 1, 1), verified=True, confirmed=1) -> DealFact:
    return DealFact(kind, "业绩", "deal", day, verified, confirmed)


# --- The rule -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deals", "counted", "ok"),
    [
        ([], 0, False),
        ([fact(), fact("transfer")], 2, True),
        ([fact(), fact()], 2, False),  # one kind only
        ([fact(), fact("transfer", verified=False)], 1, False),
        ([fact(), fact("transfer", confirmed=0)], 1, False),
        ([fact(), fact("transfer", day=date(2021, 2, 28))], 2, True),  # to the day
        ([fact(), fact("transfer", day=date(2021, 2, 27))], 1, False),
        ([fact(), fact("transfer", day=date(2026, 3, 1))], 1, False),  # not done yet
    ],
)
def test_what_counts(deals, counted, ok):
    found = evaluate(deals, RULES, on=ON)
    assert (found.counted, found.ok) == (counted, ok)


def test_without_limits():
    rules = PortfolioRules(deals=1, kinds=1, years=0, referees=0)
    found = evaluate([fact(day=date(1990, 1, 1), confirmed=0)], rules, on=ON)
    assert found.ok and len(found.tree[0]["children"][0]["children"]) == 1


def test_five_years_before_a_leap_day():
    assert evaluate([fact(day=date(2019, 2, 28))], PortfolioRules(deals=1, kinds=1), on=date(2024, 2, 29)).ok


# --- Deals --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def enrolment(base, registrar, trainee, at):
    edition = make_oral_edition(base, at, portfolio={"deals": 1, "kinds": 1, "referees": 1})
    return make_enrolment(make_cohort(edition, at=at, by=registrar), trainee, at=at)


@pytest.fixture
def part(enrolment):
    return Part.objects.select_related("plan").get(plan__edition=enrolment.cohort.edition_id, key="portfolio")


@pytest.fixture
def deal(enrolment, at):
    return make_deal(enrolment, at=at)


def verify(deal, moderator, at):
    deal.check_evidence(sound=True, reason="与登记证明一致。", version=deal.versions.last(), by=moderator, at=at)


def confirm(deal, at):
    referee, _token = make_referee(deal, at=at)
    referee.answer(confirms=True, identity="钱证明，技术总监", comment="属实", at=at)
    return referee


def fresh(deal):
    return Deal.objects.with_everything().get(pk=deal.pk)


def test_from_deal_to_result(enrolment, part, deal, moderator, registrar, at):
    with pytest.raises(WrongState):
        conclude(enrolment, part, by=registrar, at=at)
    verify(deal, moderator, at)
    confirm(deal, at)
    result = conclude(enrolment, part, by=registrar, at=at)
    assert result.passed and result.total == 100 and result.facts["deals"] == 1
    assert conclude(enrolment, part, by=registrar, at=at) == result
    outcome = next(one for one in part_outcomes(enrolment) if one.part.pk == part.pk)
    assert outcome.passed and outcome.judged == result
    deal.check_evidence(sound=False, reason="登记号查无此证。", version=deal.versions.last(), by=moderator, at=at)
    later = conclude(enrolment, part, by=registrar, at=at + timedelta(seconds=1))
    assert not later.passed and PartResult.objects.latest_of(enrolment)[part.pk] == later


def test_a_correction_is_verified_and_confirmed_again(deal, part, moderator, at):
    verify(deal, moderator, at)
    confirm(deal, at)
    assert portfolio_of([fresh(deal)], part, on=localdate(at)).ok
    again = fresh(deal).write(FIELDS, at=at)
    assert again.number == 1  # nothing new was said
    fresh(deal).write(FIELDS | {"title": "更正后的标题"}, at=at)
    now = fresh(deal)
    assert (now.state, now.confirmed, now.now.sha256) == ("waiting", 0, deal.versions.first().sha256)
    with pytest.raises(WrongState):
        deal.check_evidence(sound=True, reason="旧页面", version=deal.versions.first(), by=moderator, at=at)


def test_a_withdrawn_deal_counts_no_more(deal, part, moderator, at):
    verify(deal, moderator, at)
    deal.withdraw(at=at)
    deal.withdraw(at=at)
    assert fresh(deal).state == "withdrawn" and portfolio_of([fresh(deal)], part, on=localdate(at)).counted == 0
    with pytest.raises(WrongState):
        fresh(deal).write(FIELDS | {"title": "再来"}, at=at)


# --- Referees -----------------------------------------------------------------------------------------------------------


def test_the_link_is_good_once_and_nothing_lies_open(deal, at, client, run_jobs, mailoutbox):
    referee = Referee.ask(deal, name="钱证明", email="Q@firm.example", relation="技术总监", language="zh-hans", at=at)
    assert Referee.ask(deal, name="钱证明", email="q@firm.example", relation="-", language="en", at=at) == referee
    run_jobs()
    mail = next(mail for mail in mailoutbox if mail.to == ["q@firm.example"])
    url = next(line for line in mail.body.splitlines() if "/referee/" in line).split("//", 1)[1].split("/", 1)[1]
    raw = Referee.objects.values_list("name_sealed", "email_sealed", "token_hash").get()
    assert "钱证明" not in raw[0] and "firm" not in raw[1] and raw[2] not in url
    page = client.get(f"/{url}")
    assert page.status_code == 200 and "烧结工艺许可" in page.content.decode() and page["Referrer-Policy"] == "no-referrer"
    assert client.post(f"/{url}", {"answer": "yes", "identity": "钱证明"}).status_code == 422  # without consent
    data = {"answer": "yes", "identity": "钱证明，技术总监", "comment": "", "consent": "on"}
    assert client.post(f"/{url}", data).status_code == 302
    referee.refresh_from_db()
    assert (referee.status, referee.identity, referee.token_hash) == ("confirmed", "钱证明，技术总监", None)
    assert client.get(f"/{url}").status_code == 404


def test_misses_look_the_same(deal, at, client):
    used, used_token = make_referee(deal, at=at)
    used.answer(confirms=False, identity="某人", comment="", at=at)
    _late, late_token = make_referee(deal, at=at - timedelta(days=30), email="late@firm.example")
    off, off_token = make_referee(deal, at=at, email="off@firm.example")
    off.call_off(at=at)
    tokens = ("nonsense", used_token, late_token, off_token)
    pages = {token: client.get(reverse("referee", args=[token])) for token in tokens}
    assert {page.status_code for page in pages.values()} == {404}
    made = r'(csrfmiddlewaretoken" value|nonce)="[^"]*"'  # of each request
    assert len({re.sub(made, "", page.content.decode()).replace(token, "") for token, page in pages.items()}) == 1


def test_a_reminder_ends_the_earlier_link(deal, at, client, run_jobs, mailoutbox, monkeypatch):
    _referee, token = make_referee(deal, at=at - timedelta(days=8))
    for _time in range(2):
        portfolio_jobs.remind_referees(None)
    run_jobs()
    assert sum("referee@firm.example" in mail.to and "提醒" in mail.subject for mail in mailoutbox) == 1
    assert client.get(reverse("referee", args=[token])).status_code == 404


def test_personal_data_is_erased_after_its_time(deal, at):
    referee, _token = make_referee(deal, at=at - timedelta(days=400))
    keep, _token = make_referee(deal, at=at, email="new@firm.example")
    portfolio_jobs.erase_referees(None)
    referee.refresh_from_db()
    keep.refresh_from_db()
    assert (referee.name, referee.email, referee.token_hash) == ("", "", None) and referee.erased_at
    assert keep.name == "钱证明"


def test_nobody_is_their_own_referee(deal, at):
    with pytest.raises(WrongState):
        make_referee(deal, at=at, email=deal.enrolment.user.email)


def test_three_people_at_most(deal, at):
    for number in range(3):
        make_referee(deal, at=at, email=f"r{number}@firm.example")
    with pytest.raises(WrongState):
        make_referee(deal, at=at, email="r4@firm.example")


def test_too_many_tries(deal, at, client, settings):
    settings.RATE_LIMIT_FACTOR = 1
    codes = [client.get(reverse("referee", args=[f"guess{number}"])).status_code for number in range(31)]
    assert codes[0] == 404 and codes[-1] == 429


# --- Pages --------------------------------------------------------------------------------------------------------------


def test_the_trainee_records_a_deal(enrolment, client_for):
    client, url = client_for(enrolment.user), reverse("deal_create", args=[enrolment.uuid, "portfolio"])
    data = FIELDS | {"done_on": "2025-03-01", "confidential": "", "file": SimpleUploadedFile("a.txt", b"x")}
    assert client.post(url, data | {"file": SimpleUploadedFile("a.exe", b"MZ")}).status_code == 422
    assert client.post(url, data).status_code == 302
    deal = Deal.objects.get()
    page = client.get(reverse("portfolio", args=[enrolment.uuid, "portfolio"])).content.decode()
    assert "烧结工艺许可" in page and "0 / 1" in page
    answer = client.get(reverse("deal_file", args=[deal.uuid]))
    assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]


def test_the_verifier_finds_and_the_registrar_records(enrolment, deal, moderator, registrar, at, client_for):
    confirm(deal, at)
    client = client_for(moderator)
    assert "烧结工艺许可" in client.get(reverse("deal_list")).content.decode()
    url = reverse("deal_check", args=[deal.uuid])
    assert "钱证明，技术总监" in client.get(url).content.decode()
    assert client.post(url, {"sound": "yes", "reason": "", "version": 1}).status_code == 422
    client.post(url, {"sound": "yes", "reason": "一致", "version": 1})
    desk = reverse("portfolio_desk", args=[enrolment.uuid, "portfolio"])
    assert client.post(desk).status_code == 403
    assert client_for(registrar).post(desk).status_code == 302
    assert PartResult.objects.get().method == "portfolio"
    assert "烧结工艺许可" not in client.get(reverse("deal_list")).content.decode()  # nothing waits
    assert "烧结工艺许可" in client.get(reverse("deal_list") + "?state=verified").content.decode()


def test_the_trainee_does_not_read_the_referees_words(deal, at, client_for):
    confirm(deal, at)
    assert "钱证明，技术总监" not in client_for(deal.enrolment.user).get(deal.get_absolute_url()).content.decode()


def test_lists_ask_the_same_number_of_queries(enrolment, deal, moderator, at, client_for, django_assert_max_num_queries):
    for number in range(3):
        make_referee(make_deal(enrolment, at=at, title=f"第{number}项"), at=at)
    client = client_for(moderator)
    client.get(reverse("deal_list"))
    with django_assert_max_num_queries(12):
        client.get(reverse("deal_list"))
    own = client_for(enrolment.user)
    own.get(reverse("portfolio", args=[enrolment.uuid, "portfolio"]))
    with django_assert_max_num_queries(14):
        own.get(reverse("portfolio", args=[enrolment.uuid, "portfolio"]))


def test_an_outsider_is_turned_away(deal, outsider, client_for):
    client = client_for(outsider)
    for name in ("deal", "deal_check", "deal_desk_file", "deal_file"):
        assert client.get(reverse(name, args=[deal.uuid])).status_code == 404
