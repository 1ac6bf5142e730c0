"""A small load generator: kept connections, requests prepared as bytes, answers only counted. Runs as its own process.

Used where `wrk` is not installed, and always for the file, which is read with blocking calls into one buffer.
Prints one JSON object: requests, seconds, bytes, failures, p50_ms.
"""

import asyncio
import json
import re
import socket
import sys
import time
from itertools import cycle

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """Sends the next request as soon as an answer is complete."""

    def __init__(self, requests, tally):
        self.requests = requests
        self.tally = tally
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        self.sent = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data):
        data = self.buffer + data if self.buffer else data
        end = data.find(b"\r\n\r\n")
        length = LENGTH.search(data, 0, end) if end > 0 else None
        if end < 0 or (length is None and not data.endswith(b"\r\n0\r\n\r\n")):
            self.buffer = data
            return
        if length is not None and len(data) < end + 4 + int(length[1]):
            self.buffer = data
            return
        self.buffer = b""
        self.tally["requests"] += 1
        self.tally["times"].append(time.perf_counter() - self.sent)
        if data[9:10] not in b"23":
            self.tally["failures"] += 1
        self.ask()

    def connection_lost(self, _exc):
        if not self.tally["over"]:
            self.tally["failures"] += 1


async def many(port, targets, seconds, connections):
    host = f"127.0.0.1:{port}"
    requests = cycle(
        [
            f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic bG1zOmxtcw==\r\n\r\n".encode()
            for target in targets
        ]
    )
    tally = {"requests": 0, "failures": 0, "over": False, "times": []}
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(requests, tally), "127.0.0.1", port)
    await asyncio.sleep(seconds)
    tally["over"] = True
    times = sorted(tally["times"]) or [0.0]
    return {
        "requests": tally["requests"],
        "seconds": time.perf_counter() - start,
        "bytes": 0,
        "failures": tally["failures"],
        "p50_ms": times[len(times) // 2] * 1000,
    }


def files(port, target, count):
    """Fetch `target` `count` times over one connection."""
    buffer = memoryview(bytearray(1 << 20))
    total = failures = 0
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for _ in range(count):
            line.sendall(
                f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic bG1zOmxtcw==\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                piece = line.recv(65536)
                if not piece:
                    raise ConnectionError("closed within a head")
                head += piece
            head, _, body = head.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                failures += 1
                break
            left = int(length[1]) - len(body)
            while left > 0:
                got = line.recv_into(buffer, min(left, len(buffer)))
                if not got:
                    raise ConnectionError("closed within a body")
                left -= got
            total += int(length[1])
    seconds = time.perf_counter() - start
    return {
        "requests": count,
        "seconds": seconds,
        "bytes": total,
        "failures": failures,
        "p50_ms": seconds / count * 1000,
    }


if __name__ == "__main__":
    order = json.loads(sys.stdin.read())
    if order["kind"] == "files":
        result = files(order["port"], order["targets"][0], order["count"])
    else:
        result = asyncio.run(many(order["port"], order["targets"], order["seconds"], order["connections"]))
    print(json.dumps(result))
