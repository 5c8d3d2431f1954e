"""The launcher's clear words to machines that lack something. Starting and stopping for real is script/smoke's part."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def launcher(tmp_path, monkeypatch):
    """script/launcher.py as a module, with its virtual environment in a scratch folder."""
    monkeypatch.setenv("LMS_VENV", str(tmp_path / "venv"))
    spec = importlib.util.spec_from_file_location("launcher", ROOT / "script" / "launcher.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_python(folder: Path, **env: str) -> subprocess.CompletedProcess:
    """Run script/python where that folder is all there is on the path."""
    return subprocess.run(
        [shutil.which("bash"), str(ROOT / "script" / "python")], env={"PATH": str(folder), **env},
        capture_output=True, text=True,
    )  # fmt: skip


def fake_python(folder: Path, name: str, version: str) -> None:
    """A program that answers whether it is new enough, as a Python of that version would."""
    code = f"import sys; v = {tuple(int(part) for part in version.split('.'))}; sys.exit(not (3, 11) <= v <= (3, 13))"
    path = folder / name
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}"\n')
    path.chmod(0o755)


def test_too_old_a_python_gets_one_clear_line(tmp_path):
    fake_python(tmp_path, "python3", "3.9")
    found = find_python(tmp_path)
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.count("\n") == 1
    assert "Python 3.11" in found.stderr


def test_no_python_at_all_too(tmp_path):
    assert "Python 3.11" in find_python(tmp_path).stderr


def test_a_newer_one_beside_it_is_found(tmp_path):
    fake_python(tmp_path, "python3", "3.9")
    fake_python(tmp_path, "python3.12", "3.12")
    assert find_python(tmp_path).stdout == f"{tmp_path}/python3.12\n"


def test_the_one_named_goes_first(tmp_path):
    fake_python(tmp_path, "python3.13", "3.13")
    fake_python(tmp_path, "mine", "3.11")
    assert find_python(tmp_path, PYTHON=str(tmp_path / "mine")).stdout == f"{tmp_path}/mine\n"


def test_a_missing_venv_module_names_the_package(launcher, monkeypatch, capsys):
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)
    monkeypatch.setattr(launcher.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        launcher.make_venv()
    said = capsys.readouterr().err
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv" in said
    assert said.count("\n") == 1


def test_a_half_made_environment_is_made_again(launcher):
    assert not launcher.venv_is_whole()
    launcher.BIN.mkdir(parents=True)
    launcher.PYTHON.symlink_to("/nowhere/python")  # the Python it was made with is gone
    assert not launcher.venv_is_whole()
    launcher.PYTHON.unlink()
    launcher.PYTHON.write_text("#!/bin/sh\nexit 1\n")  # interrupted before pip was there
    launcher.PYTHON.chmod(0o755)
    assert not launcher.venv_is_whole()
    (launcher.VENV / launcher.MADE).touch()
    assert launcher.venv_is_whole()


def test_a_taken_port_gets_one_clear_line(launcher, monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not launcher.port_is_free(port)
    assert launcher.port_is_free(port)


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1", "80 81"])
def test_a_port_that_is_none_gets_one_clear_line(launcher, monkeypatch, capsys, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit):
        launcher.server_env()
    assert "PORT must be a number" in capsys.readouterr().err


def test_the_data_folder_is_meant_from_where_the_person_stands(launcher, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LMS_DATA_DIR", "mine")
    assert launcher.server_env()["LMS_DATA_DIR"] == str(tmp_path / "mine")


def test_scripts_can_be_run_from_anywhere():
    for path in (ROOT / "script").iterdir():
        if path.is_file() and path.suffix == "":
            assert os.access(path, os.X_OK), f"{path.name} is not executable"
            assert path.read_text().startswith("#!/usr/bin/env bash\n")
