"""The two sample bases' certificates look different: one upright, one plain; drafted by registrars, used by an officer."""

from typing import Any

from certificates.models import CertificateDesign

from . import cast

DESIGNS: dict[cast.Person, dict[str, Any]] = {
    cast.REGISTRAR: {
        "layout": "portrait", "colour": "#1f6f78", "signatory": "示例主任", "signatory_title": "培养基地主任",
        "signatory_title_en": "Director of the base", "motto": "以用为导向", "motto_en": "Learning by practice",
    },
    cast.OTHER_REGISTRAR: {"layout": "plain", "colour": "#16324f", "footer": "示例培养基地 · 虚构单位 · Fictional institution"},
}  # fmt: skip


def make(seeding: Any) -> None:
    for person, fields in DESIGNS.items():
        registrar = seeding.who(person)
        design = CertificateDesign.draft(seeding.orgs[person.organisation], by=registrar, at=seeding.ago(600))
        design.change(by=registrar, at=seeding.ago(600), **fields)
        design.put_into_use(by=seeding.who(cast.OFFICER), at=seeding.ago(599))
