"""Checks, awards and issues the people of a batch in portions: each is committed by itself, so that a worker that dies loses
at most one portion's work and doubles nothing. Memory and queries depend on the portion, not on the list.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction

from training.models import Enrolment

from .document.glyphs import code_named, missing_glyphs
from .document.render import NotDrawable
from .eligibility import evaluate, wants
from .facts import facts_of_all
from .issuing import DrawnCopy, NotIssuable, Press, draw, keep, sign_lists_of
from .models import (
    Award,
    AwardBatch,
    AwardBatchRow,
    AwardProposal,
    AwardRule,
    Certificate,
    CertificateDesign,
    StatusList,
)

logger = logging.getLogger(__name__)
State = AwardBatchRow.State
PORTION = 50
Beat = Callable[..., None]

NO_RULE = ["该等级没有生效的授予规则", "No award rule is in force for this level"]
PROPOSED_BEFORE = ["已另行提出", "Proposed before"]
NO_CERTIFICATE = ["没有证书记录", "No certificate on record"]
WITHDREW = ["已退出培训班", "Withdrew from the cohort"]


def collect(batch: AwardBatch, *, at: datetime, beat: Beat, portion: int = PORTION) -> None:
    """Check everybody on the list and propose those who fulfil the rule in force for them."""
    total = batch.rows.count()
    waiting = batch.rows.filter(state=State.WAITING).select_related("enrolment__cohort__edition__level", "enrolment__user")
    done = total - waiting.count()
    while rows := list(waiting.order_by("pk")[:portion]):
        people = [row.enrolment for row in rows]
        rules = AwardRule.objects.for_enrolments(people, at)
        facts = facts_of_all(people, wants(*(rule.conditions for rule in rules.values() if rule)))
        with transaction.atomic():
            beat(done + len(rows), total)
            live = AwardProposal.objects.filter(enrolment__in=people, status__in=AwardProposal.LIVE)
            taken = set(live.values_list("enrolment", flat=True))
            _propose(batch, rows, rules, facts, taken, at=at)
        done += len(rows)
    batch.collected(at=at)


def _propose(batch: AwardBatch, rows: list[AwardBatchRow], rules: dict, facts: dict, taken: set[int], *, at: datetime) -> None:
    proposals = []
    for row in rows:
        person, rule = row.enrolment, rules[row.enrolment_id]
        row.state, row.said, row.proposal = State.OPEN, [], None
        if person.status == Enrolment.Status.WITHDRAWN:
            row.said = [WITHDREW]
        elif person.pk in taken:
            row.said = [PROPOSED_BEFORE]
        elif rule is None:
            row.said = [NO_RULE]
        elif found := code_named(missing_glyphs(person.user.full_name + person.user.name_latin)):
            row.said = [[f"证书字体无法显示姓名中的字：{found}", f"The fonts can't draw these characters of the name: {found}"]]
        else:
            eligibility = evaluate(facts[person.pk], rule.conditions)
            row.said = [[node.title, node.title_en] for node in eligibility.missing][:12]
            if eligibility.ok:
                row.state = State.PROPOSED
                row.proposal = AwardProposal(
                    enrolment=person, organisation_id=batch.organisation_id, rule=rule, tree=eligibility.tree.as_json(),
                    proposed_at=batch.proposed_at, proposed_by_id=batch.proposed_by_id,
                )  # fmt: skip
                proposals.append(row.proposal)
    AwardProposal.objects.bulk_create(proposals)
    AwardBatchRow.objects.bulk_update(rows, ["state", "said", "proposal"])


def issue_all(batch: AwardBatch, *, at: Callable[[], datetime], beat: Beat, portion: int = PORTION) -> None:
    """Award and issue everybody who is still to come. at: the clock, asked once for each portion."""
    total = batch.rows.exclude(state=State.OPEN).count()
    coming = batch.rows.filter(state__in=[State.PROPOSED, State.AWARDED])
    done = total - coming.count()
    press = None
    while rows := list(coming.select_related("proposal").order_by("pk")[:portion]):
        moment = at()
        press = Press.ready(at=moment, last=press)
        _award(batch, [row for row in rows if row.state == State.PROPOSED], at=moment, beat=partial(beat, done, total))
        done += len(rows)
        _issue(rows, press, at=moment, beat=partial(beat, done, total))


def _award(batch: AwardBatch, rows: list[AwardBatchRow], *, at: datetime, beat: Beat) -> None:
    """Confirm these proposals in the name of who decided on the list; facts are read again now, once for all of them."""
    if not rows:
        return
    with transaction.atomic():
        beat()
        outcomes = AwardProposal.confirm_all([row.proposal for row in rows], by=batch.decided_by, at=at)
        for row in rows:
            outcome = outcomes[row.proposal_id]
            if isinstance(outcome, Award):
                row.state = State.AWARDED
            elif outcome is None:
                row.state = State.LEFT_OUT
            else:
                row.state, row.said = State.FAILED, [[node.title, node.title_en] for node in outcome.missing][:12]
        AwardBatchRow.objects.bulk_update(rows, ["state", "said"])


def _issue(rows: list[AwardBatchRow], press: Press, *, at: datetime, beat: Beat) -> None:
    """Sign and draw each, then write all of the portion that succeeded at once."""
    by_enrolment = {row.enrolment_id: row for row in rows if row.state == State.AWARDED}
    found = Certificate.objects.filter(award__enrolment__in=by_enrolment, replaces=None).select_related(
        "award__proposal", "award__rule__level__syllabus", "award__enrolment__cohort__edition__level",
        "award__enrolment__user", "holder", "organisation", "replaces",
    )  # fmt: skip
    certificates = list(found)
    facts = facts_of_all([c.award.enrolment for c in certificates], wants(*(c.award.rule.conditions for c in certificates)))
    places = iter(StatusList.free_places(len(certificates)) if certificates else ())
    bases = {certificate.organisation_id: certificate.organisation for certificate in certificates}
    designs = {pk: CertificateDesign.objects.in_use_for(base) for pk, base in bases.items()}
    drawn: list[DrawnCopy] = []
    for row in by_enrolment.values():  # of those without a certificate, which can't be
        row.state, row.said = State.FAILED, [NO_CERTIFICATE]
    for certificate in certificates:
        row = by_enrolment[certificate.award.enrolment_id]
        row.state, row.said = State.ISSUED, []
        if certificate.prepared_at is not None:
            continue
        try:
            if problems := certificate.award.problems(facts[certificate.award.enrolment_id]):
                raise NotIssuable("; ".join(problems))
            drawn.append(draw(certificate, press, next(places), designs[certificate.organisation_id], at=at))
        except (NotIssuable, NotDrawable) as error:
            row.state, row.said = State.FAILED, [["未能签发：授予依据或版面未通过检查", f"Not issued: {type(error).__name__}"]]
            logger.warning("certificate %s: %s", certificate.pk, type(error).__name__)
        except Exception:  # one bad line must not hold up ten thousand
            row.state, row.said = State.FAILED, [["未能签发：程序出错，请重试", "Not issued: an error of the program, try again"]]
            logger.exception("certificate %s could not be issued", certificate.pk)
    with transaction.atomic():
        beat()
        issued = keep(drawn, at=at)
        AwardBatchRow.objects.bulk_update(by_enrolment.values(), ["state", "said"])
    sign_lists_of(issued, at=at)
