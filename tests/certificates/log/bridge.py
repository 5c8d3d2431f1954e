"""The site as a real HTTP server for a script in a process of its own, answered by the test client in the test's own
transaction: the requests are queued, and whoever runs the script answers them here until it ends."""

import queue
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Bridge:
    def __init__(self, client):
        self.client, self.asked = client, queue.Queue()
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                box = queue.Queue()
                bridge.asked.put((self.command, self.path, body, box))
                status, kind, content = box.get()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def run(self, command, **options) -> subprocess.CompletedProcess:
        """Run the command to its end, answering what it asks."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        while process.poll() is None:
            try:
                method, path, body, box = self.asked.get(timeout=0.05)
            except queue.Empty:
                continue
            if method == "POST":
                response = self.client.post(path, body, content_type="application/json")
            else:
                response = self.client.get(path)
            box.put((response.status_code, response["Content-Type"], response.content))
        out, err = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, out, err)
