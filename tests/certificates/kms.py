"""A key store that is not ours: keys live behind HTTP, as in a key-management service or behind a hardware module.

`Service` is the other side, run in a thread of the test; `HttpKeyStore` is what `LMS_KEY_STORE` would name.
"""

import base64
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.credential.proof import multikey


class Service:
    """PUT /keys/<id> makes a key, POST /keys/<id>/sign signs; nothing gives a private key away."""

    def __init__(self) -> None:
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self.signed = 0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                key = service.keys.setdefault(self.path.split("/")[2], Ed25519PrivateKey.generate())
                self.answer(200, {"public": multikey(key.public_key())})

            def do_POST(self) -> None:
                data = base64.b64decode(self.rfile.read(int(self.headers["Content-Length"])))
                key = service.keys.get(self.path.split("/")[2])
                if key is None:
                    self.answer(404, {})
                else:
                    service.signed += 1
                    self.answer(200, {"signature": base64.b64encode(key.sign(data)).decode()})

            def answer(self, status: int, body: dict) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        HttpKeyStore.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class HttpKeyStore:
    url = ""

    def create(self, key_id: str) -> str:
        return self._ask("PUT", f"/keys/{key_id}", b"")["public"]

    def sign(self, data: bytes, key_id: str) -> bytes:
        return base64.b64decode(self._ask("POST", f"/keys/{key_id}/sign", base64.b64encode(data))["signature"])

    def _ask(self, method: str, path: str, body: bytes) -> dict:
        request = urllib.request.Request(self.url + path, data=body, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:  # an HTTPError is an OSError
            return json.load(answer)
