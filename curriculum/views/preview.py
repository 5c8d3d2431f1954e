"""A frozen page drawn as the trainee will see it, for those who review or teach it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .. import reading
from ..models import Competence, Topic


def draw_page(request: HttpRequest, kind: str, page: Any, content: dict[str, Any], **context: Any) -> HttpResponse:
    """Draw one page from its content. kind: course, lesson or case; context: where it comes from (back, links)."""
    if (reader := reading.reader_of_content(content)) is not None or reading.wants_original():
        page, context["said"] = reading.page_of(kind, content, reader)
    context |= {
        "kind": kind,
        "page": page,
        "script": reading.script_of(content, reader)[0] if kind == "case" else None,
        "topic_list": Topic.objects.filter(pk__in=content.get("topics", [])),
        "competence_list": Competence.objects.filter(pk__in=content.get("competences", [])),
        "minutes": content.get("minutes"),
    }
    return render(request, "curriculum/page_preview.html", context)
