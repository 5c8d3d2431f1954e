"""Addresses of static files are worked out once in a process."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

from lms.lib.staticnames import ReleaseStaticFilesStorage


def test_each_address_is_asked_for_once(monkeypatch, tmp_path):
    asked = []

    def url(self, name, force=False):
        asked.append((name, force))
        return f"/static/{name}?{len(asked)}"

    monkeypatch.setattr(CompressedManifestStaticFilesStorage, "url", url)
    storage = ReleaseStaticFilesStorage(location=str(tmp_path))
    assert storage.url("a.css") == storage.url("a.css") == "/static/a.css?1"
    assert storage.url("b.css") == "/static/b.css?2"
    assert storage.url("a.css", force=True) == "/static/a.css?3"  # collectstatic is not told what was
    assert asked == [("a.css", False), ("b.css", False), ("a.css", True)]
