"""What is still empty on a page. Wagtail lets a draft be saved with required fields left empty; review takes none."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from wagtail.fields import RichTextField, StreamField

MODELS = {"course": "CoursePage", "lesson": "LessonPage", "case": "CaseScenarioPage"}
NEEDED = {"course": (), "lesson": ("body",), "case": ()}  # optional for the form, but without it nothing is taught


def unfinished(kind: str, content: dict[str, Any]) -> list[str]:
    """Return the places of a revision that are empty or not as their field wants them, in the order of the page:
    "Summary", "Rubric › Criterion 2 › bands, lowest first › 1 › descriptor".

    kind: course, lesson or case; content: `Revision.content`.
    """
    model = apps.get_model("curriculum", MODELS[kind])
    # rows that the page names are judged by what the content says of them: to fetch them would be a query for each page
    rows = {field.name for field in model._meta.local_many_to_many} | {"case_placements"}
    page = model.from_serializable_data({k: v for k, v in content.items() if k not in rows}, check_fks=False)
    found = []
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        if field.primary_key:
            continue
        label = str(field.verbose_name)
        needed = field.name in NEEDED[kind] or not field.blank
        if needed and _is_empty(field, content.get(field.name)):
            found.append(label)
        elif isinstance(field, StreamField):
            found += [" › ".join([label, *path]) for path in _paths(field.stream_block, getattr(page, field.name))]
        elif not field.many_to_many and not field.remote_field:
            try:
                field.clean(getattr(page, field.name), page)
            except ValidationError:
                found.append(label)
    if kind == "course" and any(not line.get("case") for line in content.get("case_placements", [])):
        found.append(str(apps.get_model("curriculum", "CasePlacement")._meta.get_field("case").verbose_name))
    return found


def _is_empty(field, value: Any) -> bool:
    """An editor left empty stores a paragraph without text."""
    if isinstance(field, RichTextField):
        return not strip_tags(value or "").strip()
    return value in (None, "", "[]", [])


def _paths(block, value: Any) -> Iterator[list[str]]:
    """Where the value of a block is not as the block wants it, as labels from the outside in."""
    try:
        block.clean(value)
    except ValidationError as error:
        yield from _inside(block, value, error)


def _inside(block, value: Any, error: ValidationError) -> Iterator[list[str]]:
    errors = getattr(error, "block_errors", None) or {}
    for place, inner in errors.items():
        if isinstance(place, int):
            child = value[place]
            # the child of a stream carries its block; that of a list is the list's own
            if hasattr(child, "block_type"):
                name, child_block, child = f"{child.block.label} {place + 1}", child.block, child.value
            else:
                name, child_block = str(place + 1), block.child_block
        else:
            child_block, child = block.child_blocks[place], value[place]
            name = str(child_block.label)
        for path in _inside(child_block, child, inner):
            yield [name, *path]
    if not errors:
        yield []
