"""The case bank: every case that somebody may use, with how often it was seen, whether it is shared, retired or leaked; and
taking a case that another base shares. Shipped cases stand in it without a page of their own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.models import Page

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from . import productkinds
from .bank_permissions import bank_bases_of, cases_visible_to
from .case_templates import place, shipped_cases
from .exposure import Exposure, exposures
from .models import (
    BankState,
    CaseEvent,
    CaseOrigin,
    CaseScenarioPage,
    Competence,
    CoursePage,
    EditionItem,
    Syllabus,
    Topic,
    TrainingBasePage,
)
from .models.case_events import states_of
from .models.case_origin import family_of_page, family_of_shipped
from .walls import collection_of

HEAVY = ("role", "brief", "exhibits", "stages", "variables", "counterparts", "variants", "debrief", "rubric")
FEW = 30  # trainees; above it a case counts as often seen


@dataclass
class BankRow:
    """One case. page: None for a shipped case; source: own, shared, national, base (another's, for the authority) or
    shipped; levels: codes; competences: {code: title}; family_exposure: of the case and all its copies."""

    title: str
    title_en: str
    source: str
    owner: str = ""
    page: CaseScenarioPage | None = None
    slug: str = ""
    kind: str = ""
    levels: set[str] = field(default_factory=set)
    competences: dict[str, str] = field(default_factory=dict)
    in_edition: bool = False
    from_demand: bool = False
    state: BankState = field(default_factory=lambda: BankState(""))
    exposure: Exposure = field(default_factory=Exposure)
    family_exposure: Exposure = field(default_factory=Exposure)

    @property
    def kind_title(self) -> str:
        kind = productkinds.get(self.kind)
        if kind is None:
            return ""
        return kind.title_en if (get_language() or "").startswith("en") and kind.title_en else kind.title

    @property
    def words(self) -> list[tuple[str, str]]:
        """The states in words with their tones."""
        found = []
        if self.state.retired:
            found.append((pgettext("case bank", "retired"), "warn"))
        if self.state.leaks:
            found.append((pgettext("case bank", "leaked"), "bad"))
        if self.state.shared:
            found.append((pgettext("case bank", "shared"), "info"))
        if self.page and not self.in_edition and not self.page.live:
            found.append((pgettext("case bank", "draft"), "muted"))
        return found or [(pgettext("case bank", "in use"), "ok")]

    @property
    def source_word(self) -> str:
        return {
            "own": _("own"), "shared": _("shared by %(base)s") % {"base": self.owner}, "national": _("national core"),
            "base": self.owner, "shipped": _("shipped"),
        }[self.source]  # fmt: skip


def bank_of(user: User) -> list[BankRow]:
    """Return every case that the person may use, own ones first, then by title. Twelve queries, whatever the number."""
    pages = list(cases_visible_to(user).select_related("origin").defer(*HEAVY))
    bases = bank_bases_of(user)
    owners = {base.path: base.organisation for base in TrainingBasePage.objects.select_related("organisation")}
    keys = [page.pk for page in pages]
    levels, competences = _levels(keys), _competences(keys)
    taught = set(EditionItem.objects.filter(kind="case", page__in=keys).values_list("page", flat=True))
    families = {page.pk: _family(page) for page in pages}
    states = states_of(keys, families=families)
    seen, kin = _seen(families)
    rows = []
    for page in pages:
        owner = owners.get(page.path[: -page.steplen])
        own = owner is not None and owner.pk in bases
        source = "own" if own else "national" if owner is None else "shared" if states[page.pk].shared and bases else "base"
        raw = page.deliverable.raw_data
        origin = getattr(page, "origin", None)
        rows.append(BankRow(
            page.draft_title if own else page.title, page.title_en, source, str(owner or ""), page=page, slug=page.slug,
            kind=raw[0]["value"].get("kind") or "" if len(raw) else "", levels=levels.get(page.pk, set()),
            competences=competences.get(page.pk, {}), in_edition=page.pk in taught, state=states[page.pk],
            from_demand=bool(origin and origin.demand_id), exposure=seen.get(page.pk, Exposure()),
            family_exposure=sum((seen.get(pk, Exposure()) for pk in kin[families[page.pk]]), Exposure()),
        ))  # fmt: skip
    if bases:
        rows += _shipped_rows()
    order = ["own", "national", "shared", "base", "shipped"]
    return sorted(rows, key=lambda row: (order.index(row.source), row.title, row.slug))


def _family(page: CaseScenarioPage) -> str:
    origin = getattr(page, "origin", None)
    return origin.family if origin else family_of_page(page.pk)


def _seen(families: dict[int, str]) -> tuple[dict[int, Exposure], dict[str, set[int]]]:
    """The exposure of every page of these families, and which pages they have; also those the person can't see."""
    kin: dict[str, set[int]] = {}
    for pk, family in families.items():
        kin.setdefault(family, set()).add(pk)
        if family.startswith("page:"):
            kin[family].add(int(family.removeprefix("page:")))
    for family, pk in CaseOrigin.objects.filter(family__in=list(kin)).values_list("family", "page_id"):
        kin[family].add(pk)
    return exposures({pk for pages in kin.values() for pk in pages}), kin


def _levels(pages: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    through = CaseScenarioPage.topics.through.objects.filter(casescenariopage__in=pages)
    for page, code in through.values_list("casescenariopage_id", "topic__module__level__code").distinct():
        found.setdefault(page, set()).add(code)
    return found


def _competences(pages: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    english = "title_en" if (get_language() or "").startswith("en") else "title"
    through = CaseScenarioPage.competences.through.objects.filter(casescenariopage__in=pages)
    for page, code, title in through.values_list("casescenariopage_id", "competence__code", f"competence__{english}"):
        found.setdefault(page, {})[code] = title
    return found


def _shipped_rows() -> list[BankRow]:
    """The shipped cases by the syllabus that leads now: three queries."""
    leading = Syllabus.objects.leading()
    topics = dict(Topic.objects.filter(module__level__syllabus=leading).values_list("code", "module__level__code"))
    english = "title_en" if (get_language() or "").startswith("en") else "title"
    titles = dict(Competence.objects.filter(syllabus=leading).values_list("code", english))
    leaks: dict[str, list[CaseEvent]] = {}
    for leak in CaseEvent.objects.standing_leaks().filter(family__startswith="shipped:"):
        leaks.setdefault(leak.family, []).append(leak)
    rows = []
    for slug, data in shipped_cases().items():
        family = family_of_shipped(slug)
        rows.append(BankRow(
            data["title"], data.get("title_en") or "", "shipped", slug=slug, kind=data["deliverable"].get("kind") or "",
            levels={topics[code] for code in data["topics"] if code in topics},
            competences={code: titles[code] for code in data["competences"] if code in titles},
            state=BankState(family, leaks=tuple(leaks.get(family, ()))),
        ))  # fmt: skip
    return rows


def chosen(rows: Iterable[BankRow], *, words: str = "", kind: str = "", level: str = "", competence: str = "",
           source: str = "", state: str = "", seen: str = "") -> list[BankRow]:  # fmt: skip
    """Return the rows that fit. state: use, retired, leaked, shared, draft or demand; seen: never, few or many."""
    tests = {
        "use": lambda row: not row.state.retired, "retired": lambda row: bool(row.state.retired),
        "leaked": lambda row: bool(row.state.leaks), "shared": lambda row: row.state.shared,
        "draft": lambda row: bool(row.page) and not row.in_edition, "demand": lambda row: row.from_demand,
    }  # fmt: skip
    counts = {
        "never": lambda n: n == 0, "few": lambda n: 0 < n <= FEW, "many": lambda n: n > FEW,
    }  # fmt: skip
    return [
        row
        for row in rows
        if words.casefold() in f"{row.title} {row.title_en}".casefold()
        and (not kind or row.kind == kind)
        and (not level or level in row.levels)
        and (not competence or competence in row.competences)
        and (not source or row.source == source)
        and (state not in tests or tests[state](row))
        and (seen not in counts or counts[seen](row.family_exposure.trainees))
    ]


def bank_lines(rows: Iterable[BankRow]) -> Iterator[list]:
    """Yield the headings, then a line for each case."""
    yield [
        _("Case"), _("Source"), _("Work product"), _("Levels"), _("Competences"), _("State"), _("Cohorts"), _("Trainees"),
        _("Trainees with all copies"), _("By variant"), _("Last begun"),
    ]  # fmt: skip
    for row in rows:
        variants = "; ".join(f"{key or '–'}: {count}" for key, count in row.exposure.variants.items())
        last = f"{localtime(row.exposure.last):%Y-%m-%d}" if row.exposure.last else ""
        yield [
            row.title, row.source_word, row.kind_title, ", ".join(sorted(row.levels)), ", ".join(row.competences.values()),
            ", ".join(word for word, _tone in row.words), row.exposure.cohorts, row.exposure.trainees,
            row.family_exposure.trainees, variants, last,
        ]  # fmt: skip


# --- Taking a case that another base shares ---


def fitting_courses(bases: set[int], page: CaseScenarioPage) -> list[CoursePage]:
    """Return the courses of these bases whose syllabus has the case's topics and competences by code."""
    paths = TrainingBasePage.objects.filter(organisation__in=bases)
    courses = [course for base in paths for course in CoursePage.objects.child_of(base).select_related("level__syllabus")]
    topics = set(page.topics.values_list("code", flat=True))
    competences = set(page.competences.values_list("code", flat=True))
    known: dict[int, tuple[set[str], set[str]]] = {}
    for course in courses:
        if (syllabus := course.level.syllabus_id) not in known:
            found = Topic.objects.filter(module__level__syllabus=syllabus).values_list("code", flat=True)
            known[syllabus] = set(found), set(Competence.objects.filter(syllabus=syllabus).values_list("code", flat=True))
    return [c for c in courses if topics <= known[c.level.syllabus_id][0] and competences <= known[c.level.syllabus_id][1]]


def take(page: CaseScenarioPage, course: CoursePage, *, by: User, at: datetime) -> CaseScenarioPage:
    """Copy a shared case, as it is published, below the course's base and place it in the course's draft. Again is harmless.

    Raises WrongState when it is retired.
    """
    with transaction.atomic():
        held = CoursePage.objects.select_for_update(of=("self",)).get(pk=course.pk)
        below = TrainingBasePage.objects.select_related("organisation").get(path=held.path[: -held.steplen])
        base = below.organisation
        copy = CaseScenarioPage.objects.filter(origin__source=page.pk, origin__organisation=base).first()
        if copy is None:
            if states_of([page.pk])[page.pk].retired:
                raise WrongState(_("This case is retired; nobody takes it any more."), obj=page)
            copy = _copy(page, below, held, by=by)
            origin = CaseOrigin.objects.filter(page=page.pk).first()
            CaseOrigin.objects.create(
                page=copy, organisation=base, kind=CaseOrigin.Kind.BANK, source_id=page.pk, made_by=by, made_at=at,
                family=origin.family if origin else family_of_page(page.pk), demand=origin.demand if origin else None,
            )  # fmt: skip
            log(copy, "curriculum.bank.taken", by=by, organisation=base, source=page.pk)
        draft = held.get_latest_revision_as_object()
        if copy.pk not in [line.case_id for line in draft.case_placements.all()]:
            place(draft, [copy])
            draft.save_revision(user=by)
    return copy


def _copy(page: CaseScenarioPage, below: TrainingBasePage, course: CoursePage, *, by: User) -> CaseScenarioPage:
    taken = set(Page.objects.child_of(below).filter(slug__startswith=page.slug).values_list("slug", flat=True))
    slug = next(name for n in range(1, 100) if (name := page.slug if n == 1 else f"{page.slug}-{n}") not in taken)
    syllabus = course.level.syllabus_id
    topics = Topic.objects.filter(module__level__syllabus=syllabus, code__in=page.topics.values_list("code", flat=True))
    codes = page.competences.values_list("code", flat=True)
    competences = Competence.objects.filter(syllabus=syllabus, code__in=codes)
    own = [field.attname for field in CaseScenarioPage._meta.local_fields if not field.primary_key]
    values = {name: getattr(page, name) for name in ("title", "seo_title", "search_description", *own)}
    copy = CaseScenarioPage(**values, slug=slug, live=False, owner=by)
    copy.source = (page.source or _("Case bank: %(base)s") % {"base": _owner_name(page)})[:255]
    copy.exhibits = _own_files(page, below.organisation)
    below.add_child(instance=copy)
    copy.topics.set(topics)
    copy.competences.set(competences)
    copy.save()
    copy.save_revision(user=by)
    return copy


def _owner_name(page: CaseScenarioPage) -> str:
    parent = TrainingBasePage.objects.select_related("organisation").filter(path=page.path[: -page.steplen]).first()
    return parent.organisation.name if parent else ""


def _own_files(page: CaseScenarioPage, base: Organisation) -> Any:
    """The exhibits with copies of their files in the base's own collection: another base's are behind its wall."""
    blocks = [dict(block) for block in page.exhibits.get_prep_value()]
    for block in blocks:
        if block["type"] == "exhibit" and (pk := block["value"].get("document")):
            found = get_document_model().objects.filter(pk=pk).first()
            block["value"] = block["value"] | {"document": _document_copy(found, base).pk if found else None}
    return CaseScenarioPage.exhibits.field.stream_block.to_python(blocks)


def _document_copy(document: Any, base: Organisation) -> Any:
    copy = get_document_model()(title=document.title, collection=collection_of(base), file_size=document.file_size)
    with document.file.open("rb") as stream:
        copy.file = ContentFile(stream.read(), name=document.filename)
    copy.save()
    return copy
