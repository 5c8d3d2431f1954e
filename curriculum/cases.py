"""A case scenario as plain values, read from one frozen revision: the one way in which assessments reads a case."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.html import escape, strip_tags

from . import casechecks, caserules
from .caserules import Counterpart, Effect, Inject, Negotiation, Route, Variable, Variant
from .deliverables import Column, Deliverable, Field, read_deliverable
from .html import clean
from .streams import block_list, stream_values

__all__ = ["CaseScript", "Column", "Deliverable", "Field", "block_list", "stream_values"]


@dataclass(frozen=True)
class Exhibit:
    key: str
    title: str
    kind: str
    html: str
    document: int | None = None


@dataclass(frozen=True)
class Option:
    """`next`: key of the stage this choice leads to; "" is the stage below. A route whose condition holds goes first.

    condition: when the choice is open at all; "" always.
    """

    key: str
    text: str
    consequence: str
    next: str = ""
    condition: str = ""
    effects: tuple[Effect, ...] = ()
    releases: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True)
class Question:
    question: str
    options: tuple[Option, ...]

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True)
class Stage:
    key: str
    title: str
    narrative: str
    exhibits: tuple[str, ...] = ()
    decision: Question | None = None
    injects: tuple[Inject, ...] = ()
    negotiation: Negotiation | None = None

    def ways(self) -> list[str]:
        """Return every key of a stage that may follow; "" is the stage below."""
        if self.negotiation:
            return [self.negotiation.next_deal, self.negotiation.next_failure]
        if self.decision is None:
            return [""]
        return [key for option in self.decision.options for key in (option.next, *(route.next for route in option.routes))]


@dataclass(frozen=True)
class BandSpec:
    points: int
    label: str
    label_en: str
    descriptor: str


@dataclass(frozen=True)
class CriterionSpec:
    key: str
    title: str
    title_en: str
    competence: str
    bands: tuple[BandSpec, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "title_en": self.title_en,
            "competence": self.competence,
            "bands": [
                {"points": b.points, "label": b.label, "label_en": b.label_en, "descriptor": b.descriptor}
                for b in self.bands
            ],
        }


@dataclass(frozen=True)
class CaseScript:
    """Everything of a case that is played, handed in and marked."""

    title: str
    title_en: str
    role: str
    brief: str
    exhibits: tuple[Exhibit, ...]
    stages: tuple[Stage, ...]
    debrief: str
    deliverable: Deliverable | None
    rubric: tuple[CriterionSpec, ...]
    disagreement_limit: int
    minutes: int
    topic_ids: tuple[int, ...] = ()
    competence_ids: tuple[int, ...] = ()
    variables: tuple[Variable, ...] = ()
    counterparts: tuple[Counterpart, ...] = ()
    variants: tuple[Variant, ...] = ()
    said: Any = None  # what an English reader is told about the translation (curriculum/reading.py)

    @classmethod
    def from_item(cls, item, variant: str = "") -> "CaseScript":
        """Return the script of an edition's case item. A frozen revision never changes, so it is kept in memory; not by
        the hash alone, for the same content may stand at two bases with topics and files of different ids."""
        key = (item.revision_id, item.content_hash, variant)
        if key not in _scripts:
            if len(_scripts) > 256:
                _scripts.clear()
            _scripts[key] = cls.from_item(item).as_variant(variant) if variant else cls.from_content(item.content())
        return _scripts[key]

    @classmethod
    def from_content(cls, content: dict[str, Any], *, said: Any = None) -> "CaseScript":
        """Build from a page revision's content (`Revision.content` of a CaseScenarioPage)."""
        deliverables = stream_values(content.get("deliverable"))
        return cls(
            title=content["title"],
            title_en=content.get("title_en", ""),
            role=clean(content.get("role", "")),
            brief=clean(content.get("brief", "")),
            exhibits=tuple(_exhibit(v) for v in stream_values(content.get("exhibits"))),
            stages=tuple(_stage(v) for v in stream_values(content.get("stages"))),
            debrief=clean(content.get("debrief", "")),
            deliverable=read_deliverable(deliverables[0]) if deliverables else None,
            rubric=tuple(criterion_from(v) for v in stream_values(content.get("rubric"))),
            disagreement_limit=content.get("disagreement_limit", 15),
            minutes=content.get("minutes") or 0,
            topic_ids=tuple(content.get("topics", [])),
            competence_ids=tuple(content.get("competences", [])),
            variables=tuple(caserules.read_variable(v) for v in stream_values(content.get("variables"))),
            counterparts=tuple(caserules.read_counterpart(v) for v in stream_values(content.get("counterparts"))),
            variants=tuple(caserules.read_variant(v) for v in stream_values(content.get("variants"))),
            said=said,
        )

    def as_variant(self, key: str) -> "CaseScript":
        """Return the case with the names and numbers of one variant in its texts; itself when it has no such variant."""
        variant = next((variant for variant in self.variants if variant.key == key), None)
        if variant is None:
            return self
        values = dict(variant.values)
        texts = ("role", "brief", "debrief", "exhibits", "stages", "variables", "counterparts")
        return replace(self, **{name: caserules.filled(getattr(self, name), values) for name in texts})

    def counterpart(self, key: str) -> Counterpart | None:
        return next((found for found in self.counterparts if found.key == key), None)

    def below(self, stage: Stage) -> Stage | None:
        """Return the stage below, None after the last one."""
        place = [other.key for other in self.stages].index(stage.key) + 1
        return self.stages[place] if place < len(self.stages) else None

    def way(self, stage: Stage, key: str) -> Stage | None:
        """Return the stage of that key, or the one below for ""."""
        return self.stage(key) if key else self.below(stage)

    @property
    def first_stage(self) -> Stage:
        return self.stages[0]

    def stage(self, key: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.key == key), None)

    def next_stage(self, stage: Stage, option_key: str = "") -> Stage | None:
        """Return where a choice leads, or None after the last stage. Raises ValueError for a choice there is not."""
        if stage.decision is not None:
            option = stage.decision.option(option_key)
            if option is None:
                raise ValueError(option_key)
            if option.next:
                return self.stage(option.next)
        elif option_key:
            raise ValueError(option_key)
        return self.below(stage)

    def visible_exhibits(self, stage_keys: list[str] | tuple[str, ...] | set[str]) -> list[Exhibit]:
        """Return the exhibits that the stages reached so far have brought, in the order of the case."""
        shown = {key for stage in self.stages if stage.key in stage_keys for key in stage.exhibits}
        return [exhibit for exhibit in self.exhibits if exhibit.key in shown]

    def problems(self) -> list[str]:
        """Return what keeps the case from being played to its end, as keys for `alignment`; empty when it is sound."""
        found = []
        known = {exhibit.key for exhibit in self.exhibits}
        keys = [stage.key for stage in self.stages]
        if not self.stages:
            return ["no_stages"]
        if len(set(keys)) != len(keys) or len(known) != len(self.exhibits):
            found.append("key_twice")
        for stage in self.stages:
            found += [f"unknown_exhibit:{stage.key}:{key}" for key in stage.exhibits if key not in known]
            options = stage.decision.options if stage.decision else ()
            if _repeated(option.key for option in options):
                found.append(f"option_twice:{stage.key}")
            found += [f"unknown_stage:{stage.key}:{key}" for key in stage.ways() if key and key not in keys]
        if not found:
            found += self._graph_problems()
        found += casechecks.rule_problems(self)
        if not found:
            found += casechecks.way_problems(self)
        if not any(stage.decision or stage.negotiation for stage in self.stages):
            found.append("no_decision")
        if self.deliverable is None:
            found.append("no_deliverable")
        else:
            found += self.deliverable.problems()
        if not self.rubric:
            found.append("no_rubric")
        found += [f"criterion_twice:{key}" for key in _repeated(criterion.key for criterion in self.rubric)]
        if not strip_tags(self.debrief).strip():
            found.append("no_debrief")
        return found

    def _graph_problems(self) -> list[str]:
        """Unreachable stages, and ways round in a circle."""
        reached, path, found = set(), [], []

        def walk(stage: Stage) -> None:
            if stage.key in path:
                found.append(f"loop:{stage.key}")
                return
            if stage.key in reached:
                return
            reached.add(stage.key)
            path.append(stage.key)
            for key in stage.ways():
                following = self.way(stage, key)
                if following is not None:
                    walk(following)
            path.pop()

        walk(self.first_stage)
        return found + [f"unreachable:{stage.key}" for stage in self.stages if stage.key not in reached]


_scripts: dict[tuple[int, str, str], CaseScript] = {}


def _repeated(keys: Iterable[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]


def _exhibit(value: dict[str, Any]) -> Exhibit:
    """An exhibit of its own, or a statute of the library as it was when the page was saved."""
    if "statute" not in value:
        return Exhibit(value["key"], value["title"], value["kind"], clean(value["html"]), value.get("document"))
    said = value.get("library") or {}
    words = "".join(f"<p>{escape(line)}</p>" for line in (value.get("quotation") or "").splitlines() if line.strip())
    facts = [value.get("article") or "", said.get("issuer") or "", said.get("document_number") or ""]
    if said.get("checked_on"):  # content, kept in memory in one language: so it names both
        facts.append(f"核对 / checked {said['checked_on']}")
    line = " · ".join(escape(fact) for fact in facts if fact)
    if said.get("source_url"):
        line += f' · <a href="{escape(said["source_url"])}">{escape(said["source_url"])}</a>'
    html = clean(f"<blockquote>{words}</blockquote><p>{line}</p>")
    return Exhibit(value["key"], said.get("title") or "", "standard", html, None)


def _stage(value: dict[str, Any]) -> Stage:
    decisions = block_list(value.get("decision"))
    decision = None
    if decisions:
        options = tuple(
            Option(
                o["key"], o["text"], clean(o["consequence"]), o.get("next") or "", o.get("condition") or "",
                caserules.read_effects(o.get("effects")), tuple(block_list(o.get("releases"))),
                caserules.read_routes(o.get("routes")),
            )
            for o in block_list(decisions[0]["options"])
        )
        decision = Question(decisions[0]["question"], options)
    return Stage(
        value["key"], value["title"], clean(value["narrative"]), tuple(block_list(value.get("exhibits"))), decision,
        caserules.read_injects(value.get("injects")), caserules.read_negotiation(value.get("negotiation")),
    )  # fmt: skip


def criterion_from(value: dict[str, Any]) -> CriterionSpec:
    """Read one criterion of a rubric from its block."""
    bands = tuple(
        BandSpec(b["points"], b["label"], b.get("label_en") or "", b["descriptor"]) for b in block_list(value["bands"])
    )
    return CriterionSpec(value["key"], value["title"], value.get("title_en") or "", value["competence"], bands)
