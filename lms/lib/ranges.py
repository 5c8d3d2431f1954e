"""Serves a file so that a player can jump in it: one byte range at a time (RFC 9110, section 14)."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

CHUNK = 256 * 1024
ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def part_of(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of the one range that a `Range` header asks for.

    None for no header, several ranges or another unit, which a server may answer with the whole. Raises ValueError for a
    range that the file does not have.
    """
    found = ONE_RANGE.match(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
        if not int(last):
            raise ValueError("an empty range")
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start > end:
        raise ValueError("outside the file")
    return start, end


def serve_range(request: HttpRequest, stored: Any, *, size: int, media_type: str, etag: str) -> HttpResponse:
    """Return the file, or the part of it that the request names (206), or 304, or 416. Closes `stored`.

    stored: an open file of a storage. etag: changes whenever the bytes do.
    """
    etag = f'"{etag}"'
    status, start, end = 200, 0, size - 1
    if request.headers.get("If-None-Match") == etag:
        stored.close()
        return _labelled(HttpResponse(status=304), etag)
    asked = request.headers.get("Range", "")
    if asked and request.headers.get("If-Range", etag) == etag:
        try:
            part = part_of(asked, size)
        except ValueError:
            stored.close()
            return _labelled(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), etag)
        if part:
            status, (start, end) = 206, part
    length = end - start + 1
    if request.method == "HEAD":
        stored.close()
        response: Any = HttpResponse(status=status, content_type=media_type)
    else:
        response = StreamingHttpResponse(_pieces(stored, start, length), status=status, content_type=media_type)
    response["Content-Length"] = str(length)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return _labelled(response, etag)


def _labelled(response: HttpResponse, etag: str) -> HttpResponse:
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _pieces(stored: Any, start: int, length: int) -> Iterator[bytes]:
    """The bytes from `start` on. A file of S3 is asked for this part only: opened as a file it would come whole."""
    with stored:
        remote = getattr(stored, "obj", None)
        if remote is not None:
            last = start + length - 1
            yield from remote.get(Range=f"bytes={start}-{last}")["Body"].iter_chunks(CHUNK)
            return
        stored.seek(start)
        while length > 0 and (piece := stored.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece
