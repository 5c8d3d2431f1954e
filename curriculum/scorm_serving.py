"""Serves the files of SCORM packages: to whoever holds a short-lived address, and without any right in our pages.

Every answer is sandboxed into an origin of its own by its content security policy: no cookies, no storage, no way to
other addresses. HTML files get the SCORM interface, which talks to the page around it by messages only.
"""

import re
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import quote

from django.core import signing
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from .models.scorm import ScormPackage, private_storage, stored_name
from .scorm_manifest import SCORM_12

SALT = "curriculum.scorm"
MAX_AGE = 6 * 60 * 60  # seconds; a sitting
OURS = Path(__file__).parent / "static" / "curriculum" / "scorm"
SCRIPTS = {"scorm12.min.js", "scorm2004.min.js", "scorm-bridge.js"}
HTML = (".html", ".htm", ".xhtml")
MAX_HTML = 4 * 1024 * 1024
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json",
         ".svg": "image/svg+xml", ".woff": "font/woff", ".woff2": "font/woff2", ".mp4": "video/mp4",
         ".xml": "text/xml", ".xhtml": "application/xhtml+xml", ".vtt": "text/vtt"}  # fmt: skip


def address_of(package: ScormPackage) -> str:
    """Return where the package is launched: good for `MAX_AGE` seconds."""
    token = signing.dumps({"p": package.sha256, "v": package.version}, salt=SALT)
    query = f"?{package.sco['query']}" if package.sco.get("query") else ""
    return f"/scorm/{token}/{quote(package.launch)}{query}"


@require_safe
@xframe_options_exempt
def scorm_file(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """One file of a package, or a script of ours beside it. No session is looked at, no query made."""
    try:
        said = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature as error:
        raise Http404 from error
    if name.startswith("__lms__/"):
        script = name.removeprefix("__lms__/")
        if script not in SCRIPTS:
            raise Http404
        return _sealed(request, token, HttpResponse((OURS / script).read_bytes(), content_type="text/javascript"))
    try:
        stored = private_storage().open(stored_name(said["p"], name))
    except (OSError, ValueError) as error:
        raise Http404 from error
    suffix = Path(name).suffix.lower()
    kind = TYPES.get(suffix) or guess_type(name)[0] or "application/octet-stream"
    if suffix in HTML and stored.size <= MAX_HTML:
        with stored:
            html = _with_interface(stored.read(), token, said["v"])
        return _sealed(request, token, HttpResponse(html, content_type=kind))
    return _sealed(request, token, FileResponse(stored, content_type=kind))


def _with_interface(html: bytes, token: str, version: str) -> bytes:
    """Put our scripts first in the document. Plain ASCII, so they fit whatever encoding the document declares."""
    library = "scorm12.min.js" if version == SCORM_12 else "scorm2004.min.js"
    tags = "".join(f'<script src="/scorm/{token}/__lms__/{name}"></script>' for name in (library, "scorm-bridge.js"))
    if html[:2] in (b"\xff\xfe", b"\xfe\xff"):
        html = html.decode("utf-16", "replace").encode("utf-8")
        html = re.sub(rb"charset=[\"']?utf-16(?:le|be)?", b"charset=utf-8", html, flags=re.IGNORECASE)
    found = None
    for pattern in (rb"<head\b[^>]*>", rb"<html\b[^>]*>", rb"<!doctype[^>]*>"):
        if found := re.search(pattern, html, re.IGNORECASE):
            break
    place = found.end() if found else 0
    return html[:place] + tags.encode() + html[place:]


def _sealed(request: HttpRequest, token: str, response: HttpResponse) -> HttpResponse:
    own = f"{request.scheme}://{request.get_host()}/scorm/{token}/"
    response["Content-Security-Policy"] = (
        f"sandbox allow-scripts allow-forms; default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'; "
        f"form-action {own}; base-uri {own}; object-src 'none'"
    )
    response["Access-Control-Allow-Origin"] = "*"  # fonts and data of the package, asked for by its own lone origin
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=3600"
    return response
