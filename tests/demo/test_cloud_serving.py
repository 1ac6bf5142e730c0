"""The listening cloud: what it records, and the second host with its media."""

import asyncio

import pytest
from cloud_kit import running_cloud

from proxy.demo.cloud import Recorder


async def exchange(port, *pieces):
    """Send raw bytes piece by piece, give the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def port_of(origin):
    return int(origin.rpartition(":")[2])


async def test_every_received_byte_is_recorded_as_it_came():
    request = b"GET /dispatch/none?q=Zo%C3%AB+%2B HTTP/1.1\r\nhOsT: x\r\nX-Odd:  \xff\r\nConnection: close\r\n\r\n"
    async with running_cloud() as cloud:
        answer = await exchange(port_of(cloud.origin), request[:30], request[30:])
        assert answer.startswith(b"HTTP/1.1 404")
        assert request in cloud.record.bytes()
        cloud.record.clear()
        assert cloud.record.bytes() == b""


async def test_bodies_and_garbage_and_the_second_host_are_recorded_too():
    async with running_cloud() as cloud:
        post = b"POST /ScormEngineInterface/DebugLog.jsp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        assert (await exchange(port_of(cloud.origin), post)).startswith(b"HTTP/1.1 204")
        await exchange(port_of(cloud.origin), b"this is not http\r\n\r\n")
        await exchange(port_of(cloud.content_origin), b"GET /media/x HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n")
        received = cloud.record.bytes()
    assert b"\r\n\r\nhello" in received
    assert b"this is not http" in received
    assert b"GET /media/x" in received


def test_texts_split_over_packets_are_whole_again_whatever_comes_between():
    recorder = Recorder()
    one, two = recorder.open_run(), recorder.open_run()
    for run, text in ((one, "Mül"), (two, "GET /"), (one, "ler")):
        recorder.add(run, text.encode())
    assert "Müller".encode() in recorder.bytes()


def test_a_full_recorder_says_so():
    recorder = Recorder(limit=4)
    recorder.add(recorder.open_run(), b"12345")
    assert recorder.truncated


def get(path, extra=""):
    return f"GET {path} HTTP/1.1\r\nHost: m\r\nConnection: close\r\n{extra}\r\n".encode()


@pytest.mark.parametrize(
    ("asked", "line", "content_range", "length"),
    [
        ("", b"HTTP/1.1 200", None, 1024 * 1024),
        ("Range: bytes=0-99\r\n", b"HTTP/1.1 206", b"bytes 0-99/1048576", 100),
        ("Range: bytes=1048570-\r\n", b"HTTP/1.1 206", b"bytes 1048570-1048575/1048576", 6),
        ("Range: bytes=-10\r\n", b"HTTP/1.1 206", b"bytes 1048566-1048575/1048576", 10),
        ("Range: bytes=9999999-\r\n", b"HTTP/1.1 416", b"bytes */1048576", 0),
    ],
)
async def test_the_recording_can_be_fetched_in_parts(asked, line, content_range, length):
    async with running_cloud() as cloud:
        answer = await exchange(port_of(cloud.content_origin), get("/media/lesson.wav", asked))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(line)
    assert (b"Content-Range: " + content_range in head) if content_range else (b"Content-Range" not in head)
    assert len(body) == length


async def test_style_and_picture_come_from_the_second_host():
    async with running_cloud() as cloud:
        style = await exchange(port_of(cloud.content_origin), get("/media/course.css"))
        picture = await exchange(port_of(cloud.content_origin), get("/media/cover.svg"))
    assert f'url("{cloud.content_origin}/media/cover.svg")'.encode() in style
    assert b"Content-Type: image/svg+xml" in picture
