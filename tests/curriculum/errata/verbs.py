"""Two steps that tests of errata take all the time."""

import json

from curriculum.models import CaseScenarioPage
from lms.lib.hashing import content_hash
from tests.factories.curriculum import STAGES, stream


def edit_case(edition, change, **fields):
    item = edition.items_of("case").get()
    page = CaseScenarioPage.objects.get(pk=item.page_id)
    stages = [{"type": kind, "value": json.loads(json.dumps(value))} for kind, value in STAGES]
    change(stages)
    page.stages = stream(CaseScenarioPage, "stages", [(block["type"], block["value"]) for block in stages])
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision()
    return item


def sign(erratum, by, at) -> bool:
    erratum.refresh_from_db()
    return erratum.sign(by=by, at=at, seen=content_hash(erratum.impact()))
