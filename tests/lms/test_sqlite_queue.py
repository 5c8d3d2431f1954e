"""Writers of one SQLite file stand in a queue: who waits goes on at once; no place outlives its transaction or its process."""

import multiprocessing
import os
import signal
import threading

import pytest
from django.db import OperationalError, connections

from lms.sqlite import base
from lms.sqlite.base import DatabaseWrapper


@pytest.fixture
def connect(tmp_path, django_db_blocker):
    made = []
    asked = {"default": {"ENGINE": "lms.sqlite", "NAME": str(tmp_path / "db.sqlite3")}}
    values = connections.configure_settings(asked)["default"]

    def make(timeout: float = 5) -> DatabaseWrapper:
        options = {"transaction_mode": "IMMEDIATE", "timeout": timeout, "init_command": "PRAGMA journal_mode=WAL"}
        connection = DatabaseWrapper({**values, "OPTIONS": options}, "default")
        connection.inc_thread_sharing()
        made.append(connection)
        return connection

    with django_db_blocker.unblock():
        with make().cursor() as cursor:
            cursor.execute("CREATE TABLE counts (number integer)")
            cursor.execute("INSERT INTO counts VALUES (0)")
        yield make
        for connection in made:
            connection.close()


def begin(connection: DatabaseWrapper) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(connection: DatabaseWrapper, how: str = "commit") -> None:
    getattr(connection, how)()
    connection.set_autocommit(True)


def count(connection: DatabaseWrapper, times: int) -> None:
    """Read, then write what was read and one more: wrong as soon as two are inside together."""
    for _ in range(times):
        begin(connection)
        with connection.cursor() as cursor:
            (number,) = cursor.execute("SELECT number FROM counts").fetchone()
            cursor.execute("UPDATE counts SET number = %s", [number + 1])
        end(connection)


def number_in(connection: DatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        return cursor.execute("SELECT number FROM counts").fetchone()[0]


def test_threads_and_processes_take_turns(connect):
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=lambda: count(connect(), 100)) for _ in range(2)]
    threads = [threading.Thread(target=count, args=(connect(), 100)) for _ in range(3)]
    for each in (*children, *threads):
        each.start()
    for each in (*children, *threads):
        each.join()
    assert number_in(connect()) == 500


@pytest.mark.parametrize("how", ["commit", "rollback", "close"])
def test_who_waits_goes_on_when_the_other_is_through(connect, how):
    first, second = connect(), connect()
    begin(first)
    inside = threading.Event()

    def wait() -> None:
        begin(second)
        inside.set()
        end(second)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not inside.wait(0.1)
    if how == "close":
        first.close()
    else:
        end(first, how)
    assert inside.wait(5)
    waiting.join()


def test_nobody_waits_longer_than_a_statement_would(connect):
    first, second = connect(), connect(timeout=0.1)
    begin(first)
    with pytest.raises(OperationalError, match="locked"):
        begin(second)
    end(first)
    count(second, 1)  # and the queue is not held by who gave up
    count(first, 1)
    assert number_in(first) == 2


def hold(connection: DatabaseWrapper, ready) -> None:
    begin(connection)
    ready.set()
    signal.pause()


def test_a_killed_process_leaves_the_queue(connect):
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    child = context.Process(target=hold, args=(connect(), ready))
    child.start()
    assert ready.wait(10)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    count(connect(), 1)
    assert number_in(connect()) == 1


def test_a_transaction_that_asks_for_no_right_to_write_waits_for_nobody(connect):
    first, reader = connect(), connect(timeout=0.1)
    reader.settings_dict["OPTIONS"].pop("transaction_mode")
    begin(first)
    begin(reader)
    assert number_in(reader) == 0
    end(reader)
    end(first)


def test_where_the_folder_knows_no_locks_they_wait_as_ever(connect, monkeypatch):
    def refuse(*_args) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(base.fcntl, "flock", refuse)
    connection = connect()
    count(connection, 2)
    assert number_in(connection) == 2
