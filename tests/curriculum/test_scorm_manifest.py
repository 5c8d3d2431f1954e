"""What is read of a SCORM package, and what is refused with a reason. No database."""

import io
import stat
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.package import Unreadable
from curriculum.scorm_manifest import read_manifest, read_scorm
from tests.curriculum.scorm_zips import MANIFEST_12, MANIFEST_2004, PAGE, packed


def test_a_package_of_1_2():
    manifest, names = read_scorm(packed())
    assert (manifest.version, manifest.title, names) == ("1.2", "核对权属", ["imsmanifest.xml", "index.html"])
    assert manifest.scos[0].href == "index.html"
    assert manifest.scos[0].mastery_score == "60"


def test_a_package_of_2004_with_several_parts():
    files = {"pages/a b.html": "1", "pages/two.html": "2"}
    manifest, _names = read_scorm(packed(files, MANIFEST_2004))
    assert [sco.href for sco in manifest.scos] == ["pages/a b.html", "pages/two.html"]
    assert (manifest.version, manifest.scos[0].query, manifest.sequencing) == ("2004", "step=1", True)


def test_a_manifest_in_gbk():
    text = MANIFEST_12.replace('version="1.0"', 'version="1.0" encoding="GB2312"').encode("gb18030")
    assert read_manifest(text).title == "核对权属"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1.2</schemaversion>", "9</schemaversion>", None),  # the namespace says it
        ("<?xml version=\"1.0\"?>", "<!DOCTYPE m [<!ENTITY a 'b'>]>", "实体"),
        ('href="index.html">', 'href="../../etc/passwd">', "之外"),
        ('href="index.html">', 'href="https://example.org/x.html">', "之外"),
        ('href="index.html">', 'href="none.html">', "none.html"),
        ('scormtype="sco"', 'scormtype="asset"', "SCO"),
        ("organization", "organisms", "组织结构"),
        ("</manifest>", "", "XML"),
    ],
)
def test_manifests_are_refused_with_a_reason(old, new, words):
    source = packed(manifest=MANIFEST_12.replace(old, new))
    if words is None:
        assert read_scorm(source)[0].version == "1.2"
        return
    with pytest.raises(Unreadable) as refusal:
        read_scorm(source)
    assert words in refusal.value.text


def link() -> io.BytesIO:
    target = packed()
    with zipfile.ZipFile(target, "a") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return target


@pytest.mark.parametrize(
    "source",
    [
        lambda: packed({"index.html": PAGE, "../up.html": "x"}),
        lambda: packed({"index.html": PAGE, "/abs.html": "x"}),
        lambda: packed({"index.html": PAGE, "api/save.php": "<?php"}),
        lambda: packed({"index.html": PAGE, "bomb.js": b"0" * 5_000_000}),
        lambda: packed({f"f{n}.js": "" for n in range(2100)} | {"index.html": PAGE}),
        lambda: packed({"sub/imsmanifest.xml": MANIFEST_12}, None),
        lambda: packed(None, None),
        link,
        lambda: io.BytesIO(b"not a zip"),
    ],
)
def test_hostile_archives_are_refused(source):
    with pytest.raises(Unreadable):
        read_scorm(source())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_packages_never_break_anything(data):
    raw = bytearray(packed().getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_scorm(io.BytesIO(bytes(raw)))
    except Unreadable:
        pass


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(0, len(MANIFEST_2004)))
def test_damaged_manifests_never_break_anything(text, place):
    try:
        read_manifest((MANIFEST_2004[:place] + text + MANIFEST_2004[place:]).encode("utf-8", "surrogatepass"))
    except Unreadable:
        pass
