"""Rows by way of a file: none is lost, none is written twice, whoever ends when."""

import json
import multiprocessing
import os
import signal
import time

import pytest

from lms.lib.journal import Journal


class Rows:
    """Stands for the database: what was brought, by load, and what was told of loads."""

    def __init__(self):
        self.loads, self.forgotten, self.broken = {}, [], False

    def bring(self, name, rows):
        if self.broken:
            raise RuntimeError("no database")
        self.loads.setdefault(name, rows)

    def forget(self, name):
        self.forgotten.append(name)

    @property
    def all(self):
        return [row["n"] for rows in self.loads.values() for row in rows]


@pytest.fixture
def rows():
    return Rows()


@pytest.fixture
def journal(tmp_path, rows):
    return Journal(tmp_path / "lines", bring=rows.bring, forget=rows.forget, pause=0.01)


def quietly(journal):
    """Without the thread, so that a test says when something is carried."""
    journal.start = lambda: None
    return journal


def test_what_was_written_is_carried_once_and_the_file_goes(journal, rows, tmp_path):
    quietly(journal)
    for n in range(3):
        journal.write({"n": n})
    assert rows.all == []
    journal.carry()
    journal.carry()
    assert rows.all == [0, 1, 2]
    assert rows.forgotten == list(rows.loads)
    assert list((tmp_path / "lines").iterdir()) == []


def test_the_thread_carries_by_itself(journal, rows):
    journal.write({"n": 1})
    until = time.monotonic() + 20
    while rows.all != [1] and time.monotonic() < until:
        time.sleep(0.01)
    assert rows.all == [1]


def test_while_the_database_is_away_nothing_is_lost_and_files_do_not_become_many(journal, rows, tmp_path):
    quietly(journal)
    rows.broken = True
    for n in range(5):
        journal.write({"n": n})
        with pytest.raises(RuntimeError):
            journal.carry()
    assert len(list((tmp_path / "lines").iterdir())) == 2  # the one that waits, and the one that grows
    rows.broken = False
    journal.carry()
    journal.carry()
    assert rows.all == [0, 1, 2, 3, 4]


def test_a_file_of_a_living_process_is_left_alone(journal, rows, tmp_path):
    quietly(journal)
    journal.write({"n": 1})
    other = Journal(tmp_path / "lines", bring=rows.bring, forget=rows.forget)
    other.carry_left()
    assert rows.all == []


def killed_while_writing(folder, gate):
    journal = quietly(Journal(folder, bring=None, forget=None))
    for n in range(4):
        journal.write({"n": n})
    os.write(journal._open.file, b'{"n": 4')  # in the midst of the fifth
    gate.set()
    time.sleep(60)


def test_what_a_killed_process_wrote_is_carried_by_another(journal, rows, tmp_path, caplog):
    context = multiprocessing.get_context("fork")
    gate = context.Event()
    process = context.Process(target=killed_while_writing, args=(tmp_path / "lines", gate))
    process.start()
    assert gate.wait(20)
    journal.carry_left()
    assert rows.all == []  # it lives
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    journal.carry_left()
    assert rows.all == [0, 1, 2, 3]
    assert list((tmp_path / "lines").iterdir()) == []
    assert "a line that is none" in caplog.text


def test_a_child_does_not_write_into_its_parents_file(journal, rows, tmp_path):
    quietly(journal)
    journal.write({"n": 1})
    context = multiprocessing.get_context("fork")
    child = context.Process(target=journal.write, args=({"n": 2},))
    child.start()
    child.join()
    journal.carry()
    assert rows.all == [1]
    journal.carry_left()
    assert rows.all == [1, 2]


def test_no_room_is_told_and_leaves_no_half_line(journal, rows, monkeypatch):
    quietly(journal)
    journal.write({"n": 1})
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:3]))
    with pytest.raises(OSError, match="no room"):
        journal.write({"n": 2})
    monkeypatch.setattr(os, "write", write)
    journal.write({"n": 3})
    journal.carry()
    assert rows.all == [1, 3]


def test_a_file_that_another_carries_at_this_moment_is_not_carried_twice(journal, rows, tmp_path):
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "left.jsonl").write_text(json.dumps({"n": 1}) + "\n")
    seen = []

    def bring(name, some):
        other = Journal(folder, bring=lambda name, more: seen.append(more), forget=rows.forget)
        other.carry_left()  # the other one looks round just now
        rows.bring(name, some)

    Journal(folder, bring=bring, forget=rows.forget).carry_left()
    assert rows.all == [1]
    assert seen == []


def test_what_can_not_be_read_is_put_aside_and_the_next_goes_on(journal, rows, tmp_path):
    quietly(journal)
    journal.write({"m": 1})
    bring, journal._bring = journal._bring, lambda name, some: [row["n"] for row in some]
    journal.carry()
    journal._bring = bring
    journal.write({"n": 2})
    journal.carry()
    assert rows.all == [2]
    assert [path.suffix for path in (tmp_path / "lines").iterdir()] == [".refused"]
