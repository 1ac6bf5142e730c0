"""`python -m bench.long_answers [--people 10000] [--megabytes 50]`: long lists and reports through a proxy of its own.

A small answer is measured beside the long ones, so that what remains is the cost by learner and by megabyte. Memory is
the peak of the proxy's process over what it had before; the stall is the longest time its loop answered nobody.
"""

import argparse
import asyncio
import base64
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.system import free_port
from proxy.assemble import build
from proxy.config import load
from proxy.edge.listening import Listening
from proxy.founding import found
from proxy.identity import Context, Sighting
from proxy.observe import configure
from proxy.people import Cleartext, Kind

AUTH = "Basic " + base64.b64encode(b"lms:lms").decode()
CONFIG = """
[server]
listen = "127.0.0.1:{port}"
[audiences.lms]
reveal = true
[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "bench"
public = "http://127.0.0.1:{port}/api/v2"
upstream = "http://127.0.0.1:{upstream}/api/v2"
audience = "lms"
caller = {{ user = "lms", password = "file:secret" }}
credential = {{ user = "lms", password = "file:secret" }}
"""
PULSE = 0.002


def person(number: int) -> tuple[Cleartext, ...]:
    names = ("Ada", "Zoë", "Seán", "小龙"), ("Baker", "Müller", "O'Brien", "Østergård", "Nguyễn")
    return (
        Cleartext(Kind.SUBJECT, f"learner-{number:06}"),
        Cleartext(Kind.GIVEN, f"{names[0][number % 4]}{number}"),
        Cleartext(Kind.FAMILY, names[1][number % 5]),
    )


def memory() -> dict[str, float]:
    """Resident memory now and its peak since the last look, in MiB (proc(5): status, clear_refs)."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    Path("/proc/self/clear_refs").write_text("5")
    return {key: int(status[name].split()[0]) / 1024 for key, name in (("now", "VmRSS"), ("peak", "VmHWM"))}


async def serve(config_file: Path, people: int) -> None:
    """The proxy, with `people` in its mapping; says their pseudonyms, then a look at itself for each line it reads."""
    config = load(config_file)
    await asyncio.to_thread(found, config, config_file)
    configure("json", "error", sys.stderr)
    house = build(config, config_file)
    await house.open()
    context = Context("bench", "api", "bench", "bench", "bench")
    tokens: list[str] = []
    for start in range(0, people, 500):
        some = [Sighting(person(number)[0], person(number)[1:]) for number in range(start, min(start + 500, people))]
        tokens += [one.pseudonym.token for one in await house.names.pseudonymize(some, context)]
    await house.crowds.settle()
    listening = Listening()
    await listening.serve(house.server.door(), "127.0.0.1", int(config.server.listen.rpartition(":")[2]))
    print(json.dumps(tokens), flush=True)
    stall = [0.0]

    async def pulse() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(PULSE)
            stall[0] = max(stall[0], time.perf_counter() - before - PULSE)

    gc.freeze()  # as `scormveil serve` does
    beating = asyncio.get_running_loop().create_task(pulse())
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(memory() | {"stall": stall[0], "cpu": time.process_time()}), flush=True)
        stall[0] = 0.0
    beating.cancel()


def registration(token: str, number: int, details: int) -> bytes:
    one = {
        "id": f"r-{number}",
        "registrationCompletion": "COMPLETED",
        "registrationSuccess": "PASSED",
        "score": {"scaled": 87.5},
        "totalSecondsTracked": 1234.5,
        "course": {"id": "c1", "title": "Fire safety", "version": 0},
        "learner": {"id": token, "firstName": "Learner", "lastName": "k7q2"},
    }
    activity = {"id": "a", "title": "Chapter", "attempts": 1, "runtime": {"suspendData": "x" * 200, "scaled": 0.5}}
    return json.dumps(one | {"activityDetails": {"children": [activity] * details}}).encode()


async def upstream(tokens: list[str], megabytes: int) -> asyncio.Server:
    """The cloud: one answer by path, made while it is sent so that it weighs nothing here."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                target = head.split()[1].decode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                for part in parts(target):
                    writer.write(b"%x\r\n%s\r\n" % (len(part), part))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def parts(target: str):
        path, _, query = target.partition("?")
        if path.endswith("/registrations"):
            at, _, count = query.removeprefix("more=").partition("-") if query else ("0", "", str(len(tokens)))
            numbers = range(int(at), int(at) + int(count))
            yield b'{"registrations":['
            for number in numbers:
                yield (b"," if number > numbers.start else b"") + registration(tokens[number], number, 2)
            yield b"]}"
        else:
            whole = registration(tokens[0], 0, 1 if path.endswith("small") else megabytes * 4_000)
            for start in range(0, len(whole), 65_536):
                yield whole[start : start + 65_536]

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def get(port: int, target: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
    lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: {AUTH}", "Connection: close"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    raw = await reader.read()
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"the proxy says {head[:200]!r}")
    if b"chunked" not in head.lower():
        return body
    out = bytearray()
    while body:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return bytes(out)
        out += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    raise SystemExit("the answer broke off")


async def measure(people: int, megabytes: int) -> None:
    with tempfile.TemporaryDirectory(prefix="scormveil-bench-") as folder:
        file, port = Path(folder) / "scormveil.toml", free_port()
        (Path(folder) / "secret").write_text("lms")
        tokens: list[str] = []
        cloud = await upstream(tokens, megabytes)
        file.write_text(CONFIG.format(port=port, upstream=cloud.sockets[0].getsockname()[1]))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.long_answers", "--serve", str(file), "--people", str(people)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**26,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        tokens += json.loads(await child.stdout.readline())

        async def look() -> dict[str, float]:
            child.stdin.write(b"\n")
            return json.loads(await child.stdout.readline())

        async def one(title: str, targets: list[str], learners: int) -> None:
            await look()
            before = await look()
            begun = time.perf_counter()
            bodies = [await get(port, target) for target in targets]
            seconds, after = time.perf_counter() - begun, await look()
            found = sum(body.count(b'"learner-') for body in bodies)
            if found != learners:
                raise SystemExit(f"{title}: {found} of {learners} learners came back")
            print(
                f"{title:38} {seconds:7.2f} s  cpu {after['cpu'] - before['cpu']:6.2f} s  "
                f"memory +{after['peak'] - before['now']:6.1f} MiB  stall {after['stall'] * 1000:6.0f} ms  "
                f"out {sum(map(len, bodies)) / 1e6:6.2f} MB",
                flush=True,
            )

        try:
            api = "/api/v2/registrations"
            await one("one small registration", [f"{api}/small"], 1)
            pages = [f"{api}?more={at}-{min(100, people - at)}" for at in range(0, people, 100)]
            await one(f"{people} registrations, pages of 100", pages, people)
            await one(f"{people} registrations, one answer", [api], people)
            size = len(registration(tokens[0], 0, megabytes * 4_000)) / 1e6
            await one(f"one report of {size:.0f} MB", [f"{api}/big"], 1)
        finally:
            child.terminate()
            await child.wait()
            cloud.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.long_answers", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    asyncio.run(serve(args.serve, args.people) if args.serve else measure(args.people, args.megabytes))


if __name__ == "__main__":
    main()
