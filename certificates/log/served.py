"""A signed head as it is served, by the page's JSON and by the API: with what others put to it."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from ..credential.proof import timestamp
from ..models import TreeHead
from . import tree


def served_head(head: TreeHead) -> dict[str, Any]:
    """Return the head with `cosignatures` of witnesses, and under `timestamp` where its time stamp lies, each only once there
    is one. So what is served changes with them, and an ETag made of it too. One query."""
    data = tree.head_json(head)
    if cosignatures := tree.cosignatures_json(head):
        data["cosignatures"] = cosignatures
    if stamp := head.stamp_or_none:
        data["timestamp"] = {
            "time": timestamp(stamp.stamped_at),
            "authority": stamp.authority,
            "text": settings.BASE_URL + reverse("log_head_text", args=[head.pk]),
            "response": settings.BASE_URL + reverse("log_head_stamp", args=[head.pk]),
        }
    return data
