"""Names versions in the language of the page, and says what a variant lacks of the version it is based on."""

from django.utils.translation import gettext as _

from lms.lib.language import local

from . import syllabus_core as core


def shortfall_text(line: core.Shortfall) -> str:
    """Return one sentence that names what a variant lacks of its base."""
    values = {
        "level": line.level, "code": line.code, "title": local(line, "title"), "what": line.what,
        "wanted": plain_number(line.wanted), "found": plain_number(line.found),
    }  # fmt: skip
    texts = {
        core.HOUR_SHORT: _("One study hour has %(found)s minutes; the base version asks for %(wanted)s."),
        core.LEVEL_MISSING: _("The level “%(title)s” is missing."),
        core.MODULE_MISSING: _("Level %(level)s: the module “%(title)s” (%(wanted)s hours) is missing."),
        core.MODULE_SHORT: _("Level %(level)s: the module “%(title)s” has %(found)s hours instead of at least %(wanted)s."),
        core.TOPIC_MISSING: _("Level %(level)s: the required topic %(code)s “%(title)s” is missing."),
        core.TOPIC_ELSEWHERE: _("Level %(level)s: the required topic %(code)s “%(title)s” stands at level %(what)s instead."),
        core.TOPIC_ELECTIVE: _("Level %(level)s: the required topic %(code)s “%(title)s” has become elective."),
        core.TOPIC_SHORT: _(
            "Level %(level)s: the required topic %(code)s “%(title)s” has %(found)s hours instead of at least %(wanted)s."
        ),
        core.COMPETENCE_MISSING: _(
            "Level %(level)s: the required topic %(code)s “%(title)s” has lost the competence “%(what)s”."
        ),
    }
    return texts[line.kind] % values


def named(version) -> str:
    """Return title and version as a page of this language calls them; `str()` is for logs and stays Chinese."""
    return f"{local(version, 'title')} ({version.version})"


def plain_number(value) -> str:
    """Return a decimal without needless zeros: "4.5"; "" for None."""
    return "" if value is None else f"{value.normalize():f}"
