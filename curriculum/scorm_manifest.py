"""Reads a SCORM package brought from outside, believing nothing: its version, what it launches, why it can't be played.

Knows SCORM 1.2 and 2004, not the database. The archive itself is checked by `package.safe_entries`.
"""

import posixpath
import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from .package import Unreadable, read_entry, safe_entries

MANIFEST = "imsmanifest.xml"
MAX_MANIFEST = 2 * 1024 * 1024
SCORM_12, SCORM_2004 = "1.2", "2004"
SERVER_SIDE = {"php", "php5", "phtml", "asp", "aspx", "ashx", "jsp", "jspx", "cgi", "pl", "py", "rb", "sh", "bat", "cmd",
               "exe", "dll", "com", "msi", "jar", "war", "htaccess"}  # fmt: skip


@dataclass(frozen=True)
class Sco:
    """Something that can be launched. href: a path inside the package; query: what is added to its address."""

    title: str
    href: str
    query: str = ""
    launch_data: str = ""
    mastery_score: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a manifest says. scos: at least one, in the order of the default organisation; the first is launched."""

    version: str
    title: str
    scos: tuple[Sco, ...]
    sequencing: bool = False  # the package brings rules of SCORM 2004 sequencing, which are not followed

    def as_json(self) -> dict[str, Any]:
        return {"sequencing": self.sequencing, "scos": [asdict(sco) for sco in self.scos]}


def read_scorm(source: BinaryIO) -> tuple[Manifest, list[str]]:
    """Return the manifest and the names of the files of a package.

    Raises Unreadable, in the reader's words, for what is no SCORM package, can't be played, or is made to do harm.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            entries = safe_entries(archive)
            for name in entries:
                path = PurePosixPath(name)
                if path.suffix.lower().lstrip(".") in SERVER_SIDE or path.name.lower() in (".htaccess", "web.config"):
                    raise Unreadable(_("The file “%(name)s” is a program for a server; such files are not taken.")
                                     % {"name": name[:80]})  # fmt: skip
            if MANIFEST not in entries:
                raise Unreadable(_manifest_missing(entries))
            manifest = read_manifest(read_entry(archive, entries[MANIFEST], MAX_MANIFEST))
            for sco in manifest.scos:
                if sco.href not in entries:
                    raise Unreadable(_("The package launches “%(name)s”, but the file is not there.")
                                     % {"name": sco.href[:80]})  # fmt: skip
            for info in entries.values():  # every byte is read once: sizes and checksums in headers are only claims
                with archive.open(info) as stream:
                    left = info.file_size
                    while chunk := stream.read(1024 * 1024):
                        left -= len(chunk)
                        if left < 0:
                            raise Unreadable(_("The entry “%(name)s” is too large.") % {"name": info.filename[:80]})
            return manifest, sorted(entries)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError, ValueError,
            RuntimeError, zipfile.zlib.error) as error:  # fmt: skip
        raise Unreadable(_("This is not a ZIP file that can be read.")) from error


def _manifest_missing(names: Any) -> str:
    if any(PurePosixPath(name).name == MANIFEST for name in names):
        return _("imsmanifest.xml lies in a folder; it has to lie at the top of the ZIP file.")
    return _("There is no imsmanifest.xml: this is not a SCORM package.")


def read_manifest(data: bytes) -> Manifest:
    """Return what the bytes of an imsmanifest.xml say. Raises Unreadable."""
    try:
        root = fromstring(_text(data), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable(_("The manifest declares a document type or entities; that is not taken.")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(_("The manifest is not XML that can be read.")) from error
    if _local(root.tag) != "manifest":
        raise Unreadable(_("The manifest is not XML that can be read."))
    version = _version(root)
    resources = _resources(root)
    organisation = _organisation(root)
    scos = []
    for item in (node for node in organisation.iter() if _local(node.tag) == "item"):
        resource = resources.get(_attribute(item, "identifierref"))
        if resource is None or resource[1] != "sco":
            continue
        address = urlsplit(resource[0])
        extra = _attribute(item, "parameters").lstrip("?&")
        scos.append(Sco(
            title=_child(item, "title")[:255], href=_inside(resource[0]),
            query="&".join(part for part in (address.query, extra) if part)[:500],
            launch_data=(_child(item, "datafromlms"))[:4000], mastery_score=_child(item, "masteryscore")[:10],
        ))  # fmt: skip
    if not scos:
        raise Unreadable(_("The package has nothing that reports to a learning platform (no SCO in its organisation)."))
    sequencing = version == SCORM_2004 and any(_local(node.tag) == "sequencing" for node in root.iter())
    return Manifest(version, (_child(organisation, "title") or scos[0].title)[:255], tuple(scos[:200]), sequencing)


def _text(data: bytes) -> bytes:
    """Chinese authoring tools write GB 2312 or GBK, which the XML parser does not know."""
    declared = re.match(rb"<\?xml[^>]*encoding=[\"'](gb[\w-]+)[\"'][^>]*\?>", data, re.IGNORECASE)
    if not declared:
        return data
    return data[declared.end():].decode("gb18030").encode("utf-8")  # fmt: skip


def _local(tag: Any) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _attribute(node: Element, name: str) -> str:
    return next((value.strip() for key, value in node.attrib.items() if _local(key) == name), "")


def _child(node: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in node if _local(child.tag) == name), "")


def _version(root: Element) -> str:
    said = next(((n.text or "").strip().lower() for n in root.iter() if _local(n.tag) == "schemaversion"), "")
    if said == "1.2":
        return SCORM_12
    if said.startswith("2004") or said in ("cam 1.3", "1.3"):
        return SCORM_2004
    spaces = {key.partition("}")[0].lower() for node in root.iter() for key in (node.tag, *node.attrib) if isinstance(key, str)}
    if any("adlcp_rootv1p2" in space for space in spaces):
        return SCORM_12
    if any("adlcp_v1p3" in space for space in spaces):
        return SCORM_2004
    raise Unreadable(_("The manifest does not say SCORM 1.2 or SCORM 2004; other kinds of packages can't be played."))


def _resources(root: Element) -> dict[str, tuple[str, str]]:
    """{identifier: (address within the package, kind)}."""
    found: dict[str, tuple[str, str]] = {}
    top = _attribute(root, "base")
    for group in (node for node in root if _local(node.tag) == "resources"):
        middle = _attribute(group, "base")
        for node in group:
            href = _attribute(node, "href")
            if _local(node.tag) == "resource" and href:
                found[_attribute(node, "identifier")] = (
                    top + middle + _attribute(node, "base") + href, _attribute(node, "scormtype").lower()
                )  # fmt: skip
    return found


def _organisation(root: Element) -> Element:
    groups = [node for node in root if _local(node.tag) == "organizations"]
    offered = [node for group in groups for node in group if _local(node.tag) == "organization"]
    if not offered:
        raise Unreadable(_("The manifest has no organisation, so nothing can be launched."))
    wanted = _attribute(groups[0], "default")
    return next((node for node in offered if _attribute(node, "identifier") == wanted), offered[0])


def _inside(address: str) -> str:
    """Return the path inside the package. Raises Unreadable for one that leads out of it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = None
    path = posixpath.normpath(unquote(parts.path)) if parts else ""
    if parts is None or parts.scheme or parts.netloc or path.startswith(("/", "..")) or "\\" in path or not parts.path:
        raise Unreadable(_("The package launches “%(name)s”, which lies outside of it.") % {"name": address[:80]})
    return path
