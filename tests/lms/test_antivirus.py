"""The virus scanner: a clamd of our own that speaks INSTREAM, a command, and nobody at home."""

import io
import socketserver
import struct
import sys
import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.lib import antivirus
from lms.lib.uploads import check_upload

BAD = b"%PDF-1.4 EVIL"


class _Clamd(socketserver.BaseRequestHandler):
    """Finds whatever contains EVIL, as clamd says it."""

    def handle(self):
        stream = self.request.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack("!L", stream.read(4))[0]:
            data += stream.read(size)
        self.server.seen.append(data)
        self.request.sendall(b"stream: Test.Evil-1 FOUND\0" if b"EVIL" in data else b"stream: OK\0")


@pytest.fixture
def clamd(settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Clamd) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.ANTIVIRUS = f"clamd://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


def test_clamd_gets_every_byte(clamd):
    data = bytes(range(256)) * 4000
    assert antivirus.scan(io.BytesIO(data)) == antivirus.Scan(antivirus.CLEAN)
    assert clamd.seen == [data]


def test_clamd_names_what_it_found(clamd):
    assert antivirus.scan(io.BytesIO(b"EVIL")) == antivirus.Scan(antivirus.INFECTED, "Test.Evil-1")


def test_an_infected_upload_is_refused_with_its_name(clamd):
    with pytest.raises(ValidationError) as refused:
        check_upload(SimpleUploadedFile("a.pdf", BAD), max_bytes=1000)
    assert refused.value.code == "infected"
    assert "Test.Evil-1" in refused.value.messages[0]
    assert check_upload(SimpleUploadedFile("a.pdf", b"%PDF-1.4"), max_bytes=1000).scan == antivirus.CLEAN


@pytest.mark.parametrize("address", ["clamd://127.0.0.1:1", "clamd:///nowhere/clamd.sock", "command:/nowhere/scan", "http://x"])
def test_nobody_at_home(settings, address):
    settings.ANTIVIRUS = address
    assert antivirus.scan(io.BytesIO(b"x")).state == antivirus.WAITING
    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4")
    assert check_upload(upload, max_bytes=1000, may_wait=True).scan == antivirus.WAITING
    with pytest.raises(ValidationError):  # who can't hold it back refuses it
        check_upload(upload, max_bytes=1000)


def test_a_command_says_it_by_how_it_ends(settings, tmp_path):
    program = tmp_path / "scan.py"
    lines = ["import sys", "bad = b'EVIL' in sys.stdin.buffer.read()",
             "print('stdin: Eicar FOUND' if bad else 'ok')", "sys.exit(bad)"]  # fmt: skip
    program.write_text("\n".join(lines))
    settings.ANTIVIRUS = f"command:{sys.executable} {program}"
    assert antivirus.scan(io.BytesIO(b"good")) == antivirus.Scan(antivirus.CLEAN)
    assert antivirus.scan(io.BytesIO(b"EVIL")) == antivirus.Scan(antivirus.INFECTED, "Eicar")


def test_none_is_set_up(settings):
    settings.ANTIVIRUS = ""
    assert antivirus.scan(io.BytesIO(BAD)).state == antivirus.OFF
