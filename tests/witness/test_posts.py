"""Checkpoints in a file and on their way to a syslog."""

import asyncio
import json
import os
import re
import socket

import pytest

from proxy.audit.post_file import FilePost
from proxy.audit.post_syslog import Syslog, SyslogPost
from proxy.errors import PostFailed
from proxy.tlog.note import parse_note
from tests.witness.kit import NOW, ORIGIN, OTHER, Tree

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


SHAPE = re.compile(rb"<109>1 2026-09-21T14:13:20\.000Z [!-~]+ scormveil (\d+) checkpoint - (\{.*\})", re.DOTALL)


def note_of(message):
    """The note in a syslog message; everything before it is checked by RFC 5424's grammar."""
    found = SHAPE.fullmatch(message)
    assert found, message
    assert int(found[1]) == os.getpid()
    assert message.isascii()
    assert b"\n" not in message
    return json.loads(found[2])["note"]


@pytest.mark.parametrize("kind", ["udp", "unix"])
async def test_a_datagram_for_each_checkpoint(tmp_path, kind):
    with socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(str(tmp_path / "log") if kind == "unix" else ("127.0.0.1", 0))
        collector.setblocking(False)
        address = f"unix:{tmp_path}/log" if kind == "unix" else f"udp://127.0.0.1:{collector.getsockname()[1]}"
        post = SyslogPost(Syslog(address, lambda: NOW))
        assert await post.deliver(TREE.note(7), TREE.since(7)) == TREE.note(7)
        message = await asyncio.get_running_loop().sock_recv(collector, 65_536)
    assert note_of(message) == TREE.note(7)


async def test_over_tcp_each_message_is_counted():
    received = asyncio.get_running_loop().create_future()

    async def collect(reader, writer):
        length = int(await reader.readuntil(b" "))
        received.set_result((await reader.readexactly(length), await reader.read()))
        writer.close()

    server = await asyncio.start_server(collect, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await SyslogPost(Syslog(f"tcp://127.0.0.1:{port}", lambda: NOW)).deliver(TREE.note(7), TREE.since(7))
        message, rest = await received
    assert note_of(message) == TREE.note(7)
    assert rest == b""


async def test_a_collector_that_is_not_there(tmp_path):
    for address in (f"unix:{tmp_path}/none", "tcp://127.0.0.1:1", "tls://127.0.0.1:1"):
        assert (
            await refusal(SyslogPost(Syslog(address, lambda: NOW)), TREE.note(7), TREE.since(7)) == "syslog-unreachable"
        )


@pytest.mark.parametrize("address", ["", "udp", "udp://", "http://x", "unix:", "x.example:514", "udp://x:port"])
def test_what_is_no_address_of_a_syslog(address):
    with pytest.raises(ValueError):
        Syslog(address, lambda: NOW)
