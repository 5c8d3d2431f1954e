"""A small HTTP load client: one process per client, one kept-alive connection each, standard library only."""

import http.client
import itertools
import multiprocessing
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


def one(connection: http.client.HTTPConnection, call: Call, number: int, tally: Tally) -> None:
    body = f"{call.body}&{call.counter}={number}" if call.counter else call.body
    before = time.perf_counter()
    try:
        connection.request(call.method, call.path, body=body or None, headers=call.headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        wrong = type(error).__name__
    else:
        wrong = "" if response.status == call.expect else str(response.status)
    if wrong:
        tally.errors[wrong] = tally.errors.get(wrong, 0) + 1
        return
    tally.ms.append((time.perf_counter() - before) * 1000)
    if (queries := response.getheader("X-Queries")) is not None:
        tally.queries.append(int(queries))


def client(port: int, calls: list[Call], start: int, seconds: float | None, gate, results) -> None:
    """Make the calls round and round for so many seconds; without `seconds`, each once. start: first of the counter."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
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
