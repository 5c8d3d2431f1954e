"""Rows that a page writes for every reader: first a line in a file of this machine, a moment later a row among many others.

A line is the system's before the answer leaves, so what ends the process loses none; the power going loses what the system had
not yet put on the disk, as it does for a database that does not wait for it either. Each process writes files of its own, one
for each load that is carried to the database, and a file is carried once: the load and its name are one transaction, and the
name is only forgotten when the file is gone. What an ended process left is carried by one of those that go on.
"""

import atexit
import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)

PAUSE = 0.25  # seconds from a line to its row
LOOK_ROUND = 60.0  # seconds between two looks for what others left
PAUSE_AFTER_ERROR = 5.0
Row = dict[str, Any]


class Load(NamedTuple):
    """A file under a lock that is this process's as long as the file is open."""

    file: int
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem


class Journal:
    """folder: of the files, on this machine. bring(name, rows): write the rows and that the load of this name was carried, in one
    transaction; nothing where it was carried before. forget(name): the file is gone.
    """

    def __init__(
        self, folder: Path, *, bring: Callable[[str, list[Row]], None], forget: Callable[[str], None], pause: float = PAUSE
    ) -> None:
        self._folder, self._bring, self._forget, self._pause = folder, bring, forget, pause
        self._writing = threading.Lock()
        self._carrying = threading.Lock()
        self._wanted = threading.Event()
        self._open: Load | None = None
        self._size = 0  # of the open one, in bytes
        self._full: list[Load] = []
        self._carrier: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._start_afresh)

    def write(self, row: Row) -> None:
        """Write a line of JSON. OSError: there is no room, or no such folder; then it is not written at all."""
        line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
        with self._writing:
            if self._open is None:
                self._open, self._size = _new_load(self._folder), 0
            try:
                whole = os.write(self._open.file, line) == len(line)
            except OSError:
                whole = False
            if not whole:
                os.ftruncate(self._open.file, self._size)
                raise OSError(f"no room in {self._folder}")
            self._size += len(line)
        if not self._wanted.is_set():
            self._wanted.set()
            self.start()

    def start(self) -> None:
        """Have what is written carried by a thread, beginning with what other processes left."""
        if self._carrier is None or not self._carrier.is_alive():
            self._carrier = threading.Thread(target=self._carry_on, name=f"journal {self._folder.name}", daemon=True)
            self._carrier.start()
            atexit.register(self._finish)

    def carry(self) -> None:
        """Carry what this process wrote until now. An error of the database leaves it for the next time."""
        with self._carrying:
            if not self._full:  # while an older load waits, the open one grows instead of becoming many
                with self._writing:
                    full, self._open = self._open, None
                if full is not None:
                    self._full.append(full)
            while self._full:
                self._carry_load(self._full[0])
                self._full.pop(0)

    def carry_left(self) -> None:
        """Carry what ended processes left in the folder."""
        for path in sorted(self._folder.glob("*.jsonl")):
            with self._carrying:
                if load := _left_load(path):
                    try:
                        self._carry_load(load)
                    except BaseException:
                        os.close(load.file)
                        raise

    def _carry_load(self, load: Load) -> None:
        rows = list(_rows(load))
        try:
            if rows:
                self._bring(load.name, rows)
        except (LookupError, TypeError, ValueError):  # not rows as they are written now: for a person to look at
            logger.exception("journal %s: %s can't be carried and is kept as .refused", self._folder.name, load.name)
            load.path.rename(load.path.with_suffix(".refused"))
        else:
            load.path.unlink(missing_ok=True)
        os.close(load.file)
        if rows:
            self._forget(load.name)

    def _carry_on(self) -> None:
        look_again = 0.0
        while True:
            pause = self._pause
            try:
                close_old_connections()
                self._wanted.clear()
                self.carry()
                if time.monotonic() >= look_again:
                    look_again = time.monotonic() + LOOK_ROUND
                    self.carry_left()
                close_old_connections()
            except Exception:
                logger.exception("journal %s: not carried yet", self._folder.name)
                self._wanted.set()
                pause = PAUSE_AFTER_ERROR
                connections.close_all()
            self._wanted.wait(LOOK_ROUND)
            time.sleep(pause)

    def _finish(self) -> None:
        with suppress(Exception):  # then it is left for whoever goes on
            self.carry()

    def _start_afresh(self) -> None:
        """In a child: the files and the thread are its parent's."""
        self._writing, self._carrying, self._wanted = threading.Lock(), threading.Lock(), threading.Event()
        for load in (self._open, *self._full):
            if load is not None:
                os.close(load.file)
        self._open, self._full, self._carrier = None, [], None


def _new_load(folder: Path) -> Load:
    """A file that nobody sees before it is locked."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid4().hex}.jsonl"
    unseen = path.with_suffix(".new")
    file = os.open(unseen, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unseen.rename(path)
    except OSError:
        os.close(file)
        unseen.unlink(missing_ok=True)
        raise
    return Load(file, path)


def _left_load(path: Path) -> Load | None:
    """The file, if its process is gone and nobody else carries it."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_ino == path.stat().st_ino:
            return Load(file, path)
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(file)
    return None


def _rows(load: Load) -> Iterator[Row]:
    """Read from the start. The last line may be half one: of a process, or a machine, that ended in the midst of it."""
    with open(os.dup(load.file), "rb") as lines:
        lines.seek(0)
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                logger.error("journal: a line that is none was left out (%d bytes)", len(line))
