"""The texts that the log hashes and signs. Other people's software makes them too: they don't change (docs/credentials.md)."""

from datetime import datetime

import rfc8785

from ..credential.proof import timestamp

OF_DOCUMENTS = ("did", "pdf_signers")
HEAD_TITLE = "transparency-log-head/v1"
COSIGNATURE_TITLE = "transparency-log-cosignature/v1"


def entry_text(index: int, kind: str, sha256: str, *, happened_at: datetime, logged_at: datetime) -> str:
    """Return an entry: canonical JSON without a person, a number or a reason. The hash is a credential's, or that of a
    document we published: the DID document (kind "did"), the list of signers of PDFs ("pdf_signers").

    Its index is part of it, so that no two entries are the same, whatever happens twice within a second. The credential's
    hash tells nothing to those who don't have the file: it has random bits in it (its id, a salt).
    """
    entry = {
        "index": index,
        "kind": kind,
        "document" if kind in OF_DOCUMENTS else "credential": sha256,
        "at": timestamp(happened_at),
        "logged": timestamp(logged_at),
    }
    return rfc8785.dumps(entry).decode()


def head_text(*, did: str, size: int, root: str, time: str, key: str) -> str:
    """Return what is signed: six lines, each with its newline. Longer than the 64 bytes a credential's proof signs, so
    that no signature can stand for both."""
    return f"{HEAD_TITLE}\n{did}\n{size}\n{root}\n{time}\n{key}\n"


def cosigned_text(*, witness: str, time: str, head: str) -> str:
    """Return what a witness signs: a title, who and when, and the six lines of the head. No other text of ours begins so."""
    return f"{COSIGNATURE_TITLE}\n{witness}\n{time}\n{head}"


def signed_head_text(text: str, signature: str) -> str:
    """Return what a third party puts its time to: the six lines of a head and, as the seventh, the signature under them."""
    return f"{text}{signature}\n"
