"""The virus scanner that the settings name (`LMS_ANTIVIRUS`), asked for one file at a time: clamd's INSTREAM, or a command.

It says clean, infected with the name of what it found, or that it could not be asked; "" where none is set up.
"""

import shlex
import socket
import struct
import subprocess
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings

OFF, CLEAN, INFECTED, WAITING = "", "clean", "infected", "waiting"
CHUNK, SECONDS = 256 * 1024, 30
log = structlog.get_logger("lms.antivirus")


@dataclass(frozen=True)
class Scan:
    state: str
    signature: str = ""


def scan(file: Any) -> Scan:
    """Return what the scanner says of an open file, read from its beginning. Never raises: what can't be asked is WAITING."""
    if not settings.ANTIVIRUS:
        return Scan(OFF)
    file.seek(0)
    try:
        if settings.ANTIVIRUS.startswith("command:"):
            return _command(settings.ANTIVIRUS.removeprefix("command:"), file)
        return _clamd(urlsplit(settings.ANTIVIRUS), file)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.error("virus scanner can't be asked", error=type(error).__name__)
        return Scan(WAITING)


def _clamd(address: Any, file: Any) -> Scan:
    """clamd(8): zINSTREAM\\0, then chunks with their length, then a length of zero; one line comes back."""
    if address.scheme != "clamd":
        raise ValueError(address.scheme)
    with _connect(address) as connection:
        connection.settimeout(SECONDS)
        connection.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
        said = b""
        while not said.endswith(b"\0") and (more := connection.recv(4096)):
            said += more
    line = said.rstrip(b"\0\n").decode("utf-8", "replace").strip()
    if line.endswith(" FOUND"):
        return Scan(INFECTED, line.removeprefix("stream:").removesuffix("FOUND").strip()[:100])
    if line.endswith("OK"):
        return Scan(CLEAN)
    raise ValueError("no verdict")  # an error, or larger than it takes


def _connect(address: Any) -> socket.socket:
    if address.hostname:
        return socket.create_connection((address.hostname, address.port or 3310), timeout=SECONDS)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(SECONDS)
    connection.connect(address.path)
    return connection


def _command(command: str, file: Any) -> Scan:
    """Ends with 0: clean; 1: infected, its output says by what; anything else is no verdict."""
    data = file.read()
    done = subprocess.run(shlex.split(command), input=data, capture_output=True, timeout=SECONDS * 4, check=False)
    if done.returncode == 0:
        return Scan(CLEAN)
    if done.returncode != 1:
        raise ValueError("no verdict")
    lines = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.endswith("FOUND")]
    name = lines[0].removesuffix("FOUND").rpartition(": ")[2].strip() if lines else "?"
    return Scan(INFECTED, name[:100])
