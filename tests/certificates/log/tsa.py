"""A time-stamping authority of the tests, under the made-up root of the PDF tests: in the process, or over HTTP."""

import threading
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from asn1crypto import tsp
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper

from tests.certificates.document.test_signing import Authority


@cache
def authority() -> Authority:
    return Authority()


@cache
def _dummy() -> DummyTimeStamper:
    return authority().timestamper()


def local_stamper() -> DummyTimeStamper:
    """What LMS_LOG_TIMESTAMPS names in tests: tests.certificates.log.tsa.local_stamper."""
    return _dummy()


class SilentStamper(TimeStamper):
    async def async_request_tsa_response(self, req):
        raise OSError("no answer")


class OtherBytes(TimeStamper):
    """Stamps something else than it was asked for, as a confused or bribed authority would."""

    async def async_timestamp(self, message_digest, md_algorithm):
        return await _dummy().async_timestamp(bytes(32), md_algorithm)


def roots_file(folder: Path) -> Path:
    path = folder / "roots.pem"
    path.write_bytes(authority().root.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def over_http():
    """An authority that answers POST at the address this yields."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            import asyncio

            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = asyncio.run(_dummy().async_request_tsa_response(asked)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
