"""Fills the sample site with 200 more trainees and says, as JSON, what the harness asks for.

Run by bench/run.py in `manage.py shell`. Everything is made by the verbs people use: enrolment, case, draft, hand-in,
two marks, release.
"""

import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from urllib.parse import urlencode

import yaml
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.models import User
from assessments import productform
from assessments.models import Allocation, Assignment, CaseRun, Result, Submission
from assessments.models.casework import is_room
from certificates.models import Certificate
from curriculum.models import Edition
from lms.lib.jobs.runner import run_due
from lms.management import cast
from lms.management.seeding import SAMPLE
from lms.management.tables import play_alone
from training.models import Cohort, Enrolment

TRAINEES = 200
AT = now()


def log_in(user: User) -> str:
    """Return the key of a new session of that person."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def make_cohort(edition: Edition, registrar: User) -> Cohort:
    today = localdate(AT)
    cohort = Cohort.objects.create(
        organisation=edition.organisation, edition=edition, created_by=registrar, title="测量班", title_en="Bench",
        code="bench", place="示例", starts_on=today, ends_on=today + timedelta(days=60), seats=TRAINEES,
        enrol_from=AT - timedelta(days=1), enrol_until=AT + timedelta(days=30),
    )  # fmt: skip
    cohort.open(by=registrar, at=AT)
    return cohort


def answers(assignment: Assignment) -> dict:
    return yaml.safe_load((SAMPLE / "answers" / f"{assignment.item.page.slug}.yaml").read_text("utf-8"))


def draft(enrolment: Enrolment, assignment: Assignment, given: dict) -> Submission:
    """Play the case and write the work product; it is ready to be handed in."""
    script = assignment.script()
    run = CaseRun.start(enrolment, assignment, at=AT)
    while run.status == CaseRun.Status.PLAYING:
        stage = script.stage(run.stage_key)
        if is_room(stage):
            play_alone(run, given["talks"][stage.key], at=AT)
            continue
        run.decide(stage.key, given["decisions"].get(stage.key, "") if stage.decision else "", at=AT)
        run.refresh_from_db()
    submission = Submission.start(run, at=AT)
    submission.save_draft(given["fields"], number=0, key="bench", at=AT)
    return submission


def mark_everything(given: dict, registrar: User) -> None:
    for assessor, bands in ((cast.ASSESSOR, "first"), (cast.ASSESSOR2, "second")):
        user = User.objects.get(email=assessor.email)
        while (allocation := Allocation.take_next(user, at=AT)) is not None:
            allocation.give_mark(given["marks"][bands]["scores"], given["marks"][bands]["comment"], at=AT)
    for submission in Submission.objects.filter(status=Submission.Status.READY, enrolment__cohort__code="bench"):
        Result.release(submission, by=registrar, at=AT)


def form_of(submission: Submission) -> str:
    """Return the filled form of a work product as a browser sends it, without its number."""
    pairs: list[tuple[str, str]] = []
    for field in productform.draw(submission.assignment.script().deliverable, submission.fields):
        if field.kind == "table":
            pairs += [(cell.name, cell.value) for row in field.rows for cell in row.cells]
        else:
            pairs.append((field.name, field.value))
    return urlencode(pairs)


@transaction.atomic
def make() -> dict:
    edition = Edition.objects.get(level__code="junior")
    registrar = User.objects.get(email=cast.REGISTRAR.email)
    cohort = make_cohort(edition, registrar)
    assignments = Assignment.objects.filter(part__plan__edition=edition).select_related("item__page", "rubric")
    first, *others = assignments.order_by("part__position", "position")
    drafts: list[Submission] = []
    sessions: dict[str, str] = {}
    trainees = []
    for number in range(TRAINEES):
        user = User.objects.create_user(f"bench{number}@lms.example", None, full_name=f"测量学员{number:03}")
        enrolment = Enrolment.enrol(cohort, user, at=AT)
        sessions[str(user.pk)] = log_in(user)
        trainees.append(enrolment)
        draft(enrolment, first, answers(first)).hand_in(at=AT, ai_use="无")
        drafts += [draft(enrolment, assignment, answers(assignment)) for assignment in others]
    mark_everything(answers(first), registrar)
    lessons = list(edition.items.filter(kind="lesson").order_by("position")[:8])
    return {
        "lessons": [
            {"session": sessions[str(e.user_id)], "path": reverse("lesson", args=[e.uuid, item.uuid])}
            for e, item in zip(trainees, lessons * TRAINEES, strict=False)
        ],
        "courses": [
            {"session": sessions[str(e.user_id)], "path": reverse("enrolment_detail", args=[e.uuid])} for e in trainees
        ],
        "drafts": [
            {
                "session": sessions[str(s.enrolment.user_id)],
                "autosave": reverse("submission_autosave", args=[s.uuid]),
                "hand_in": reverse("submission_hand_in", args=[s.uuid]),
                "form": form_of(s),
                "number": s.draft_number,
            }
            for s in drafts
        ],
        "gradebook": {
            "session": log_in(registrar),
            "path": reverse("gradebook", args=[cohort.uuid]),
            "anew": f"/bench/gradebook/{cohort.uuid}/",
        },
        "verify": reverse("verify_link", args=[Certificate.objects.get(holder__email=cast.GRADUATE.email).token]),
    }


def write(path: str) -> None:
    """Make it and write the JSON to that file."""
    world = make()
    run_due()
    Path(path).write_text(json.dumps(world), "utf-8")
