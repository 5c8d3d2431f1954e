"""Small SCORM packages made on the spot."""

import io
import zipfile

MANIFEST_12 = """<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="o"><organization identifier="o"><title>核对权属</title>
<item identifier="i" identifierref="r"><title>练习</title><adlcp:masteryscore>60</adlcp:masteryscore></item></organization>
</organizations>
<resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco"
 href="index.html"><file href="index.html"/></resource></resources>
</manifest>"""
MANIFEST_2004 = """<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
 xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
<organizations default="o"><organization identifier="o"><title>评价</title>
<item identifier="a" identifierref="r" parameters="?step=1"><title>一</title></item>
<item identifier="b"><title>组</title><item identifier="c" identifierref="s"><title>二</title></item></item>
<imsss:sequencing/></organization>
</organizations>
<resources xml:base="pages/"><resource identifier="r" adlcp:scormType="sco" href="a%20b.html"/>
<resource identifier="s" adlcp:scormType="sco" href="two.html"/></resources>
</manifest>"""
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>t</title></head><body><p id="place"></p><script>
function find(w) { while (!w.API && w.parent && w.parent !== w) w = w.parent; return w.API; }
var api = find(window); api.LMSInitialize("");
document.getElementById("place").textContent = "was:" + api.LMSGetValue("cmi.suspend_data")
  + ":" + api.LMSGetValue("cmi.core.entry");
localStorage.setItem("a", "b");
api.LMSSetValue("cmi.core.score.raw", "80"); api.LMSSetValue("cmi.core.lesson_status", "passed");
api.LMSSetValue("cmi.suspend_data", "slide-7"); api.LMSSetValue("cmi.core.exit", "suspend");
api.LMSSetValue("cmi.core.session_time", "0000:02:00"); api.LMSCommit("");
</script></body></html>"""


def packed(files: dict[str, str | bytes] | None = None, manifest: str | None = MANIFEST_12) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if manifest is not None:
            archive.writestr(zipfile.ZipInfo("imsmanifest.xml"), manifest, zipfile.ZIP_DEFLATED)
        for name, data in ({"index.html": PAGE} if files is None else files).items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    target.seek(0)
    return target
