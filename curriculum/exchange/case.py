"""A syllabus version as a CASE 1.1 package (1EdTech Competencies and Academic Standards Exchange).

Source of names and cardinalities: CASE Service Information Model 1.1 and its REST/JSON binding (1EdTech, January 2025),
https://www.imsglobal.org/activity/case. Only classes and properties of the standard are written; what it has no property
for (English text, hours, required or elective) stands in `extensions` under our name, and hours in `notes` in words too.

Identifiers are UUIDs of version 5 under the version's own UUID, so they stay when the host changes its name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ..models import EquivalenceStatement, Level, Module, Syllabus, Topic
from ..models.standards import Track

VERSION = "1.1"
ROOT = "/ims/case/v1p1/"
OURS = "lms"  # the key of everything of ours inside `extensions`
# key: (title, description, hierarchyCode)
ITEM_TYPES = {
    "level": ("Level", "能力等级 / ability level", "1"),
    "module": ("Module", "课程模块 / module of a level", "1.1"),
    "topic": ("Topic", "课程专题 / topic with study hours", "1.1.1"),
    "outcome": ("Outcome", "学习目标 / learning outcome of a topic", "1.1.1.1"),
    "competence": ("Competence", "能力要素 / competence", "2"),
    "track": ("Track", "方向 / track of electives", "3"),
}
# Item types belong to no version: one fixed namespace.
TYPES = UUID("6f0d3a0e-3f0e-5b6b-9d55-0c2f3a6d1b11")


@dataclass
class Package:
    """One version ready to be served: the document, its items and associations by identifier, in order."""

    document: dict[str, Any]
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    associations: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def link(self) -> dict[str, str]:
        return _link(self.document["title"], self.document["identifier"], self.document["uri"])

    def as_json(self) -> dict[str, Any]:
        """Return the CFPackage."""
        return {
            "CFDocument": self.document,
            "CFItems": list(self.items.values()),
            "CFAssociations": list(self.associations.values()),
            "CFDefinitions": {"CFItemTypes": item_types()},
        }

    def standalone_document(self) -> dict[str, Any]:
        identifier = self.document["identifier"]
        package = _link(self.document["title"], identifier, address("CFPackages", identifier))
        return self.document | {"CFPackageURI": package}


def address(collection: str, identifier: str) -> str:
    return f"{settings.BASE_URL}{ROOT}{collection}/{identifier}"


def node_uuid(syllabus: UUID, kind: str, *path: str) -> str:
    """Return the identifier of a place in a version: the same for ever. path: codes from the level down."""
    return str(uuid5(syllabus, "/".join((kind, *path))))


def item_types() -> list[dict[str, Any]]:
    return [item_type(kind) for kind in ITEM_TYPES]


def item_type(kind: str) -> dict[str, Any]:
    title, description, code = ITEM_TYPES[kind]
    identifier = str(uuid5(TYPES, kind))
    return {
        "identifier": identifier, "uri": address("CFItemTypes", identifier), "title": title, "description": description,
        "hierarchyCode": code, "typeCode": kind, "lastChangeDateTime": "2020-01-01T00:00:00Z",
    }  # fmt: skip


def package_of(syllabus: Syllabus, *, at: date) -> Package:
    """Return the package of a version that is no draft, with the equivalences valid on that day.

    The version's own part never changes and is remembered by its hash; the statements take two queries.
    """
    package = own_part(syllabus, at=at)
    statements = EquivalenceStatement.objects.valid(at).filter(_speaks_of(syllabus)).distinct().with_nodes()
    for line in (line for statement in statements for line in equivalences(statement)):
        if line["originNodeURI"]["identifier"] in package.items:  # it belongs to the document of its origin
            package.associations[line["identifier"]] = line
    return package


def own_part(syllabus: Syllabus, *, at: date) -> Package:
    """Return the package without the statements, from memory: usually no query."""
    fixed = _fixed(syllabus.uuid, syllabus.content_hash, syllabus.in_force_from, settings.BASE_URL)
    return Package(_document(syllabus, at=at), dict(fixed.items), dict(fixed.associations))


def documents(syllabuses: Iterable[Syllabus], *, at: date) -> list[dict[str, Any]]:
    """Return the CFDocuments of these versions. No query."""
    return [Package(_document(row, at=at)).standalone_document() for row in syllabuses]


def _speaks_of(syllabus: Syllabus) -> Q:
    return (
        Q(nodes__level__syllabus=syllabus)
        | Q(nodes__module__level__syllabus=syllabus)
        | Q(nodes__topic__module__level__syllabus=syllabus)
    )


def _document(syllabus: Syllabus, *, at: date) -> dict[str, Any]:
    identifier = str(syllabus.uuid)
    over = syllabus.in_force_until is not None and syllabus.in_force_until < at
    adopted = syllabus.status == Syllabus.Status.IN_FORCE and not over
    notes = [syllabus.source_note] if syllabus.source_note else []
    if not syllabus.verified:
        notes.append("示例：未与正式文本核对。 Example: not verified against the official text.")
    return _filled(
        identifier=identifier,
        uri=address("CFDocuments", identifier),
        caseVersion=VERSION,
        frameworkType="Training syllabus",
        creator=syllabus.issuer,
        title=f"{syllabus.title} ({syllabus.version})" if syllabus.version else syllabus.title,
        lastChangeDateTime=_moment(syllabus.in_force_from),
        officialSourceURL=syllabus.source_url,
        publisher=syllabus.issuer,
        description=syllabus.title_en,
        language="zh",
        version=syllabus.version,
        adoptionStatus="Adopted" if adopted else "Deprecated",
        statusStartDate=_day(syllabus.in_force_from),
        statusEndDate=_day(syllabus.in_force_until),
        notes="\n".join(notes),
        extensions={OURS: _filled(
            slug=syllabus.slug, title=syllabus.title, title_en=syllabus.title_en, issuer_en=syllabus.issuer_en,
            document_number=syllabus.document_number, source_note=syllabus.source_note, verified=syllabus.verified,
            minutes_per_hour=syllabus.minutes_per_hour, content_hash=syllabus.content_hash,
        )},
    )  # fmt: skip


@lru_cache(maxsize=64)
def _fixed(uuid: UUID, content_hash: str, in_force_from: date, base_url: str) -> Package:
    """Items and associations of a version: they change with nothing but these four. About ten queries."""
    levels = "levels__modules__topics__competences"
    rows = Syllabus.objects.prefetch_related(levels, "levels__preconditions", "competences", "tracks__requirements__topics")
    return _Writer(rows.get(uuid=uuid)).written()


class _Writer:
    """Writes one version as items and associations."""

    def __init__(self, syllabus: Syllabus) -> None:
        self.syllabus = syllabus
        self.changed = _moment(syllabus.in_force_from)
        self.package = Package(_document(syllabus, at=date.min))

    def written(self) -> Package:
        root = self.package.link
        competences = {row.code: self._competence(row, place, root)
                       for place, row in enumerate(self.syllabus.competences.all(), 1)}  # fmt: skip
        topics: dict[tuple[int, int], dict[str, str]] = {}
        before = None
        for place, level in enumerate(self.syllabus.levels.all(), 1):
            link = self._level(level, place, root)
            if before:
                self._associate(before, "precedes", link)
            before = link
            for number, module in enumerate(level.modules.all(), 1):
                module_link = self._module(module, level, number, link)
                for index, topic in enumerate(module.topics.all(), 1):
                    found = self._topic(topic, module, level, index, module_link)
                    topics[(level.pk, topic.pk)] = found
                    for competence in sorted(topic.competences.all(), key=lambda c: c.position):
                        self._associate(found, "isRelatedTo", competences[competence.code])
        for place, track in enumerate(self.syllabus.tracks.all(), 1):
            link = self._track(track, place, root)
            for wanted in track.requirements.all():
                for topic in wanted.topics.all():
                    self._associate(topics[(wanted.level_id, topic.pk)], "isPartOf", link)
        return self.package

    def _item(self, kind: str, path: tuple[str, ...], statement: str, parent: dict, place: int, *, code: str = "",
              label: str = "", notes: str = "", ours: dict[str, Any]) -> dict[str, str]:  # fmt: skip
        identifier = node_uuid(self.syllabus.uuid, kind, *path)
        of_type = item_type(kind)
        item = _filled(
            identifier=identifier,
            fullStatement=statement,
            alternativeLabel=label,
            CFItemType=of_type["title"],
            uri=address("CFItems", identifier),
            humanCodingScheme=code,
            listEnumeration=str(place),
            notes=notes,
            language="zh",
            CFItemTypeURI=_link(of_type["title"], of_type["identifier"], of_type["uri"]),
            lastChangeDateTime=self.changed,
            extensions={OURS: {"kind": kind} | ours},
        )
        self.package.items[identifier] = item
        link = item_link(item)
        self._associate(link, "isChildOf", parent, place)
        return link

    def _level(self, level: Level, place: int, root: dict) -> dict[str, str]:
        ways = [
            {name: value for name, value in row.as_json().items() if value not in ("", None)}
            for row in level.preconditions.all()
        ]
        return self._item(
            "level", (level.code,), level.title, root, place, code=level.code, label=level.title_en, notes=level.admission,
            ours=_filled(title_en=level.title_en, summary=level.summary, summary_en=level.summary_en,
                         admission=level.admission, admission_en=level.admission_en, preconditions=ways),
        )  # fmt: skip

    def _module(self, module: Module, level: Level, place: int, parent: dict) -> dict[str, str]:
        return self._item(
            "module", (level.code, module.code), module.title, parent, place, code=module.code, label=module.title_en,
            notes=hours_in_words(module.hours, verified=module.hours_verified),
            ours=_filled(title_en=module.title_en, hours=_number(module.hours), hours_source=module.hours_source,
                         hours_verified=module.hours_verified),
        )  # fmt: skip

    def _topic(self, topic: Topic, module: Module, level: Level, place: int, parent: dict) -> dict[str, str]:
        need, need_en = ("必修", "required") if topic.required else ("选修", "elective")
        hours = hours_in_words(topic.hours, verified=module.hours_verified)
        link = self._item(
            "topic", (level.code, module.code, topic.code), topic.title, parent, place, code=topic.code,
            label=topic.title_en, notes=f"{need} / {need_en}; {hours}",
            ours=_filled(title_en=topic.title_en, required=topic.required, hours=_number(topic.hours)),
        )  # fmt: skip
        english = [*topic.outcomes_en, *[""] * len(topic.outcomes)]
        for number, outcome in enumerate(topic.outcomes, 1):
            path = (level.code, module.code, topic.code, str(number))
            text = english[number - 1]
            self._item("outcome", path, outcome, link, number, label=text, ours=_filled(title_en=text))
        return link

    def _competence(self, row, place: int, root: dict) -> dict[str, str]:
        return self._item(
            "competence", (row.code,), row.title, root, place, code=row.code, label=row.title_en, notes=row.description,
            ours=_filled(title_en=row.title_en, competence_kind=row.kind, description=row.description,
                         description_en=row.description_en),
        )  # fmt: skip

    def _track(self, track: Track, place: int, root: dict) -> dict[str, str]:
        codes = {level.pk: level.code for level in self.syllabus.levels.all()}
        wanted = [
            {"level": codes[row.level_id], "minimum_topics": row.minimum_topics, "minimum_hours": _number(row.minimum_hours),
             "topics": [topic.code for topic in row.topics.all()]}
            for row in track.requirements.all()
        ]  # fmt: skip
        return self._item(
            "track", (track.code,), track.title, root, place, code=track.code, label=track.title_en, notes=track.summary,
            ours=_filled(title_en=track.title_en, summary=track.summary, summary_en=track.summary_en, source=track.source,
                         verified=track.verified, levels=wanted),
        )  # fmt: skip

    def _associate(self, origin: dict, kind: str, destination: dict, place: int | None = None) -> None:
        line = association(self.syllabus.uuid, origin, kind, destination, changed=self.changed, place=place)
        self.package.associations[line["identifier"]] = line


def association(namespace: UUID, origin: dict, kind: str, destination: dict, *, changed: str, place: int | None = None,
                notes: str = "", ours: dict[str, Any] | None = None) -> dict[str, Any]:  # fmt: skip
    """Return a CFPckgAssociation whose identifier follows from its two ends and its type."""
    identifier = str(uuid5(namespace, f"{origin['identifier']} {kind} {destination['identifier']}"))
    return _filled(
        identifier=identifier,
        associationType=kind,
        sequenceNumber=place,
        uri=address("CFAssociations", identifier),
        originNodeURI=origin | {"targetType": "CASE"},
        destinationNodeURI=destination | {"targetType": "CASE"},
        lastChangeDateTime=changed,
        notes=notes,
        extensions={OURS: ours} if ours else None,
    )


def equivalences(statement: EquivalenceStatement) -> Iterator[dict[str, Any]]:
    """Yield the associations of an approved statement.

    One place for one, in full and both ways, is exactMatchOf. What is covered lies in what covers it (isPartOf): targets
    of a full statement from one place; sources of anything with one target. The rest is only isRelatedTo.
    """
    sources = [_node_link(node) for node in statement.sources]
    targets = [_node_link(node) for node in statement.targets]
    full = statement.hours is None
    if full and statement.both_ways and len(sources) == len(targets) == 1:
        kind, pairs = "exactMatchOf", [(sources[0], targets[0])]
    elif full and len(sources) == 1:
        kind, pairs = "isPartOf", [(target, sources[0]) for target in targets]
    elif len(targets) == 1:
        kind, pairs = "isPartOf", [(source, targets[0]) for source in sources]
    else:
        kind, pairs = "isRelatedTo", [(source, target) for source in sources for target in targets]
    ours = _filled(
        equivalence=str(statement.uuid), address=settings.BASE_URL + statement.get_absolute_url(),
        coverage=statement.coverage, hours=_number(statement.hours) if statement.hours else "",
        both_ways=statement.both_ways, valid_from=_day(statement.valid_from), valid_until=_day(statement.valid_until),
        issuer=statement.issuer, title_en=statement.title_en,
        sources=[link["identifier"] for link in sources], targets=[link["identifier"] for link in targets],
    )  # fmt: skip
    changed = _utc(statement.approved_at)
    for origin, destination in pairs:
        yield association(
            statement.uuid, origin, kind, destination, changed=changed, notes=f"{statement.title}\n{statement.reason}",
            ours=ours,
        )  # fmt: skip


def _node_link(node) -> dict[str, str]:
    level = node.in_level
    if node.topic_id:
        kind, path = "topic", (level.code, node.topic.module.code, node.topic.code)
    elif node.module_id:
        kind, path = "module", (level.code, node.module.code)
    else:
        kind, path = "level", (level.code,)
    identifier = node_uuid(level.syllabus.uuid, kind, *path)
    return _link(node.place.title, identifier, address("CFItems", identifier))


def item_link(item: dict[str, Any]) -> dict[str, str]:
    return _link(item["fullStatement"], item["identifier"], item["uri"])


def hours_in_words(hours: Decimal, *, verified: bool) -> str:
    number = _number(hours)
    text = f"{number} 学时 / {number} hour{'' if number == '1' else 's'}"
    return text if verified else f"{text} （示例，未核实） (example, not verified)"


def _link(title: str, identifier: str, uri: str) -> dict[str, str]:
    return {"title": " ".join(title.split()), "identifier": identifier, "uri": uri}


def _filled(**values: Any) -> dict[str, Any]:
    """Without what is empty: the standard has absent properties, no nulls."""
    return {name: value for name, value in values.items() if value is not None and value != "" and value != []}


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _moment(day: date) -> str:
    """The first moment of a day of ours, in UTC."""
    return _utc(timezone.make_aware(datetime.combine(day, time.min)))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
