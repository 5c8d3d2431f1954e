"""Makes the sample site through the same verbs that people use: nothing here writes an award or a mark by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Consent, Membership, Organisation, User
from assessments.corrections import Correction
from assessments.models import (
    Allocation,
    Assignment,
    BankComment,
    CaseRun,
    Conflict,
    Deadline,
    MarkingRule,
    RegradeBatch,
    Result,
    Room,
    SampleDraw,
    SampleRule,
    Submission,
)
from assessments.models.casework import is_room
from assessments.regrading import as_json, simulate
from assessments.risks import pool_of, risks_of
from certificates.models import AwardProposal, AwardRule
from curriculum import course_core
from curriculum.cases import CaseScript
from curriculum.models import CoreRelease, CoursePage, CourseReview, Edition, Level, ReviewGap
from curriculum.sample.core import CoreLesson, load_core
from curriculum.sample.library import load_library
from curriculum.sample.loader import load_sample
from curriculum.sample.translations import load_translations
from curriculum.tree import ensure_home
from curriculum.walls import ensure_base_site
from lms.lib.jobs.runner import run_due
from training.models import ClassSession, Cohort, Enrolment

from . import (
    cast,
    seed_anchors,
    seed_demands,
    seed_designs,
    seed_employers,
    seed_log,
    seed_recognised,
    seed_register,
    seed_second,
)
from .seed_awards import draft_next_rule, propose_list
from .seed_life import mend
from .seed_notes import attach_page, notes_on
from .seed_statuses import change_certificates
from .seeding_parts import record_deals, seat_defence
from .tables import play_alone, talk

SAMPLE = Path(__file__).resolve().parents[2] / "curriculum" / "sample"
RULE = {"hours": {"modules": "syllabus"}, "cases": {"required": True}, "parts": {"each": True}}
TABLE_CASE = "joint-development"
SENIOR_CASE = "whole-chain-review"
LAST_CASE = "gas-water-heater"  # left open for the newcomer's trip


class Seeding:
    """at: the moment that counts as now; everything else happened before it."""

    def __init__(self, *, at: datetime, say: Callable[[str], Any] = print) -> None:
        self.at = at
        self.say = say
        self.people: dict[str, User] = {}
        self.orgs: dict[str, Organisation] = {}

    def ago(self, days: int, hour: int = 10) -> datetime:
        day = timezone.localtime(self.at) - timedelta(days=days)
        return day.replace(hour=hour, minute=0, second=0, microsecond=0)

    def run(self) -> None:
        """One transaction: a seeding that is interrupted leaves an empty database, and the next start does it again."""
        with transaction.atomic():
            self.say("sample site: organisations and people")
            self.make_organisations()
            self.make_people()
            self.say("sample site: syllabus and courses")
            ensure_home()
            call_command("load_syllabus", str(SAMPLE / "syllabus-2020.yaml"), verbosity=0)
            for slug in (cast.BASE.slug, cast.OTHER_BASE.slug):
                ensure_base_site(self.orgs[slug])
            edition = self.make_courses()
            self.make_rule(edition.level, "初级授予条件（示例）")
            seed_designs.make(self)
            self.say("sample site: a finished cohort, with its certificates")
            self.make_past_cohort(edition)
            seed_demands.comment(self)
            self.say("sample site: a running cohort")
            self.make_running_cohort(edition)
            self.make_senior_cohort()
            self.make_oversight()
            seed_anchors.make(self, SAMPLE)
            seed_second.study_on(self)
        run_due()  # signs the certificates and the status list
        draft_next_rule(edition.level, by=self.who(cast.OFFICER), at=self.ago(2), run=run_due)
        propose_list(self, run=run_due)
        seed_employers.ask_holders(self)
        change_certificates(self)
        run_due()
        seed_employers.make_desk(self)
        seed_register.show_people(self)
        seed_recognised.bring_old_records(self)
        seed_recognised.recognise_others(self)
        seed_second.award(self)
        run_due()
        mend(self)
        run_due()
        seed_log.vouch(self)

    # --- Who --------------------------------------------------------------------------------------------------------

    def make_organisations(self) -> None:
        today = timezone.localdate(self.at)
        for org in cast.ORGANISATIONS:
            base = org.kind == Organisation.Kind.BASE
            self.orgs[org.slug] = Organisation.objects.create(
                slug=org.slug,
                kind=org.kind,
                name=org.name,
                name_en=org.name_en,
                region=org.region,
                region_en=org.region_en,
                is_sample=True,
                accredited_from=today - timedelta(days=700) if base else None,
                accredited_until=today + timedelta(days=700) if base else None,
                accredited_levels=list(org.levels),
            )

    def make_people(self) -> None:
        for person in cast.PEOPLE:
            user = User.objects.create_user(
                person.email, cast.PASSWORD, full_name=person.full_name, name_latin=person.name_latin
            )
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            Consent.objects.give(user, Consent.Kind.TERMS, at=self.ago(400))
            self.people[person.key] = user
            for role in person.roles:
                Membership.objects.create(
                    user=user,
                    organisation=self.orgs[person.organisation],
                    role=role,
                    valid_from=timezone.localdate(self.ago(400)),
                )

    def who(self, person: cast.Person) -> User:
        return self.people[person.key]

    # --- What is taught -----------------------------------------------------------------------------------------------

    def make_courses(self) -> Edition:
        """The sample courses, written by the author and approved in both reviews, the junior one first; its edition comes
        back. A higher level with a gap in it stays a draft, as it would for any base."""
        load_library(self.orgs[cast.AUTHORITY.slug], self.who(cast.REVIEWER))
        core = load_core(self.orgs[cast.AUTHORITY.slug], self.who(cast.CORE_AUTHOR))
        courses = load_sample(self.orgs[cast.BASE.slug], self.who(cast.AUTHOR))
        for lesson in core:
            first = self.release(lesson, 1, days_ago=140)
            course = courses[first.level.code]
            course_core.include(course, first, by=self.who(cast.AUTHOR), at=self.ago(130))
            course.refresh_from_db()
        seed_demands.offer(self)
        junior = self.review(courses.pop("junior"), days_ago=125)
        count = load_translations(
            junior.course, "junior", by=self.who(cast.AUTHOR), reviewer=self.who(cast.BASE_REVIEWER), at=self.ago(115)
        )
        self.say(f"sample site: {count} parts of the junior course in English")
        for course in courses.values():
            try:
                self.review(course, days_ago=90)
            except ReviewGap as refusal:
                self.say(f"sample site: {course.title_en} stays a draft, {len(refusal.gaps)} gaps")
        for lesson in core:
            self.release(lesson, 2, days_ago=12)  # waits on the base's desk, to be accepted or declined
        return junior

    def release(self, lesson: CoreLesson, number: int, *, days_ago: int) -> CoreRelease:
        approvers = [
            (self.who(cast.REVIEWER), self.ago(days_ago - 1)), (self.who(cast.REVIEWER2), self.ago(days_ago - 2)),
        ]  # fmt: skip
        release = lesson.release(number, approvers=approvers, at=self.ago(days_ago))
        self.say(f"sample site: national core, {release}")
        return release

    def review(self, course: CoursePage, *, days_ago: int) -> Edition:
        review = CourseReview.submit(
            course, by=self.who(cast.AUTHOR), at=self.ago(days_ago), note="课程首版，请审核。"
        )
        review.approve(by=self.who(cast.BASE_REVIEWER), at=self.ago(days_ago - 3), comment="内容完整，案例可用。")
        review.approve(by=self.who(cast.REVIEWER), at=self.ago(days_ago - 5), comment="必修专题均已覆盖，同意发布。")
        review.refresh_from_db()
        return review.edition

    def make_rule(self, level: Level, title: str) -> AwardRule:
        rule = AwardRule.objects.create(
            level=level,
            version=1,
            title=title,
            title_en=f"{level.title_en.split()[0]} level, conditions of the award (sample)",
            conditions=RULE,
            valid_months=36,
            source="示例：未见官方规定，须由主管机构核定 / sample: no official text was found",
        )
        rule.bring_into_force(by=self.who(cast.OFFICER), at=self.ago(118))
        return rule

    # --- Who studied it -------------------------------------------------------------------------------------------------

    def make_past_cohort(self, edition: Edition) -> None:
        """A cohort in which seven people did everything and five were awarded. The facts lie in the past, the verbs are real."""
        cohort = self.make_cohort(edition, code="2026-1", begins=110, ends=40, title="2026 年第一期初级班")
        awarded = [cast.GRADUATE, cast.REVOKED, cast.SUSPENDED, cast.REINSTATED, cast.CORRECTED]
        done = [*awarded, *cast.LISTED]
        trainees = [*done, cast.CLASSMATES[0]]
        enrolments = [Enrolment.enrol(cohort, self.who(p), at=self.ago(112)) for p in trainees]
        self.hold_classes(cohort, enrolments, first_day=108)
        for enrolment in enrolments[: len(done)]:
            for number, assignment in enumerate(self.assignments(edition)):
                self.do_case(enrolment, assignment, days_ago=85 - number * 5)
        for number, enrolment in enumerate(enrolments[: len(awarded)]):
            proposal = AwardProposal.propose(enrolment, by=self.who(cast.REGISTRAR), at=self.ago(50 - number))
            proposal.confirm(by=self.who(cast.OFFICER), at=self.ago(47 - number))
        cohort.close(by=self.who(cast.REGISTRAR), at=self.ago(39))
        self.draft_regrade(cohort, self.assignments(edition)[0])

    def draft_regrade(self, cohort: Cohort, assignment: Assignment) -> None:
        """A correction that waits for an officer, because certificates rest on the results."""
        batch = RegradeBatch.draft(
            cohort.edition, organisation=cohort.organisation, cohort=cohort, on_change=RegradeBatch.OnChange.SKIP,
            corrections=as_json({assignment.uuid: Correction(added=3)}), by=self.who(cast.REGISTRAR), at=self.ago(2),
            reason="示例：案例资料中一处日期有误，影响了所有学员的作答，统一加 3 分。",
        )  # fmt: skip
        simulate(batch, by=self.who(cast.REGISTRAR), at=self.ago(2, 11))

    def make_running_cohort(self, edition: Edition) -> None:
        """The newcomer's cohort: hours are there, every case but one is done; that one is left to be played and marked."""
        cohort = self.make_cohort(edition, code="2026-2", begins=28, ends=-60, title="2026 年第二期初级班")
        cohort.instructors.add(self.who(cast.INSTRUCTOR))
        people = [cast.TRAINEE, *cast.CLASSMATES[1:]]
        enrolments = [Enrolment.enrol(cohort, self.who(p), at=self.ago(29)) for p in people]
        self.hold_classes(cohort, enrolments, first_day=27)
        done = [a for a in self.assignments(edition) if a.item.page.slug != LAST_CASE]
        last = next(a for a in self.assignments(edition) if a.item.page.slug == LAST_CASE)
        self.make_due(cohort, done[0], due=self.ago(3 + 2 * len(done), 12))  # handed in at one o'clock: an hour late
        self.make_due(cohort, last, due=self.ago(-21, 18))
        for number, assignment in enumerate(done):
            self.do_case(enrolments[0], assignment, days_ago=3 + 2 * (len(done) - number))
        table = next(assignment for assignment in done if assignment.item.page.slug == TABLE_CASE)
        first, _second = [self.come_to_the_table(enrolment, table) for enrolment in enrolments[1:]]
        Room.open(first, "lab", by=first.enrolment.user, at=self.ago(1, 11))  # the second can join

    def make_senior_cohort(self) -> None:
        """A senior with a slot for the defence before two assessors and an expert, and with two deals, one of them verified."""
        edition = Edition.objects.filter(level__code="senior").first()
        if edition is None:
            return
        self.say("sample site: a senior cohort, with a day of defences and a portfolio")
        cohort = self.make_cohort(edition, code="2026-S1", begins=20, ends=-80, title="2026 年第一期高级班")
        senior, registrar = self.who(cast.SENIOR), self.who(cast.REGISTRAR)
        why = "示例：展示答辩与业绩档案。"
        (enrolment,) = Enrolment.enrol_list(cohort, [senior.email], by=registrar, at=self.ago(19), despite=why)
        assignment = next(a for a in self.assignments(edition) if a.item.page.slug == SENIOR_CASE)
        self.do_case(enrolment, assignment, days_ago=9)
        panel = [(cast.ASSESSOR, "chair", "assessor"), (cast.ASSESSOR2, "member", "assessor"), (cast.EXPERT, "member", "expert")]
        seat_defence(enrolment, assignment, [(self.who(p), *seat) for p, *seat in panel], registrar=registrar, at=self.ago(1))
        record_deals(enrolment, verifier=self.who(cast.MODERATOR), at=self.ago(6))

    def make_due(self, cohort: Cohort, assignment: Assignment, *, due: datetime) -> None:
        Deadline.put(
            cohort, assignment, by=self.who(cast.REGISTRAR), at=self.ago(27), due_at=due, accept=Deadline.Accept.OPEN,
            until=None, kind=Deadline.Kind.POINTS, per_day=Decimal(5), cap=Decimal(20), floor=Decimal(60),
        )  # fmt: skip

    def make_oversight(self) -> None:
        """Who marks what on the senior level, a conflict somebody declared, and a sample that waits for another base."""
        MarkingRule(level="senior", marks_from="one", on_disagreement="third", source="示例:主管机构评阅规定").put_in_force(
            by=self.who(cast.OFFICER), at=self.ago(2)
        )
        SampleRule(percent=15, least=2, risky=1, source="示例:主管机构抽样规定").put_in_force(
            by=self.who(cast.OFFICER), at=self.ago(2)
        )
        employer = self.orgs[cast.EMPLOYER.slug].name
        Conflict.declare(self.who(cast.ASSESSOR2), employer=employer, reason="示例:曾任该公司技术顾问。", at=self.ago(60))
        at = self.ago(1)
        found = pool_of(SampleDraw.Pool.RELEASED, organisation=None, released_since=self.ago(60))
        risks = risks_of(found, at=at)
        SampleDraw.make(SampleDraw.Pool.RELEASED, risks, organisation=None, by=self.who(cast.OFFICER), at=at, seed=2026)

    def make_cohort(self, edition: Edition, *, code: str, begins: int, ends: int, title: str) -> Cohort:
        cohort = Cohort.objects.create(
            organisation=edition.organisation,
            edition=edition,
            title=title,
            title_en=f"{edition.level.title_en.split()[0]} cohort {code}",
            code=code,
            place="示例大学创新楼",
            starts_on=timezone.localdate(self.ago(begins)),
            ends_on=timezone.localdate(self.ago(ends)),
            enrol_from=self.ago(begins + 10),
            enrol_until=self.ago(begins - 2) if ends > 0 else self.ago(-30),
            seats=60,
            created_by=self.who(cast.REGISTRAR),
        )
        cohort.open(by=self.who(cast.REGISTRAR), at=self.ago(begins + 9))
        return cohort

    def hold_classes(self, cohort: Cohort, enrolments: list[Enrolment], *, first_day: int) -> None:
        """One class on site for every topic, as long as the topic's hours, two on a day."""
        minutes_per_hour = cohort.edition.syllabus.minutes_per_hour
        topics = [t for module in cohort.edition.level.modules.all() for t in module.topics.all()]
        for number, topic in enumerate(topics):
            starts = self.ago(first_day - number // 2, hour=9 if number % 2 == 0 else 14)
            session = ClassSession.schedule(
                cohort,
                topic=topic,
                title=topic.title,
                starts_at=starts,
                minutes=int(topic.hours * minutes_per_hour),
                instructor=self.who(cast.INSTRUCTOR),
                by=self.who(cast.REGISTRAR),
                at=starts - timedelta(days=1),
            )
            session.record_attendance(
                enrolments, by=self.who(cast.REGISTRAR), at=starts + timedelta(minutes=session.minutes)
            )

    def assignments(self, edition: Edition) -> list[Assignment]:
        found = Assignment.objects.filter(part__plan__edition=edition).select_related("item__page", "part")
        return list(found.order_by("part__position", "position"))

    def do_case(self, enrolment: Enrolment, assignment: Assignment, *, days_ago: int) -> None:
        """Play the case, hand in the sample work product, have it marked twice and released."""
        answers = self.answers(assignment)
        script = CaseScript.from_item(assignment.item)
        run = CaseRun.start(enrolment, assignment, at=self.ago(days_ago, 9))
        while run.status == CaseRun.Status.PLAYING:
            stage = next(s for s in script.stages if s.key == run.stage_key)
            if stage.negotiation:
                play = play_alone if is_room(stage) else talk
                play(run, answers["talks"][stage.key], at=self.ago(days_ago, 10))
                continue
            option = answers["decisions"].get(stage.key, "") if stage.decision else ""
            run.decide(stage.key, option, at=self.ago(days_ago, 10))
            run.refresh_from_db()
        submission = Submission.start(run, at=self.ago(days_ago, 11))
        submission.save_draft(answers["fields"], number=0, key="sample", at=self.ago(days_ago, 12))
        attach_page(submission, at=self.ago(days_ago, 12))
        submission.hand_in(at=self.ago(days_ago, 13), ai_use=answers["ai_use"])
        for assessor, bands in ((cast.ASSESSOR, "first"), (cast.ASSESSOR2, "second")):
            self.mark(submission, assessor, answers["marks"][bands], days_ago=days_ago - 1)
        submission.refresh_from_db()
        Result.release(submission, by=self.who(cast.REGISTRAR), at=self.ago(days_ago - 2))

    def come_to_the_table(self, enrolment: Enrolment, assignment: Assignment) -> CaseRun:
        """Take the decisions that come before the table of a case."""
        run = CaseRun.start(enrolment, assignment, at=self.ago(1, 9))
        script, decisions = run.script(), self.answers(assignment)["decisions"]
        while not is_room(stage := script.stage(run.stage_key)):
            run.decide(stage.key, decisions.get(stage.key, ""), at=self.ago(1, 10))
        return run

    def answers(self, assignment: Assignment) -> dict[str, Any]:
        return yaml.safe_load((SAMPLE / "answers" / f"{assignment.item.page.slug}.yaml").read_text("utf-8"))

    def mark(self, submission: Submission, assessor: cast.Person, given: dict, *, days_ago: int) -> None:
        allocation = Allocation.take_next(self.who(assessor), at=self.ago(days_ago, 9))
        assert allocation is not None and allocation.submission_id == submission.pk, "the sample queue holds one script"
        notes = notes_on(submission) if assessor == cast.ASSESSOR else []
        allocation.give_mark(given["scores"], given["comment"], at=self.ago(days_ago, 10), notes=notes)
        if assessor == cast.ASSESSOR:  # what is said often: the first comment of each case shared, one for anything of one's own
            key, score = next(iter(given["scores"].items()))
            where = {"assignment": submission.assignment, "criterion": key, "shared": True}
            BankComment.keep(self.who(assessor), score["comment"], at=self.ago(days_ago, 10), **where)
            BankComment.keep(self.who(assessor), "结论成立，但请写明依据来自哪一份材料。", at=self.ago(days_ago, 10))
