"""The certificate that a preview shows: a very long name with a rare character, nobody's."""

from datetime import UTC, datetime

from .document.design import Design
from .document.render import CertificateDocument, HoursLine
from .models import CertificateDesign

NAMES = {
    "long": ("阿卜杜热合曼·买买提明䶮", "ABDURAHMAN Maimaitiming Yan-Beispielhausen von und zu Langenname"),
    "short": ("陈䶮", "CHEN Yan"),
}


def sample_document(row: CertificateDesign, design: Design, *, name: str = "long") -> CertificateDocument:
    base = row.organisation
    chinese, latin = NAMES[name]
    return CertificateDocument(
        number="TM-J-00000-00000-0", name=chinese, name_latin=latin, level="初级技术经理人",
        level_en="Junior technology manager", syllabus="技术经理人培训大纲", syllabus_en="Training outline",
        syllabus_version="2020", course="初级技术经理人培训课程", course_en="Course of the junior level", base=base.name,
        base_en=base.name_en, authority="主管机构", authority_en="Authority", issued_on="2026-01-02",
        valid_until="2029-01-02", verify_url="https://example.org/v/0000000000000000/", verify_page="https://example.org/verify/",
        is_sample=True, hours_verified=False, signed_at=datetime(2026, 1, 2, tzinfo=UTC), design=design,
        hours=tuple(HoursLine(title, "", "20", "20") for title in ("公共知识", "政策法规", "实务技能", "能力提升")),
    )  # fmt: skip
