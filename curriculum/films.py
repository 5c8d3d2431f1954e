"""What a film is and where it is played: kinds of files by their content, sites by their address, times of chapters.

Pure but for the setting that names the hosts we let a page ask (docs/settings.md, `LMS_VIDEO_HOSTS`).
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

MEDIA_TYPES = {"mp4": "video/mp4", "webm": "video/webm", "vtt": "text/vtt; charset=utf-8"}
TIME = re.compile(r"(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)$")


@dataclass(frozen=True)
class Elsewhere:
    """A film on another site. site: its name; kind: "frame" (a player of theirs) or "file"; player: what is asked for
    once the reader says so; start: the parameter by which their player begins later, "" where it has none."""

    site: str
    kind: str
    player: str
    host: str
    start: str = ""


def kind_of(head: bytes) -> str:
    """Return "mp4" or "webm" by the first bytes (64 are enough) of a file, "" for anything else."""
    if head[4:8] == b"ftyp" and head[8:12].isascii():
        return "mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return "webm"
    return ""


def media_type(name: str) -> str:
    """Return the media type of a film or captions by its name, "" for other files."""
    return MEDIA_TYPES.get(PurePath(name).suffix.lower().lstrip("."), "")


def elsewhere(address: str) -> Elsewhere | None:
    """Return what the address of a film on another site stands for; None when it is none of a host we ask."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").lower()
        if parts.port not in (None, 443):
            return None
    except ValueError:
        return None
    if parts.scheme != "https" or not host or parts.username or parts.password:
        return None
    found = _of_site(host, parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})
    if found is None and PurePath(parts.path).suffix.lower() in (".mp4", ".webm"):
        found = Elsewhere(host, "file", parts._replace(fragment="").geturl(), host)
    return found if found and found.host in settings.VIDEO_HOSTS else None


def _of_site(host: str, path: str, query: dict[str, str]) -> Elsewhere | None:
    if host in ("www.bilibili.com", "bilibili.com", "m.bilibili.com", "player.bilibili.com"):
        name = re.match(r"/video/(BV[0-9A-Za-z]{10})/?$", path)
        key = name[1] if name else query.get("bvid", "")
        if re.fullmatch(r"BV[0-9A-Za-z]{10}", key):
            part = query.get("p", "1")
            page = f"&page={part}" if part.isdigit() and part != "1" else ""
            player = f"https://player.bilibili.com/player.html?bvid={key}{page}&autoplay=0"
            return Elsewhere(_("Bilibili"), "frame", player, "player.bilibili.com", "t")
    if host == "v.qq.com":
        name = re.match(r"/x/(?:page|cover/[0-9a-z]+)/([0-9a-z]{8,20})\.html$", path)
        key = name[1] if name else query.get("vid", "") if path == "/txp/iframe/player.html" else ""
        if re.fullmatch(r"[0-9a-z]{8,20}", key):
            player = f"https://v.qq.com/txp/iframe/player.html?vid={key}"
            return Elsewhere(_("Tencent Video"), "frame", player, host)
    if host in ("www.youtube.com", "youtube.com", "m.youtube.com", "youtu.be", "www.youtube-nocookie.com"):
        name = re.match(r"/(?:embed/|shorts/)?([0-9A-Za-z_-]{11})/?$", path)
        key = query.get("v", "") if path == "/watch" else name[1] if name else ""
        if re.fullmatch(r"[0-9A-Za-z_-]{11}", key):
            player = f"https://www.youtube-nocookie.com/embed/{key}?rel=0"
            return Elsewhere("YouTube", "frame", player, "www.youtube-nocookie.com", "start")
    return None


def seconds(time: str) -> int | None:
    """Return the seconds of a time such as 1:05 or 1:02:03; None when it is none."""
    found = TIME.match((time or "").strip())
    if not found:
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def clock(moment: float) -> str:
    """Return 1:05 or 1:02:03 for a number of seconds."""
    minutes, rest = divmod(int(moment), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
