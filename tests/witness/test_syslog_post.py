"""Checkpoints on their way to a syslog."""

import asyncio
import json
import os
import re
import socket

import pytest

from proxy.audit.post_syslog import Syslog, SyslogPost
from proxy.errors import PostFailed
from tests.witness.kit import NOW, Tree

TREE = Tree(30)


async def refusal(post, note, consistency):
    with pytest.raises(PostFailed) as refused:
        await post.deliver(note, consistency)
    return refused.value.reason


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
