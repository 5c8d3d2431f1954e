"""gunicorn with our worker, one thread of it, and an application of a few lines."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = """
import time

from lms.webworker import Worker

class Impatient(Worker):
    STALL = 1

asked = []

def application(environ, start_response):
    asked.append(environ["PATH_INFO"])
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    body = environ["wsgi.input"].read() or environ["PATH_INFO"].encode()
    if environ["PATH_INFO"] == "/number":
        body = str(len(asked)).encode()
    if environ["PATH_INFO"] == "/long":
        body = bytes(50_000_000)
    if environ["PATH_INFO"] == "/address":
        body = repr(sorted((name, value) for name, value in environ.items() if "FORWARDED" in name)).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
PATIENCE = 20  # seconds, for a machine that has much else to do


class Web:
    """files: how many the processes may open; None for as many as here."""

    def __init__(self, folder: Path, files: int | None = None) -> None:
        (folder / "told.py").write_text(APPLICATION)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "told:application", "--bind", f"127.0.0.1:{self.port}", "--workers", "1",
             "--config", str(ROOT / "gunicorn.conf.py"), "--worker-class", "told.Impatient", "--graceful-timeout", "8",
             "--threads", "1"],
            cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
            preexec_fn=lambda: files and resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with self.connect() as connection:
                    ask(connection, "/ready")
                    answer(connection, b"/ready")
                return
            except OSError:
                time.sleep(0.05)
        pytest.fail("the web process did not start")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def web(tmp_path):
    web = Web(tmp_path)
    yield web
    web.kill()


def ask(connection: socket.socket, path: str, body: bytes = b"") -> None:
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def answer(connection: socket.socket, body: bytes) -> bytes:
    """Read one answer, which is to have that body; return its head."""
    got = b""
    while not got.partition(b"\r\n\r\n")[2].startswith(body) or b"\r\n\r\n" not in got:
        more = connection.recv(1 << 16)
        assert more, f"the connection ended after {got!r}"
        got += more
    head, _, rest = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and rest == body
    return head


def test_one_after_the_other_on_one_connection(web):
    with web.connect() as connection:
        for number in range(50):
            ask(connection, "/", b"body %d" % number)
            answer(connection, b"body %d" % number)
        time.sleep(0.1)  # longer than it looks out: gunicorn's main thread has it again
        ask(connection, "/later")
        answer(connection, b"/later")


def test_what_comes_in_one_piece_is_answered_in_order(web):
    with web.connect() as connection:
        connection.sendall(
            b"GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        got = b""
        while more := connection.recv(1 << 16):
            got += more
    assert got.index(b"/one") < got.index(b"/two")


def test_a_name_with_an_underscore_does_not_stand_for_the_header_of_a_proxy(web):
    """Limits go by X-Forwarded-For (lms/lib/ratelimit.py); of two names that become one in Python only the proxy's may arrive."""
    with web.connect() as connection:
        forged = "X_Forwarded_For: 192.0.2.66\r\nX_Forwarded_Proto: https\r\n"
        connection.sendall(f"GET /address HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n{forged}\r\n".encode())
        answer(connection, b"[('HTTP_X_FORWARDED_FOR', '192.0.2.1')]")


def test_connections_on_which_nobody_says_anything_hold_no_thread(web):
    silent = [web.connect() for _one in range(8)]
    with web.connect() as connection:
        ask(connection, "/")
        answer(connection, b"/")
    for one in silent:
        assert one.recv(1) == b""  # given up after a while
        one.close()


def test_a_crowd_for_which_there_are_no_files_does_not_end_the_worker(tmp_path):
    web = Web(tmp_path, files=60)
    try:
        crowd = [web.connect() for _one in range(55)]
        with web.connect() as connection:
            ask(connection, "/number")
            answer(connection, b"2")  # the first was whether it is there: it is still the same process
        for one in crowd:
            one.close()
    finally:
        web.kill()


@pytest.mark.parametrize("begun", [b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"])
def test_who_goes_silent_in_the_midst_of_a_request_leaves_the_thread_to_others(web, begun):
    with web.connect() as gone, web.connect() as other:
        gone.sendall(begun)
        time.sleep(0.2)
        ask(other, "/")
        answer(other, b"/")


def test_who_does_not_take_the_answer_leaves_the_thread_to_others(web):
    with web.connect() as gone, web.connect() as other:
        ask(gone, "/long")
        time.sleep(0.2)
        ask(other, "/")
        answer(other, b"/")


def test_who_asks_without_a_pause_leaves_the_thread_to_others(web):
    stop = threading.Event()

    def insist() -> None:
        with web.connect() as connection:
            while not stop.is_set():
                ask(connection, "/again")
                answer(connection, b"/again")

    insisting = threading.Thread(target=insist, daemon=True)
    insisting.start()
    try:
        for _again in range(20):
            with web.connect() as connection:
                ask(connection, "/other")
                answer(connection, b"/other")
        assert insisting.is_alive()
    finally:
        stop.set()
        insisting.join(PATIENCE)


def test_asked_to_stop_it_answers_what_it_began_and_ends(web):
    with web.connect() as slow:
        ask(slow, "/slow")
        time.sleep(0.3)
        web.process.terminate()
        answer(slow, b"/slow")
        ask(slow, "/more")  # it may be on its way already: gunicorn waits two seconds for it
        assert b"\r\nConnection: close" in answer(slow, b"/more")
    assert web.process.wait(PATIENCE) == 0
