"""What in a comment may say whose work it is, or who wrote the comment. Patterns only: it looks nobody up, for an answer that
depended on the names of a cohort would tell an assessor who is in it."""

import re

# An anonymous code: eight signs of Crockford's base 32, letters and digits both, as `new_anonymous_code` draws them.
CODE = re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Z]*[0-9])(?=[0-9A-Z]*[A-Z])[0-9A-HJKMNP-TV-Z]{8}(?![0-9A-Za-z])")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")


def tells_who(text: str) -> list[str]:
    """Return the anonymous codes, addresses, mobile and identity numbers in a text, in that order."""
    return [found[0] for pattern in (CODE, MAIL, PHONE, IDENTITY) for found in pattern.finditer(text)]
