"""The tree of RFC 6962: its published vectors, every proof of small trees, and what must not pass for a proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    consistent,
    included,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
    split,
)

# The inputs and roots of certificate-transparency's reference tests (merkletree/merkle_tree_test.cc), RFC 6962.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [leaf_hash(bytes.fromhex(one)) for one in INPUTS]


def by_definition(leaves):
    """MTH of RFC 6962, section 2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    at = split(len(leaves))
    return node_hash(by_definition(leaves[:at]), by_definition(leaves[at:]))


def subtree_of(leaves):
    return lambda start, end: by_definition(leaves[start:end])


def some(count):
    return [leaf_hash(bytes((number,))) for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_has_the_published_roots(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_has_the_published_root_of_nothing():
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_has_the_published_proofs():
    path = inclusion_path(5, 8, subtree_of(LEAVES))
    assert [one.hex()[:16] for one in path] == ["bc1a0643b12e4d2d", "ca854ea128ed050b", "d37ee418976dd957"]
    path = consistency_path(6, 8, subtree_of(LEAVES))
    assert [one.hex()[:16] for one in path] == ["0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957"]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 13, 16, 21, 33])
def test_every_leaf_of_a_tree_is_proved_and_no_other(size):
    leaves = some(size)
    root = by_definition(leaves)
    assert root_of(leaves) == root
    for index, leaf in enumerate(leaves):
        path = inclusion_path(index, size, subtree_of(leaves))
        assert included(leaf, index, size, path, root)
        assert not included(leaf_hash(b"other"), index, size, path, root)
        assert not included(leaf, index, size, [*path, root], root)
        assert not included(leaf, index, size, path, leaf_hash(b"other"))
        assert not any(included(leaf, other, size, path, root) for other in range(-1, size + 2) if other != index)
        for at in range(len(path)):
            assert not included(leaf, index, size, path[:at] + path[at + 1 :], root)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 13, 16, 21])
def test_every_beginning_of_a_tree_is_proved_and_no_other(size):
    leaves = some(size)
    root = by_definition(leaves)
    for old in range(size + 1):
        path = consistency_path(old, size, subtree_of(leaves))
        before = root_of(leaves[:old])
        assert consistent(old, before, size, root, path)
        assert not consistent(old, leaf_hash(b"other"), size, root, path)
        assert not consistent(old, before, size, root, [*path, root])
        if path:
            assert not consistent(old, before, size, leaf_hash(b"other"), path)
            assert not consistent(old, before, size, root, path[1:])
            assert not consistent(old, before, size, root, [])


@given(st.integers(0, 300))
def test_a_tree_goes_on_from_its_packed_frontier(size):
    tree = Frontier()
    for leaf in [leaf_hash(number.to_bytes(2, "big")) for number in range(size)]:
        tree.append(leaf)
    other = Frontier.unpack(size, tree.packed)
    other.append(LEAVES[0])
    mine = tree.copy()
    mine.append(LEAVES[0])
    assert (other.size, other.root()) == (size + 1, mine.root())
    assert tree.size == size


def test_what_is_no_frontier_is_refused():
    for size, packed in ((1, b""), (0, LEAVES[0]), (3, LEAVES[0]), (-1, b""), (1, LEAVES[0][:31]), (2, LEAVES[0] * 2)):
        with pytest.raises(ValueError, match="frontier"):
            Frontier.unpack(size, packed)


def test_nothing_is_proved_of_what_is_not_there():
    with pytest.raises(ValueError, match="leaf"):
        inclusion_path(3, 3, subtree_of(LEAVES))
    with pytest.raises(ValueError, match="shrink"):
        consistency_path(4, 3, subtree_of(LEAVES))
    assert not consistent(4, LEAVES[0], 3, LEAVES[0], [])
