"""The node's own file of erasures: whole after a crash, and not to be shortened or altered unnoticed."""

import json
import stat

import pytest

from proxy.errors import StoreFailed
from proxy.store.port import Erasure
from proxy.upkeep import Journal


def erasure(number):
    return Erasure("uni", f"sv1abcd{number:033d}", f"{number:032x}", number)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "erasures.journal"


@pytest.fixture
def journal(path):
    return Journal(path)


def test_what_is_written_is_read_in_order_and_never_twice(journal):
    assert journal.read() == []
    assert journal.append([erasure(2), erasure(1)]) == 2
    assert journal.append([erasure(1), erasure(3)]) == 1
    assert journal.append([]) == 0
    assert journal.read() == [erasure(2), erasure(1), erasure(3)]


def test_it_is_readable_by_its_owner_only(journal, path):
    journal.append([erasure(1)])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_a_crash_cut_off_is_left_out_and_written_again(journal, path):
    journal.append([erasure(1), erasure(2)])
    whole = path.read_bytes()
    for end in range(whole.index(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:end])
        assert Journal(path).read() == [erasure(1)]
    journal.append([erasure(2)])
    assert path.read_bytes() == whole


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_line_that_is_gone_is_noticed_unless_it_was_the_last(journal, path, number):
    journal.append([erasure(1), erasure(2), erasure(3)])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
    if number == 2:
        assert len(journal.read()) == 2
        return
    with pytest.raises(StoreFailed, match="journal-altered"):
        journal.read()
    with pytest.raises(StoreFailed, match="journal-altered"):
        journal.append([erasure(9)])


def test_every_letter_counts(journal, path):
    journal.append([erasure(1), erasure(2)])
    whole = bytearray(path.read_bytes())
    for at in range(len(whole) - 1):
        altered = whole.copy()
        altered[at] ^= 1
        path.write_bytes(altered)
        with pytest.raises(StoreFailed, match="journal-altered"):
            journal.read()


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{}\n", b'{"chain": 3}\n', b"\xff\xfe\n", b"null\n"])
def test_what_is_no_entry_is_refused(journal, path, line):
    path.write_bytes(line)
    with pytest.raises(StoreFailed, match="journal-altered"):
        journal.read()


def test_it_names_nobody(journal, path):
    journal.append([erasure(1)])
    assert set(json.loads(path.read_text())) == {"at", "chain", "person", "pseudonym", "tenant"}


def test_where_it_cannot_be_written_that_is_said(tmp_path):
    with pytest.raises(StoreFailed, match="journal-not-written"):
        Journal(tmp_path / "nowhere" / "journal").append([erasure(1)])
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreFailed, match="journal-unreadable"):
        Journal(tmp_path / "folder").read()
