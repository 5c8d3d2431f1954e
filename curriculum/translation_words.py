"""Words for what is wrong with a translation, and for where a segment stands, in the language of the page."""

from django.utils.translation import gettext as _

PROBLEMS = {
    "empty": lambda word: _("There is no translation yet."),
    "too_long": lambda word: _("It is longer than %(limit)s characters.") % {"limit": word},
    "lines": lambda word: _("This text is one line."),
    "chinese": lambda word: _("It is still mostly Chinese."),
    "placeholder_missing": lambda word: _("The placeholder {{%(name)s}} is missing.") % {"name": word},
    "placeholder_new": lambda word: _("The placeholder {{%(name)s}} is not in the original.") % {"name": word},
    "unknown_tag": lambda word: _("The tag <%(tag)s> can't stand here.") % {"tag": word},
    "unclosed": lambda word: _("The tag <%(tag)s> is not opened or not closed.") % {"tag": word},
    "tag_missing": lambda word: _("<%(tag)s> of the original is missing.") % {"tag": word},
    "tag_new": lambda word: _("<%(tag)s> is not in the original, or stands more often.") % {"tag": word},
}

PLACES = {
    "title": lambda: _("title"), "summary": lambda: _("summary"), "sector": lambda: _("sector"), "about": lambda: _("about"),
    "role": lambda: _("role"), "brief": lambda: _("brief"), "debrief": lambda: _("debrief"), "body": lambda: _("lesson"),
    "parts": lambda: _("assessment parts"), "exhibits": lambda: _("exhibits"), "stages": lambda: _("stages"),
    "variables": lambda: _("variables"), "counterparts": lambda: _("counterparts"), "variants": lambda: _("variants"),
    "deliverable": lambda: _("work product"), "rubric": lambda: _("rubric"),
}  # fmt: skip
PARTS = {
    "article": lambda: _("article"), "quotation": lambda: _("quotation, word for word"), "question": lambda: _("question"),
    "options": lambda: _("options"), "feedback": lambda: _("feedback"), "text": lambda: _("text"),
    "alt": lambda: _("text instead of the image"), "caption": lambda: _("caption"), "narrative": lambda: _("narrative"),
    "decision": lambda: _("decision"), "consequence": lambda: _("what then happens"), "html": lambda: _("text"),
    "descriptor": lambda: _("descriptor"), "help": lambda: _("hint"), "definition": lambda: _("definition"),
    "prompt": lambda: _("question for discussion"), "transcript": lambda: _("transcript"), "label": lambda: _("label"),
    "title": lambda: _("title"), "name": lambda: _("name"), "profile": lambda: _("what everybody may know"),
    "brief": lambda: _("private brief"), "unit": lambda: _("unit"), "columns": lambda: _("columns of the table"),
    "terms": lambda: _("terms"), "choices": lambda: _("choices"), "negotiation": lambda: _("Negotiation"),
}  # fmt: skip


def problem_text(problem: str) -> str:
    """Return the sentence for a key such as "tag_missing|li"."""
    kind, _bar, word = problem.partition("|")
    return PROBLEMS[kind](word)


def place_text(key: str) -> str:
    """Return where a segment stands: "rubric › need › bands › 30 › descriptor". Ids of blocks say nothing and are left out."""
    first, *rest = key.split("/")
    names = [part for part in rest if not (len(part) == 36 and part.count("-") == 4)]
    return " › ".join([PLACES[first](), *(PARTS[name]() if name in PARTS else name for name in names)])
