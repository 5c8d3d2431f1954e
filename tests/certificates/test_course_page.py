"""The trainee's course page: few queries, and nothing on it is older than the database, though most of its pieces are kept."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates.models import AwardRule
from curriculum.models import Citation, Module, Syllabus, Translation
from curriculum.segments import normal, source_hash
from tests.factories.assessments import make_marked, make_result, make_run
from tests.factories.library import make_statute
from tests.factories.training import make_cohort, make_enrolment, make_person, study
from training.models import Cohort, Enrolment, StudyRecord

MOST = 10


@pytest.fixture
def lessons(edition):
    return list(edition.items.filter(kind="lesson"))


@pytest.fixture
def shown(client_for, trainee, enrolment, rule):
    """Return what the trainee's page says now; it was drawn before, so that its pieces are kept."""
    clients = {language: client_for(trainee, language) for language in ("zh-hans", "en")}

    def text(language: str = "zh-hans") -> str:
        text = clients[language].get(enrolment.get_absolute_url()).text
        return text[text.index("<main") : text.index("</main>")]

    assert text() == text()
    return text


def asked(client, enrolment) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(enrolment.get_absolute_url()).status_code == 200
    return len(queries)


def test_ten_queries_however_far_somebody_is(client_for, trainee, enrolment, rule, certificate, edition, lessons, at):
    client = client_for(trainee)
    assert asked(client, enrolment) <= MOST  # has earned the certificate
    other = make_person()
    fresh = make_enrolment(make_cohort(edition), other)
    client = client_for(other)
    assert asked(client, fresh) <= MOST
    study(fresh, lessons[0], 5)
    study(fresh, lessons[1], lessons[1].minutes, at=timezone.now() + timedelta(hours=1))
    make_result(fresh)
    assert asked(client, fresh) <= MOST


def test_minutes_count_at_once(shown, enrolment, lessons, registrar):
    assert f"未开始，{lessons[0].minutes} 分钟" in shown() and f"已学完 0 / {len(lessons)} 节课" in shown()
    study(enrolment, lessons[0], 5)
    assert f"5 / {lessons[0].minutes}" in shown()
    study(enrolment, lessons[0], lessons[0].minutes - 5, at=timezone.now() + timedelta(hours=1))
    assert f"已学完 1 / {len(lessons)} 节课" in (text := shown()) and "已完成</span>" in text
    for record in list(StudyRecord.objects.filter(enrolment=enrolment)):
        record.reverse(by=registrar, at=timezone.now(), reason="登记有误")
    assert f"已学完 0 / {len(lessons)} 节课" in shown()


def test_what_the_syllabus_says_is_what_it_says_now(shown, edition):
    module = edition.level.modules.order_by("position").first()
    assert module.title in shown() and "示例<" in shown()
    Module.objects.filter(level=edition.level).update(hours_verified=True)
    AwardRule.objects.update(verified=True)
    assert "在与官方文本核对之前" not in shown()
    Module.objects.filter(pk=module.pk).update(title="改过的模块", hours=module.hours + 7)
    assert "改过的模块" in shown() and f"0 / {float(module.hours + 7):g} 学时" in shown()


def test_minutes_of_an_hour(shown, enrolment, lessons, edition):
    study(enrolment, lessons[0], 20)
    before = shown()
    Syllabus.objects.filter(levels=edition.level).update(minutes_per_hour=10)
    assert shown() != before and "2 / " in shown()


def test_an_approved_english_title_shows_at_once(shown, lessons, edition):
    lesson = lessons[0]
    with connection.cursor() as cursor:  # items of an edition are never changed by the product
        cursor.execute("UPDATE curriculum_editionitem SET title_en = '' WHERE id = %s", [lesson.pk])
    assert lesson.title in shown("en")
    said = {"title": [[source_hash(normal("sister", lesson.title)), "An English title"]]}
    Translation.objects.filter(page=lesson.page_id).delete()
    base = edition.organisation
    Translation.objects.create(page_id=lesson.page_id, organisation=base, kind="lesson", titles=said, entries=said, version=1)
    assert "An English title" in shown("en") and "An English title" not in shown()
    said["title"][0][1] = "A better title"
    Translation.objects.filter(page=lesson.page_id).update(titles=said, entries=said, version=2)
    assert "A better title" in shown("en") and "An English title" not in shown("en")


def test_each_language(shown, edition):
    assert "Modules and lessons" in shown("en") and "模块与课程" in shown() and "Modules and lessons" in shown("en")


def test_a_new_edition_is_a_new_course(shown, client_for, enrolment, lessons, edition):
    """What was published anew is another edition: its cohort reads that, this cohort what it began with."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE curriculum_editionitem SET title = '重新发布的一课' WHERE id = %s", [lessons[0].pk])
    assert "重新发布的一课" in shown() and lessons[0].title not in shown()


def test_dates_and_place_of_the_cohort(shown, enrolment):
    Cohort.objects.update(place="另一座城市", ends_on="2031-05-06", title="改名的班")
    text = shown()
    assert "另一座城市" in text and "2031-05-06" in text and "改名的班" in text


def test_practice_goes_on(shown, enrolment, trainee, registrar):
    assert "开始案例" in shown()
    make_run(enrolment, played=False)
    assert "继续案例" in shown() and f"/practice/runs/{enrolment.case_runs.get().uuid}/" in shown()
    submission = make_marked(enrolment)
    assert f"/practice/work/{submission.uuid}/receipt/" in shown() and "分（百分制）" not in shown()


def test_a_released_grade_shows_at_once(shown, enrolment):
    assert "分（百分制）" not in shown()
    result = make_result(enrolment)
    text = shown()
    assert "100 分（百分制）" in text and f"/practice/work/{result.submission.uuid}/result/" in text
    assert "100 / 60 分" in text  # towards the certificate


def test_a_rule_that_comes_into_force(shown, rule, edition, at):
    assert rule.title in shown()
    AwardRule.objects.filter(pk=rule.pk).update(title="换过的授予条件")
    assert "换过的授予条件" in shown()
    AwardRule.objects.filter(pk=rule.pk).update(in_force_from=timezone.now() + timedelta(days=1))
    assert "距离证书还有多远" not in shown()


def test_a_statute_that_ends(shown, edition, lessons):
    statute = make_statute(edition.organisation, "会失效的办法")
    Citation.objects.create(revision_id=lessons[0].revision_id, page_id=lessons[0].page_id, statute=statute)
    assert "会失效的办法" not in shown()
    statute.ended_on = timezone.localdate()
    statute.save()
    assert "会失效的办法" in shown()


def test_the_certificate_is_the_first_step(shown, certificate):
    assert certificate.number in shown()


def test_who_withdrew_sees_no_course(shown, enrolment, trainee, lessons):
    enrolment.withdraw(by=trainee, at=timezone.now())
    text = shown()
    assert lessons[0].title not in text and "您已退出" in text
    enrolment.take_back(by=trainee, at=timezone.now())
    assert lessons[0].title in shown()


def test_nothing_of_somebody_else(shown, client_for, enrolment, edition, lessons):
    """Pieces are shared, what is personal is not: addresses, codes, points."""
    make_result(enrolment)
    study(enrolment, lessons[0], 3)
    shown()
    person = make_person()
    other = make_enrolment(enrolment.cohort, person)
    text = client_for(person).get(other.get_absolute_url()).text
    own = Enrolment.objects.get(pk=enrolment.pk)
    for key in (own.uuid, own.anonymous_code, own.submissions.get().uuid, own.case_runs.get().uuid):
        assert str(key) not in text
    assert "分（百分制）" not in text and f"3 / {lessons[0].minutes}" not in text
    assert f"/learn/{other.uuid}/lessons/{lessons[0].uuid}/" in text


def test_who_withdrew_is_sent_nowhere_that_is_closed(shown, client_for, trainee, enrolment):
    progress = reverse("progress", args=[enrolment.uuid])
    assert "去哪里完成" in client_for(trainee).get(progress).text
    enrolment.withdraw(by=trainee, at=timezone.now())
    for text in (shown(), client_for(trainee).get(progress).text):
        assert "联系教务（登记）员恢复学籍" in text and "去哪里完成" not in text
    assert reverse("hours_ledger", args=[enrolment.uuid]) in shown() and reverse("cohort_catalogue") in shown()
    Cohort.objects.filter(pk=enrolment.cohort_id).update(status=Cohort.Status.CLOSED)
    assert "恢复学籍" not in shown()
