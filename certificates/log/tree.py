"""Appending to the log, signing its head, and proofs out of the stored subtrees."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Q

from ..credential.proof import timestamp
from ..keystore import active_key, signer_of
from ..models import (
    DidVersion,
    HeadStamp,
    IssuedCredential,
    LogLeaf,
    LogNode,
    LogTree,
    PdfSignerList,
    PublishedVersion,
    StatusChange,
    TreeHead,
)
from . import merkle
from .entries import entry_text, head_text, signed_head_text

BATCH = 500


@dataclass(frozen=True)
class Entry:
    """What there is to log: the issue of a credential, a status change of its certificate, or a published document."""

    credential: IssuedCredential | None
    change: StatusChange | None = None
    document: PublishedVersion | None = None

    @property
    def happened_at(self) -> datetime:
        if self.document:
            return self.document.published_at
        return self.change.changed_at if self.change else self.credential.signed_at

    @property
    def kind(self) -> str:
        if self.document:
            return self.document.log_kind
        return self.change.kind if self.change else LogLeaf.Kind.ISSUED

    @property
    def sha256(self) -> str:
        return self.document.sha256 if self.document else self.credential.credential_sha256


def missing(certificates: list[int] | None = None) -> list[Entry]:
    """Return what is not in the log yet, in the order in which it happened. Changes before the first signing wait."""
    credentials = IssuedCredential.objects.exclude(pk__in=LogLeaf.objects.filter(kind=LogLeaf.Kind.ISSUED).values("credential"))
    changes = StatusChange.objects.filter(log_leaf=None, certificate__credentials__isnull=False).distinct()
    if certificates is not None:
        credentials = credentials.filter(certificate__in=certificates)
        changes = changes.filter(certificate__in=certificates)
    documents = [*DidVersion.objects.filter(log_leaf=None), *PdfSignerList.objects.filter(log_leaf=None)]
    found = [Entry(None, document=version) for version in documents]
    found += [Entry(credential) for credential in credentials]
    changed = list(changes)
    copies: dict[int, list[IssuedCredential]] = {}
    rows = IssuedCredential.objects.filter(certificate__in={change.certificate_id for change in changed})
    for copy in rows.select_related("refusal").order_by("number"):
        copies.setdefault(copy.certificate_id, []).append(copy)
    found += [Entry(_copy_of(change, copies[change.certificate_id]), change) for change in changed]
    # What happened at one moment: the issue first. A change made before the signing follows the issue it waited for.
    return sorted(found, key=_order)


def _copy_of(change: StatusChange, copies: list[IssuedCredential]) -> IssuedCredential:
    """The copy that a change is about: the last it had refused, else the last signed before it, else the first."""
    refused = [copy for copy in copies if hasattr(copy, "refusal") and copy.refusal.change_id == change.pk]
    before = [copy for copy in copies if copy.signed_at <= change.changed_at]
    return (refused or before or copies[:1])[-1]


def _order(entry: Entry) -> tuple:
    if entry.document:
        return entry.happened_at, 0, entry.document.pk
    since = max(entry.happened_at, entry.credential.signed_at)
    return since, 1 if entry.change is None else 2, entry.change.pk if entry.change else entry.credential.pk


def append_missing(*, at: datetime, certificates: list[int] | None = None) -> int:
    """Log what is not logged yet, of these certificates or of all, in the caller's transaction if there is one.

    Returns how many entries were made.
    """
    with transaction.atomic():
        tree = LogTree.hold()
        entries = missing(certificates)
        for start in range(0, len(entries), BATCH):
            _append(tree, entries[start : start + BATCH], at=at)
        return len(entries)


def _append(tree: LogTree, entries: Iterable[Entry], *, at: datetime) -> None:
    """Append under the lock. Two inserts and two further queries, however many."""
    known = stored_nodes(merkle.complete_nodes(0, tree.size))
    leaves, nodes = [], []
    for index, entry in enumerate(entries, start=tree.size):
        data = entry_text(index, entry.kind, entry.sha256, happened_at=entry.happened_at, logged_at=at)
        hashed = merkle.leaf_hash(data.encode())
        added = merkle.added_nodes(index, hashed, known.__getitem__)
        known.update(added)
        leaves.append(
            LogLeaf(index=index, kind=entry.kind, data=data, leaf_hash=hashed.hex(), credential=entry.credential,
                    change=entry.change, **_column(entry.document), logged_at=at)
        )  # fmt: skip
        nodes += [LogNode(level=level, index=place, hash=value.hex()) for (level, place), value in added]
    LogLeaf.objects.bulk_create(leaves)
    LogNode.objects.bulk_create(nodes)
    tree.size += len(leaves)
    tree.save(update_fields=["size"])


def _column(document: PublishedVersion | None) -> dict[str, PublishedVersion]:
    """Where an entry names the document it is of."""
    if document is None:
        return {}
    return {"did_version" if isinstance(document, DidVersion) else "signer_list": document}


def stored_nodes(wanted: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """Return the hashes of complete subtrees. One query."""
    by_level: dict[int, list[int]] = {}
    for level, index in wanted:
        by_level.setdefault(level, []).append(index)
    if not by_level:
        return {}
    condition = reduce(or_, (Q(level=level, index__in=indexes) for level, indexes in by_level.items()))
    rows = LogNode.objects.filter(condition).values_list("level", "index", "hash")
    return {(level, index): bytes.fromhex(value) for level, index, value in rows}


def _roots(ranges: list[merkle.Range]) -> list[str]:
    """Return the root over each range, hexadecimal. One query of about log n rows for the ranges of a proof."""
    nodes = stored_nodes(node for start, end in ranges for node in merkle.complete_nodes(start, end))
    return [merkle.range_root(start, end, nodes.__getitem__).hex() for start, end in ranges]


def root_at(size: int) -> str:
    return _roots([(0, size)])[0]


def inclusion_proof(index: int, size: int) -> list[str]:
    return _roots(merkle.inclusion_ranges(index, size))


def consistency_proof(first: int, second: int) -> list[str]:
    return _roots(merkle.consistency_ranges(first, second))


def sign_head(*, at: datetime) -> TreeHead:
    """Sign the log as it stands. Under the lock, so that heads follow each other in size and time."""
    with transaction.atomic():
        key = active_key(at=at)  # the very first is itself an entry
        tree = LogTree.hold()
        signed_at = at.replace(microsecond=0)
        root = root_at(tree.size)
        signer = signer_of(key)
        text = head_text(did=key.did, size=tree.size, root=root, time=timestamp(signed_at), key=signer.method)
        signature = signer.sign(text.encode()).hex()
        return TreeHead.objects.create(size=tree.size, root=root, signed_at=signed_at, key=key, signature=signature)


def head_json(head: TreeHead) -> dict[str, Any]:
    """Return a signed head as served: the fields of the signed text and the signature (hexadecimal)."""
    return {
        "log": head.key.did,
        "size": head.size,
        "root": head.root,
        "time": timestamp(head.signed_at),
        "key": str(head.key),
        "signature": head.signature,
    }


def text_of(head: TreeHead) -> str:
    """The six lines that the issuer signed."""
    return head_text(
        did=head.key.did, size=head.size, root=head.root, time=timestamp(head.signed_at), key=str(head.key)
    )


def signed_text_of(head: TreeHead) -> str:
    """What is stamped: the six lines and the signature."""
    return signed_head_text(text_of(head), head.signature)


def stamp_json(stamp: HeadStamp) -> dict[str, str]:
    """Return a time stamp as it lies in a proof: the response (DER, base64) is over the bytes of `text`."""
    return {
        "time": timestamp(stamp.stamped_at),
        "authority": stamp.authority,
        "text": signed_text_of(stamp.head),
        "response": base64.b64encode(stamp.response).decode(),
    }


def leaf_json(leaf: LogLeaf) -> dict[str, Any]:
    return {"index": leaf.index, "data": leaf.data, "hash": leaf.leaf_hash}


def cosignatures_json(head: TreeHead) -> list[dict[str, str]]:
    """Return who else signed this head. One query."""
    rows = head.cosignatures.select_related("witness").order_by("cosigned_at", "pk")
    return [
        {
            "witness": row.witness.code,
            "name": row.witness.name,
            "key": row.witness.public_multibase,
            "time": timestamp(row.cosigned_at),
            "signature": row.signature,
        }
        for row in rows
    ]


def proof_bundle(issued: IssuedCredential) -> dict[str, Any] | None:
    """Return what shows that a credential is in the log, or None until a signed head covers it. Four queries.

    With the time stamp and the witnesses' signatures of the head where it has them: a head is asked for that has.
    """
    leaf = issued.log_leaves.filter(change=None).first()
    head = TreeHead.best_for(leaf.index) if leaf else None
    if head is None:
        return None
    bundle = {
        "credential": issued.credential_sha256,
        "leaf": leaf_json(leaf),
        "inclusion": inclusion_proof(leaf.index, head.size),
        "head": head_json(head),
    }
    if stamp := head.stamp_or_none:
        bundle["timestamp"] = stamp_json(stamp)
    if cosignatures := cosignatures_json(head):
        bundle["cosignatures"] = cosignatures
    return bundle
