"""Checkpoints in files of another place: appended, never altered, and no other past taken."""

import asyncio

import pytest

from proxy.audit.post_file import FilePost
from proxy.errors import PostFailed
from proxy.tlog.note import NoteSigner, parse_note
from tests.witness.kit import ORIGIN, OTHER, Tree

TREE = Tree(30)


async def refusal(post, note, consistency):
    with pytest.raises(PostFailed) as refused:
        await post.deliver(note, consistency)
    return refused.value.reason


def read(post, log=ORIGIN):
    return [str(one) for one in post.all(log)], post.last(log)


async def test_the_file_has_every_note_as_it_was_in_order(tmp_path):
    post = FilePost(tmp_path)
    assert await asyncio.to_thread(read, post) == ([], None)
    notes = [TREE.note(size) for size in (0, 7, 20, 30)]
    for size, note in zip((0, 7, 20, 30), notes, strict=True):
        assert await post.deliver(note, TREE.since(size)) == note
    found, last = await asyncio.to_thread(read, FilePost(tmp_path))
    assert found == notes
    assert str(last) == notes[-1]


async def test_the_same_note_is_there_once_and_with_more_signatures_again(tmp_path):
    post = FilePost(tmp_path)
    for note in (TREE.note(7), TREE.note(7), TREE.note(7, (TREE.signer, OTHER))):
        await post.deliver(note, TREE.since(7))
    found, last = await asyncio.to_thread(read, post)
    assert len(found) == 2
    assert last.signed_by(OTHER.key)


async def test_the_file_takes_no_other_past(tmp_path):
    post, forked = FilePost(tmp_path), Tree(30, bent=(2,))
    await post.deliver(TREE.note(7), TREE.since(7))
    assert await refusal(post, TREE.note(6), TREE.since(6)) == "file-ahead"
    assert await refusal(post, forked.note(7), forked.since(7)) == "file-forked"
    assert await refusal(post, forked.note(30), forked.since()) == "file-forked"
    await post.deliver(TREE.note(30), TREE.since())
    assert len((await asyncio.to_thread(read, post))[0]) == 2


@pytest.mark.parametrize("left", [1, 10, 25, 70, 80, 100, 150])
async def test_what_a_crash_left_of_a_note_does_no_harm(tmp_path, left):
    post = FilePost(tmp_path)
    await post.deliver(TREE.note(7), TREE.since(7))
    torn = f"\n\n{TREE.note(9)}".encode()[: left + 2]

    def tear():
        with post.path(ORIGIN).open("ab") as file:
            file.write(torn)

    await asyncio.to_thread(tear)
    await post.deliver(TREE.note(20), TREE.since(20))
    found, last = await asyncio.to_thread(read, post)
    assert str(last) == TREE.note(20)
    assert [one for one in found if parse_note(one).signed_by(TREE.signer.key)] == [TREE.note(7), TREE.note(20)]


async def test_a_folder_that_is_not_there_is_noticed(tmp_path):
    assert await refusal(FilePost(tmp_path / "mount"), TREE.note(7), TREE.since(7)) == "file-not-written"
    post = FilePost(tmp_path)
    await asyncio.to_thread(post.path(ORIGIN).mkdir)
    assert await refusal(post, TREE.note(7), TREE.since(7)) == "file-unreadable"
    with pytest.raises(PostFailed, match="file-unreadable"):
        await asyncio.to_thread(post.all, ORIGIN)


def test_no_log_leads_out_of_the_folder_and_no_two_share_a_file(tmp_path):
    names = ["a/b", "a_b", "a%5Fb", "../../etc/passwd", "..", "/", "a b", "李小龙", "a%2Fb"]
    paths = [FilePost(tmp_path).path(name) for name in names]
    assert len(set(paths)) == len(names)
    assert {path.parent for path in paths} == {tmp_path}


async def test_the_logs_of_a_mapping_are_found_by_their_files(tmp_path):
    post = FilePost(tmp_path)
    trees = [Tree(3, signer=NoteSigner(f"scormveil/{name}", bytes(32))) for name in ("a_b/1-x", "aaaa/0-y", "a_b/0-z")]
    for tree in trees:
        await post.deliver(tree.note(), tree.since())
    assert await asyncio.to_thread(post.origins, "scormveil/a_b/") == ["scormveil/a_b/0-z", "scormveil/a_b/1-x"]
    assert await asyncio.to_thread(post.origins, "scormveil/none/") == []
