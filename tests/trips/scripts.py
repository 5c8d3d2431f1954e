"""Scripts that wait for their marks, put into a product that runs: `manage.py shell -c "…seed_scripts(30)"`."""

import io
import json
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.models import Role
from assessments.models import MarkingRule
from tests.conftest import make_organisation, make_user
from tests.factories.assessments import assignment_of, make_submission
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment, make_person


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(target, "PNG")
    return target.getvalue()


def seed_scripts(count: int) -> None:
    """Make two bases, an assessor of each, the rule that one mark comes from another base, and scripts of the first base, the
    first of them with a picture. Prints the assignment and the trainees' names."""
    at = timezone.now().replace(microsecond=0)
    base = make_organisation("base", "盲评示例基地", "Blind Base", "blind-base", ("junior",))
    other = make_organisation("base", "外聘示例基地", "Other Blind Base", "blind-other", ("junior",))
    make_user("blind-one", "盲评甲", base, Role.ASSESSOR)
    make_user("blind-two", "盲评乙", other, Role.ASSESSOR)
    moderator = make_user("blind-moderator", "盲评复核", base, Role.MODERATOR)
    MarkingRule(level="junior", marks_from="one", source="示例").put_in_force(by=moderator, at=at)
    cohort = make_cohort(make_edition(base, at - timedelta(days=2)), at=at, seats=count)
    names = []
    for number in range(count):
        enrolment = make_enrolment(cohort, make_person(f"考生示例{number:02}"), at=at)
        work = make_submission(enrolment, at=at, text=f"第 {number + 1} 份：需求、指标与测试条件逐条写明。", handed_in=False)
        if not number:
            work.add_file(SimpleUploadedFile("现场.png", picture()), at=at)
        work.hand_in(at=at, ai_use="未使用")
        names.append(enrolment.user.full_name)
    print(json.dumps({"assignment": str(assignment_of(enrolment).uuid), "names": names}))


def marks_from_the_base_again() -> None:
    """Put the rule back as it was for the trips that come after."""
    rule = MarkingRule.objects.for_level("junior", timezone.now())
    MarkingRule(level="junior", marks_from="own", source="示例").put_in_force(by=rule.set_by, at=timezone.now())
