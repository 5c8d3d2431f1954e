"""A small HTTP load client: one process per client, one kept-alive connection each, standard library only.

It shares the machine's cores with what it measures, so it does little: it reads an answer to its end and looks for three
headers in it. `http.client` makes an object of every header, which takes as long as a tenth of a quick answer.
"""

import itertools
import multiprocessing
import socket
import time
from dataclasses import dataclass, field

TIMEOUT = 60


@dataclass(frozen=True)
class Call:
    """One request. expect: the status that counts as success. counter: a form field counted up by every success."""

    method: str
    path: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    expect: int = 200
    counter: str = ""


@dataclass
class Tally:
    """What one client saw: milliseconds and SQL queries of each success, and the errors by what they were."""

    ms: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    began: float = 0.0
    ended: float = 0.0


class Connection:
    """One kept-alive connection; made again by the next request after it was lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def connect(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def ask(self, call: Call, body: str) -> tuple[int, bytes]:
        """Return status and head (lower case) of the answer, whose body was read to its end. OSError: it was not whole."""
        peer, content = self.connect(), body.encode()
        lines = [f"{call.method} {call.path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in call.headers.items()]
        if call.method == "POST":
            lines.append(f"Content-Length: {len(content)}")
        peer.sendall("\r\n".join([*lines, "\r\n"]).encode() + content)
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more(peer)
        head, left = got[:end].lower() + b"\r\n", len(got) - end - 4
        length = header(head, b"content-length")
        if length is None:
            raise OSError("an answer that does not say how long it is")
        while left < int(length):
            left += len(self._more(peer))
        if left > int(length):
            raise OSError("more than one answer")
        if b"\r\nconnection: close\r\n" in head:
            self.close()
        return int(head[9:12]), head

    @staticmethod
    def _more(peer: socket.socket) -> bytes:
        if not (some := peer.recv(1 << 16)):
            raise OSError("the connection ended")
        return some

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def header(head: bytes, name: bytes) -> bytes | None:
    _before, found, after = head.partition(b"\r\n" + name + b": ")
    return after.partition(b"\r\n")[0] if found else None


def one(connection: Connection, call: Call, number: int, tally: Tally) -> None:
    body = f"{call.body}&{call.counter}={number}" if call.counter else call.body
    before = time.perf_counter()
    try:
        status, head = connection.ask(call, body)
    except OSError as error:
        connection.close()
        wrong = type(error).__name__
    else:
        wrong = "" if status == call.expect else str(status)
    if wrong:
        tally.errors[wrong] = tally.errors.get(wrong, 0) + 1
        return
    tally.ms.append((time.perf_counter() - before) * 1000)
    if (queries := header(head, b"x-queries")) is not None:
        tally.queries.append(int(queries))


def client(port: int, calls: list[Call], start: int, seconds: float | None, gate, results) -> None:
    """Make the calls round and round for so many seconds; without `seconds`, each once. start: first of the counter."""
    connection = Connection(port)
    connection.connect()
    gate.wait()
    tally = Tally(began=time.time())
    deadline = time.monotonic() + seconds if seconds is not None else None
    for call in calls if deadline is None else itertools.cycle(calls):
        if deadline is not None and time.monotonic() >= deadline:
            break
        one(connection, call, start + len(tally.ms), tally)
    tally.ended = time.time()
    connection.close()
    results.put(tally)


def drive(port: int, calls: list[list[Call]], *, seconds: float | None, start: int = 0) -> list[Tally]:
    """Let one client per list of calls work at the same time; return what each saw."""
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(len(calls)), context.Queue()
    clients = [
        context.Process(target=client, args=(port, own, start, seconds, gate, results), daemon=True) for own in calls
    ]
    for process in clients:
        process.start()
    tallies = [results.get(timeout=(seconds or 0) + 600) for _ in clients]
    for process in clients:
        process.join()
    return tallies
