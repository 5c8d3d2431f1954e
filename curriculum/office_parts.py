"""An Office file from outside before a converter opens it: nothing in it may make the converter ask for anything else.

A linked picture, template or foreign document would be fetched by the worker, from our network or from its own disk, and
drawn into a page that the author sees. So the file is put together again from the parts that are drawn; links stay words.
"""

import re
import zipfile
from typing import Any
from xml.etree.ElementTree import tostring

from defusedxml.ElementTree import fromstring

from .package import Unreadable, read_entry, safe_entries

MAX_PART = 60 * 1024**2
FOLDERS = {"docx": "word/", "pptx": "ppt/"}
DROPPED = re.compile(r"/(?:embeddings|activex|ctrlprops|externallinks)/|/afchunk|\.(?:html?|mht|rtf|bin|ole)\Z", re.IGNORECASE)
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\|.*\.\./\.\./\.\./", re.IGNORECASE)
# For LibreOffice, in the profile it is given for one file: follows no links, runs no macros.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse">\
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">\
<value>true</value></prop></item>
</oor:items>
"""


def rebuild(kind: str, source: Any, target: Any) -> None:
    """Write the file of this kind (docx, pptx) anew without what lies outside it. Raises Unreadable or what a broken
    archive makes a reader raise."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        entries = safe_entries(archive)
        if "[Content_Types].xml" not in entries:
            raise Unreadable("no Office file")
        for name, info in entries.items():
            if not name.startswith((FOLDERS[kind], "_rels/", "[Content_Types].xml")) or DROPPED.search(name):
                continue
            data = read_entry(archive, info, MAX_PART)
            kept.writestr(name, _inside(data) if name.endswith(".rels") else data)


def _inside(relations: bytes) -> bytes:
    """Relations to parts of the file, and hyperlinks, which nothing follows while drawing."""
    root = fromstring(relations, forbid_dtd=True)
    for relation in list(root):
        away = relation.get("TargetMode", "").lower() == "external" or OUTSIDE.match(relation.get("Target", ""))
        if away and not relation.get("Type", "").endswith("/hyperlink"):
            root.remove(relation)
    return tostring(root, encoding="utf-8", xml_declaration=True)
