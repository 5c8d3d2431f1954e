"""Remarks that authors and reviewers left in the editor (Wagtail's comments) and nobody has resolved yet."""

from dataclasses import dataclass
from datetime import datetime

from wagtail.models import Comment

from .contents import Entry


@dataclass(frozen=True)
class Remark:
    """replies: (who, what) in their order."""

    page: int
    title: str
    who: str
    text: str
    said_at: datetime
    replies: tuple[tuple[str, str], ...]


def open_remarks(entries: list[Entry]) -> list[Remark]:
    """Return the unresolved remarks on the pages of a course, page after page, oldest first: two queries."""
    titles = {entry.page.pk: entry.content["title"] for entry in entries}
    comments = Comment.objects.filter(page__in=titles, resolved_at=None).select_related("user")
    comments = comments.prefetch_related("replies__user").order_by("created_at")
    order = {page: place for place, page in enumerate(titles)}
    return [
        Remark(
            page=comment.page_id,
            title=titles[comment.page_id],
            who=comment.user.full_name,
            text=comment.text,
            said_at=comment.created_at,
            replies=tuple((reply.user.full_name, reply.text) for reply in comment.replies.all()),
        )
        for comment in sorted(comments, key=lambda comment: order[comment.page_id])
    ]
