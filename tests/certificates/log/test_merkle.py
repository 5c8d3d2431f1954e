"""RFC 6962/9162 trees: the known vectors of the certificate-transparency project, and properties over all small trees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.log import merkle

# github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc: eight leaves and the roots over the first n.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_0_IN_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
HASHES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


def roots_of(leaves, ranges):
    nodes = merkle.all_nodes(leaves)
    return [merkle.range_root(start, end, nodes.__getitem__) for start, end in ranges]


def inclusion(leaves, index, size):
    return roots_of(leaves, merkle.inclusion_ranges(index, size))


def consistency(leaves, first, second):
    return roots_of(leaves, merkle.consistency_ranges(first, second))


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size):
    assert merkle.root(HASHES[:size]).hex() == ROOTS[size]


def test_known_path():
    assert [step.hex() for step in inclusion(HASHES, 0, 8)] == PATH_OF_0_IN_8


def test_the_proofs_of_the_rfc_s_example_tree():
    """RFC 9162, 2.1.5: seven leaves; the proofs named there, as ranges."""
    assert merkle.inclusion_ranges(0, 7) == [(1, 2), (2, 4), (4, 7)]
    assert merkle.inclusion_ranges(3, 7) == [(2, 3), (0, 2), (4, 7)]
    assert merkle.inclusion_ranges(4, 7) == [(5, 6), (6, 7), (0, 4)]
    assert merkle.inclusion_ranges(6, 7) == [(4, 6), (0, 4)]
    assert merkle.consistency_ranges(3, 7) == [(2, 3), (3, 4), (0, 2), (4, 7)]
    assert merkle.consistency_ranges(4, 7) == [(4, 7)]
    assert merkle.consistency_ranges(6, 7) == [(4, 6), (6, 7), (0, 4)]


def recursive_root(leaves):
    """MTH exactly as the RFC writes it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(recursive_root(leaves[:k]), recursive_root(leaves[k:]))


sizes = st.integers(1, 70)


def some_leaves(size):
    return [merkle.leaf_hash(str(number).encode()) for number in range(size)]


@given(sizes, st.data())
def test_inclusion(size, data):
    leaves = some_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion(leaves, index, size), recursive_root(leaves)
    assert root == merkle.root(leaves)
    assert merkle.check_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(-1, size))
    if other != index:
        assert not merkle.check_inclusion(leaves[index], other, size, proof, root)
    assert not merkle.check_inclusion(merkle.leaf_hash(b"x"), index, size, proof, root)
    assert not merkle.check_inclusion(leaves[index], index, size, [*proof, root], root)
    if proof:
        assert not merkle.check_inclusion(leaves[index], index, size, proof[:-1], root)
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not merkle.check_inclusion(
            leaves[index], index, size, [*proof[:place], merkle.EMPTY_ROOT, *proof[place + 1 :]], root
        )


@given(sizes, st.data())
def test_consistency(second, data):
    leaves = some_leaves(second)
    first = data.draw(st.integers(1, second))
    proof = consistency(leaves, first, second)
    old, new = recursive_root(leaves[:first]), recursive_root(leaves)
    assert merkle.check_consistency(first, second, old, new, proof)
    changed = [*leaves]
    changed[data.draw(st.integers(0, first - 1))] = merkle.leaf_hash(b"back-dated")
    forged = consistency(changed, first, second)
    assert not merkle.check_consistency(first, second, old, recursive_root(changed), forged)
    assert not merkle.check_consistency(first, second, old, new, [*proof, new])
    if proof:
        assert not merkle.check_consistency(first, second, old, new, proof[:-1])
        assert not merkle.check_consistency(first, second, merkle.EMPTY_ROOT, new, proof)


@given(st.integers(1, 10**9), st.data())
def test_a_proof_is_made_of_few_nodes(size, data):
    index = data.draw(st.integers(0, size - 1))
    for ranges in (merkle.inclusion_ranges(index, size), merkle.consistency_ranges(index + 1, size)):
        assert sum(len(merkle.complete_nodes(start, end)) for start, end in ranges) <= 2 * size.bit_length() + 1


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 2)])
def test_no_such_leaf(index, size):
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_ranges(index, size)
    assert not merkle.check_inclusion(b"", index, size, [], b"")


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_no_such_trees(first, second):
    with pytest.raises(ValueError, match="a proof leads"):
        merkle.consistency_ranges(first, second)
    assert not merkle.check_consistency(first, second, b"", b"", [])
