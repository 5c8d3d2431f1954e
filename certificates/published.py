"""What stays readable when the database doesn't answer: the issuer's keys, the signed status lists and the log's head, as files.

Written to the private storage by whoever changes them, and once more by the hourly job. A status list is signed and says
how long it is good; the keys are ours to keep. Reading tries the cache, the database, then the file.
"""

import json
import logging
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, InterfaceError

from .keystore import public_did_document
from .log import tree
from .models import StatusList, TreeHead
from .pdf_signers import signers_text

logger = logging.getLogger(__name__)

DATABASE_AWAY = (DatabaseError, InterfaceError)
SLOW_SECONDS, REST_SECONDS = 1, 15
KEYS_FILE, SIGNERS_FILE, HEAD_FILE = "did.json", "pdf-signers.json", "log-head.json"
KEYS_CACHE, KEYS_SECONDS = "certificates:keys", 60


Answer = TypeVar("Answer")


class _Rest:
    """Until when this process leaves the database alone."""

    until = 0.0


def ask(question: Callable[[], Answer]) -> Answer:
    """Put a question to the database. After one that failed only at the end of a long wait (a pool that finds no server waits
    for its time-out), the further ones of this process fail at once for some seconds, so that pages answer meanwhile."""
    started = time.monotonic()
    if started < _Rest.until:
        raise DatabaseError("left alone after it did not answer")
    try:
        return question()
    except DATABASE_AWAY:
        if time.monotonic() - started > SLOW_SECONDS:
            _Rest.until = time.monotonic() + REST_SECONDS
        raise


def keys() -> dict[str, Any] | None:
    """Return the DID document, at most a minute old while the database answers; None before the first key."""
    try:
        found = cache.get(KEYS_CACHE)
    except Exception:
        logger.warning("published keys: cache out of reach")
        found = None
    return found or keys_now()


def keys_now() -> dict[str, Any] | None:
    """Return the DID document as the database has it; when it doesn't answer, as it was last published."""
    try:
        found = ask(public_did_document)
    except DATABASE_AWAY:
        text = _read(KEYS_FILE)
        return json.loads(text) if text else None
    if found is not None:
        _remember(found)
    return found


def publish_keys() -> None:
    """Write the keys as the database has them. Whoever changes a key calls this, after the change is kept."""
    if (found := public_did_document()) is not None:
        _remember(found)
        _write(KEYS_FILE, json.dumps(found, ensure_ascii=False))


def pdf_signers() -> str:
    """Return the list of what signs PDFs as the database has it; when it doesn't answer, as it was last published. The text
    as it is hashed in the log; empty when there is no answer and none was published."""
    try:
        return ask(signers_text)
    except DATABASE_AWAY:
        return _read(SIGNERS_FILE)


def publish_pdf_signers() -> None:
    """Write that list as the database has it. Whoever changes it calls this, after the change is kept."""
    _write(SIGNERS_FILE, signers_text())


def _remember(found: dict[str, Any]) -> None:
    try:
        cache.set(KEYS_CACHE, found, KEYS_SECONDS)
    except Exception:
        logger.warning("published keys: cache out of reach")


def status_list_text(number: int) -> str:
    """Return the signed list, "" when there is none; from the file when the database doesn't answer."""
    try:
        found = ask(lambda: StatusList.objects.filter(number=number).values_list("credential", flat=True).first())
    except DATABASE_AWAY:
        found = _read(_list_file(number))
    return found or ""


def published_list(number: int) -> str:
    """Return the list as it was last published, without asking the database."""
    return _read(_list_file(number))


def publish_status_list(number: int, text: str) -> None:
    _write(_list_file(number), text)


def publish_all() -> None:
    """Write everything as the database has it."""
    publish_keys()
    publish_pdf_signers()
    if (head := TreeHead.latest()) is not None:
        _write(HEAD_FILE, json.dumps(tree.head_json(head)))
    for number, text in StatusList.objects.exclude(credential="").values_list("number", "credential"):
        publish_status_list(number, text)


def published_head() -> dict[str, Any] | None:
    """Return the log's signed head as it was last published, without asking the database."""
    text = _read(HEAD_FILE)
    return json.loads(text) if text else None


def _list_file(number: int) -> str:
    return f"status-{number}.json"


def _read(name: str) -> str:
    try:
        with storages["private"].open(f"published/{name}") as file:
            return file.read().decode()
    except FileNotFoundError:
        return ""
    except Exception:
        logger.warning("published file out of reach", extra={"file": name})
        return ""


def _write(name: str, text: str) -> None:
    """Put the whole file there at once: nobody reads half of it. A storage that fails is logged, for the row is what counts."""
    storage, where = storages["private"], f"published/{name}"
    try:
        try:
            path = Path(storage.path(where))
        except NotImplementedError:  # an object store replaces objects whole
            storage.delete(where)
            storage.save(where, ContentFile(text.encode()))
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
        draft.write_text(text, "utf-8")
        os.replace(draft, path)
    except Exception:
        logger.exception("published file can't be written", extra={"file": name})
