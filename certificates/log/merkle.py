"""Merkle trees as in RFC 9162, section 2.1, with SHA-256: roots, inclusion and consistency proofs, and the checks of both.

Plain bytes in, plain bytes out. Where hashes are kept is not known here: proofs are first named as ranges of leaves, a
range as the complete subtrees (level, index) it is made of, and those are looked up by whoever has them.
"""

import hashlib
from collections.abc import Callable, Sequence

Range = tuple[int, int]  # leaves from start up to, not including, end
Node = tuple[int, int]  # (level, index): the complete subtree over the leaves index·2^level … (index+1)·2^level − 1

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two smaller than size (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose roots prove that leaf `index` is in the tree of that size, from the leaf upwards (PATH)."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of that size")
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Return the ranges whose roots prove that the tree of size `first` is the beginning of that of `second` (PROOF)."""
    if not 0 < first <= second:
        raise ValueError("a proof leads from a tree with leaves to one that is not smaller")
    found, start, end = [], 0, second
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:
        found.append((start, end))
    return found[::-1]


def complete_nodes(start: int, end: int) -> list[Node]:
    """Return the complete subtrees that a range is made of, from left to right, each as large as it can be.

    The start is that of a subtree, as in every range of a proof, and 0 for a whole tree.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def range_root(start: int, end: int, hash_of: Callable[[Node], bytes]) -> bytes:
    """Return the root over a range, made of its complete subtrees."""
    hashes = [hash_of(node) for node in complete_nodes(start, end)]
    if not hashes:
        return EMPTY_ROOT
    root = hashes.pop()
    while hashes:
        root = node_hash(hashes.pop(), root)
    return root


def added_nodes(index: int, leaf: bytes, hash_of: Callable[[Node], bytes]) -> list[tuple[Node, bytes]]:
    """Return the complete subtrees that a new leaf at that index completes, with their hashes: itself and upwards."""
    found, level = [((0, index), leaf)], 0
    while index & 1:
        leaf = node_hash(hash_of((level, index - 1)), leaf)
        level, index = level + 1, index >> 1
        found.append(((level, index), leaf))
    return found


def all_nodes(leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """Return every complete subtree of a tree of those leaf hashes."""
    nodes: dict[Node, bytes] = {}
    for index, leaf in enumerate(leaves):
        nodes.update(added_nodes(index, leaf, nodes.__getitem__))
    return nodes


def root(leaves: Sequence[bytes]) -> bytes:
    return range_root(0, len(leaves), all_nodes(leaves).__getitem__)


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Say whether the proof shows that leaf at that index in the tree of that size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root_hash


def check_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the proof shows the first tree to be the beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
