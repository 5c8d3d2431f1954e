"""SQLite, where whoever wants to write stands in a queue.

One writes at a time. SQLite itself lets the others sleep and look again, up to a tenth of a second later, so the database is
idle while all of them sleep. Here the transactions of one machine wait for a lock instead: threads for each other's, processes
for that of a file beside the database, which the system takes back from a process that died.
"""

import fcntl
import os
import threading
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3 import base

STEP = 0.001  # seconds between two looks at what another process holds

_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
os.register_at_fork(after_in_child=_turns.clear)  # the threads that held them are not in the child


class Queue:
    """The place in the queue of one connection. path: the database's file."""

    def __init__(self, path: str, timeout: float) -> None:
        self._path, self._timeout = path, timeout
        self._turn = _turns[path]
        self._file: int | None = None
        self._has_turn = False

    def enter(self) -> None:
        """Wait for the turn, but no longer than a statement would: then SQLite says what it says."""
        until = time.monotonic() + self._timeout
        if not self._turn.acquire(timeout=self._timeout):
            return
        self._has_turn = True
        while True:
            try:
                if self._file is None:
                    self._file = os.open(f"{self._path}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return
                time.sleep(STEP)
            except OSError:  # a folder that knows no such locks: processes wait as SQLite has them wait
                return

    def leave(self) -> None:
        if self._has_turn:
            self._has_turn = False
            if self._file is not None:
                with suppress(OSError):
                    fcntl.flock(self._file, fcntl.LOCK_UN)
            self._turn.release()

    def close(self) -> None:
        self.leave()
        if self._file is not None:
            os.close(self._file)
            self._file = None


class DatabaseWrapper(base.DatabaseWrapper):
    _queue: Queue | None = None

    def get_new_connection(self, conn_params: dict[str, Any]):
        if not self.is_in_memory_db():
            self._queue = Queue(str(self.settings_dict["NAME"]), conn_params.get("timeout", 5.0))
        return super().get_new_connection(conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        if self._queue is None or self.transaction_mode is None:  # not one that begins with the right to write
            return super()._start_transaction_under_autocommit()
        self._queue.enter()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._queue.leave()
            raise

    def _commit(self):
        try:
            return super()._commit()
        finally:
            self._leave()

    def _rollback(self):
        try:
            return super()._rollback()
        finally:
            self._leave()

    def _close(self):
        try:
            return super()._close()
        finally:
            if self._queue is not None:
                self._queue.close()

    def _leave(self) -> None:
        if self._queue is not None:
            self._queue.leave()
