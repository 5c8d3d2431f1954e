"""What pages of results say about the firm behind a case and its experts' comments."""

from typing import Any

from curriculum.models import Demand

from .models import ExpertComment, ExpertConsent, Submission
from .models.expert import demand_behind


def expert_part(row: Submission) -> dict[str, Any]:
    """Return `expert_demand` (None when the case has no firm that takes part), `expert_consent` that holds, and
    `expert_comments`. Two queries, three for a case from a demand."""
    comments = list(ExpertComment.objects.filter(submission=row.leader_id or row.pk).select_related("organisation"))
    demand = demand_behind(row)
    standing = ExpertConsent.objects.standing(row) if demand else None
    return {
        "expert_demand": demand, "expert_consent": standing, "expert_comments": comments,
        "expert_named": demand is not None and demand.anonymity == Demand.Anonymity.NAMED,
    }  # fmt: skip
