"""Content hashes: SHA-256 over the JSON Canonicalization Scheme (RFC 8785), written `sha256:<hex>`."""

import hashlib
from typing import Any, BinaryIO

import rfc8785


def content_hash(value: Any) -> str:
    """Return the hash of a JSON-shaped value; equal values give equal hashes whatever the order of their keys."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def data_hash(data: bytes) -> str:
    """Return the hash of bytes as they are."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def file_hash(stream: BinaryIO) -> str:
    """Return the hash of a file's bytes, read from its start; the position is put back to the start."""
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return "sha256:" + digest
