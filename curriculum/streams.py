"""Values of StreamFields as they stand in a revision."""

import json
from typing import Any


def stream_values(value: Any) -> list[dict[str, Any]]:
    """The values of a StreamField as it stands in a revision: JSON text or list."""
    blocks = json.loads(value) if isinstance(value, str) else value or []
    return [block["value"] for block in blocks]


def block_list(value: Any) -> list[Any]:
    """A ListBlock's children: bare values, or {"type": "item", "value": …} as Wagtail stores them."""
    return [
        child["value"] if isinstance(child, dict) and child.get("type") == "item" and "value" in child else child
        for child in value or []
    ]
