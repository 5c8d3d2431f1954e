"""The log held against itself and against the register: everything is computed again from the rows."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature

from lms.lib.hashing import data_hash

from ..credential.proof import public_key
from ..models import Cosignature, HeadStamp, LogLeaf, LogNode, LogTree, PdfSigner, PdfSignerList, TreeHead
from ..pdf_signers import signers_text
from . import merkle
from .entries import entry_text
from .tree import Entry, missing, signed_text_of, text_of

CLOCKS = timedelta(minutes=5)  # so far the authority's clock and ours may be apart
ENTERING = timedelta(hours=1)  # so long after it begins to sign a signer of PDFs may be entered: a job makes it on its way


def problems() -> Iterator[str]:
    """Yield what is wrong, in words. Nothing when all is well. Reads every row of the log."""
    heads = list(TreeHead.objects.select_related("key"))
    wanted = {head.size for head in heads}
    nodes: dict[merkle.Node, bytes] = {}
    roots = {0: merkle.EMPTY_ROOT.hex()}
    size = 0
    for leaf in LogLeaf.objects.select_related("credential", "change", "did_version", "signer_list").iterator(chunk_size=1000):
        if leaf.index != size:
            yield f"entry {size} is missing: {leaf.index} follows {size - 1}"
        yield from _leaf_problems(leaf)
        hashed = merkle.leaf_hash(leaf.data.encode())
        nodes.update(merkle.added_nodes(size, hashed, nodes.__getitem__))
        size += 1
        if size in wanted:
            roots[size] = merkle.range_root(0, size, nodes.__getitem__).hex()
    yield from _node_problems(nodes)
    tree = LogTree.objects.first()
    if (tree.size if tree else 0) != size:
        yield f"the log counts {tree.size if tree else 0} entries and has {size}"
    yield from _head_problems(heads, roots)
    yield from _stamp_problems()
    for cosignature in Cosignature.objects.select_related("head__key", "witness"):
        if not cosignature.is_good:
            yield f"cosignature of head {cosignature.head_id} by {cosignature.witness.code}: the signature does not fit"
    yield from _signer_problems()
    for entry in missing():
        yield f"not in the log: {entry.kind} of {entry.sha256}"


def _leaf_problems(leaf: LogLeaf) -> Iterator[str]:
    entry = Entry(leaf.credential, leaf.change, leaf.document)
    issued, kind = leaf.credential, entry.kind
    text = leaf.document.text if issued is None else issued.credential
    if data_hash(text.encode()) != leaf.sha256:
        what = "document is not the one that was published" if issued is None else "credential is not the one that was issued"
        yield f"entry {leaf.index}: the {what}"
    text = entry_text(leaf.index, kind, leaf.sha256, happened_at=entry.happened_at, logged_at=leaf.logged_at)
    if text != leaf.data:
        yield f"entry {leaf.index}: the log says {leaf.data}, the register {text}"
    if leaf.kind != kind or (leaf.change is not None and leaf.change.certificate_id != issued.certificate_id):
        yield f"entry {leaf.index}: kind or certificate do not fit"
    if merkle.leaf_hash(leaf.data.encode()).hex() != leaf.leaf_hash:
        yield f"entry {leaf.index}: its hash is another"


def _signer_problems() -> Iterator[str]:
    """The list of what signs PDFs held against its versions: nobody was added, dated back, taken out or changed without a word.

    What stood in the first version was taken over as it was, so the date of those is not judged.
    """
    versions = list(PdfSignerList.objects.select_related("log_leaf"))
    if not versions and PdfSigner.objects.exists():
        yield "not in the log: the list of signers of PDFs"
    if versions and versions[-1].text != signers_text():
        yield f"the list of signers of PDFs is another than the one that was published last, version {versions[-1].number}"
    known: dict[str, dict] = {}
    for version in versions:
        rows = {row["fingerprint"]: row for row in json.loads(version.text)["signers"]}
        entered = version.log_leaf.logged_at if hasattr(version, "log_leaf") else version.published_at
        name = f"signers of PDFs, version {version.number}"
        for fingerprint in known.keys() - rows.keys():
            yield f"{name}: {fingerprint} was taken out"
        for fingerprint, row in rows.items():
            before, since = known.get(fingerprint), row["signs_from"]
            if before is None and known and datetime.fromisoformat(since) < entered - ENTERING:
                yield f"{name}: {fingerprint} says that it signs from {since}, but was entered at {entered.isoformat()}"
            if before is not None and before != row | ({} if before["withdrawn_as_of"] else {"withdrawn_as_of": None}):
                yield f"{name}: {fingerprint} was changed"
        known = rows


def _node_problems(nodes: dict[merkle.Node, bytes]) -> Iterator[str]:
    left = dict(nodes)
    for level, index, value in LogNode.objects.values_list("level", "index", "hash").iterator():
        expected = left.pop((level, index), None)
        if expected is None:
            yield f"subtree {level}/{index} has no business here"
        elif expected.hex() != value:
            yield f"subtree {level}/{index}: its hash is another"
    for level, index in left:
        yield f"subtree {level}/{index} is missing"


def _head_problems(heads: list[TreeHead], roots: dict[int, str]) -> Iterator[str]:
    before: TreeHead | None = None
    for head in heads:
        name = f"head {head.pk} (size {head.size})"
        if head.size not in roots:
            yield f"{name}: signed over more entries than there are"
        elif roots[head.size] != head.root:
            yield f"{name}: the entries give another root"
        if before is not None and (head.size < before.size or head.signed_at < before.signed_at):
            yield f"{name}: the log was larger or later before"
        before = head
        try:
            public_key(head.key.public_multibase).verify(bytes.fromhex(head.signature), text_of(head).encode())
        except (InvalidSignature, ValueError):
            yield f"{name}: the signature is not the key's"


def _stamp_problems() -> Iterator[str]:
    stamps = HeadStamp.objects.select_related("head__key")
    if not stamps.exists():
        return
    from .stamping import BadStamp, read_stamp  # pyHanko takes a second or two to import

    for stamp in stamps.iterator():
        name = f"time stamp of head {stamp.head_id} (size {stamp.head.size})"
        try:
            read = read_stamp(bytes(stamp.response), signed_text_of(stamp.head).encode())
        except BadStamp as error:
            yield f"{name}: {error}"
            continue
        if (read.stamped_at, read.authority) != (stamp.stamped_at, stamp.authority):
            yield f"{name}: the row says another time or authority than the token"
        if stamp.stamped_at < stamp.head.signed_at - CLOCKS:
            yield f"{name}: stamped at {stamp.stamped_at:%Y-%m-%d %H:%M:%S}, before the head was signed"
