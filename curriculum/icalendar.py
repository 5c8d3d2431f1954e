"""iCalendar text (RFC 5545) of plain events. Pure: no ORM, no clock."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

LINE = 75  # octets, without the line break


def escaped(text: str) -> str:
    """Return text as a TEXT value; what is invisible and no line break goes."""
    text = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or ord(c) >= 32)
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """Return a content line of at most 75 octets a row; no character is cut in two."""
    rows, row = [], b""
    for character in line:
        octets = character.encode()
        if len(row) + len(octets) > LINE - (1 if rows else 0):
            rows.append(row)
            row = b""
        row += octets
    rows.append(row)
    return "\r\n ".join(row.decode() for row in rows)


def calendar(name: str, events: Iterable[dict], *, stamp: datetime, host: str) -> str:
    """Return a calendar. events: uid, day (date), at (aware datetime or None), title, description, url ("" for none);
    until (its end) where it has one."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//LMS//content calendar//EN", "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
    ]  # fmt: skip
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{event['uid']}@{host}", f"DTSTAMP:{_moment(stamp)}"]
        if event["at"] is not None:
            lines.append(f"DTSTART:{_moment(event['at'])}")
            if event.get("until"):
                lines.append(f"DTEND:{_moment(event['until'])}")
        else:
            day: date = event["day"]
            lines += [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"]
        lines += [f"SUMMARY:{escaped(event['title'])}", f"DESCRIPTION:{escaped(event['description'])}"]
        if event["url"]:
            lines.append(f"URL:{event['url']}")
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(folded(line) + "\r\n" for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
