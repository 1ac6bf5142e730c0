"""`python -m bench.crowd [--people 1000 50000]`: what it costs to search a message for everybody.

Every figure stands beside the same message searched for one person (`Watch`), in processor time; ratios carry over.
"""

import argparse
import gc
import json
import os
import random
import threading
import time
from pathlib import Path

from proxy.guard import Crowd, Throng, Watch, inspect, traces_of
from proxy.people import Cleartext, Kind

SYLLABLES = "an be cor da el fi gor ha is jo ka li mo na os pe qui ro sa tu ul vi wo xe yo zé ö ß ø"
SLAB, LARGEST = 250, 5_000
"""As in proxy/passage/crowds.py."""


def people(count: int) -> list[list[Cleartext]]:
    chance = random.Random(7)

    def word() -> str:
        return "".join(chance.choices(SYLLABLES.split(" "), k=chance.randrange(2, 5))).capitalize()

    given, family = [word() for _ in range(3_000)], [word() for _ in range(20_000)]
    everybody = []
    for number in range(count):
        first, last = chance.choice(given), chance.choice(family)
        kinds = (Kind.SUBJECT, Kind.GIVEN, Kind.FAMILY, Kind.NAME, Kind.EMAIL)
        texts = (f"s{chance.randrange(10**7):07}", first, last, f"{last}, {first}", f"u{number}@uni.example")
        everybody.append([Cleartext(kind, text) for kind, text in zip(kinds, texts, strict=True)])
    return everybody


def messages() -> dict[str, list[tuple[str, bytes]]]:
    settings = [{"settingId": f"ApiSetting{number}", "value": str(number * 37)} for number in range(500)]
    learner = {"id": "sv1" + "k7q2" * 10, "firstName": "Learner", "lastName": "k7q2"}
    small = {"courseId": "c1", "registrationId": "7c1e9b7e-1111-4222-8333-123456789012", "learner": learner}
    head = [
        ("request-line", b"POST /api/v2/registrations?courseVersion=0 HTTP/1.1"),
        ("header authorization", b"Basic QVBQSUQ6a2V5LW9mLXRoZS1jbG91ZA=="),
        ("header content-type", b"application/json"),
    ]
    return {
        "a registration is created": [*head, ("body", json.dumps(small).encode())],
        "20 kB of settings": [*head, ("body", json.dumps({"settings": settings}).encode())],
    }


def cost(work, repeats: int) -> float:
    """Microseconds of processor time of one `work`, the least of five."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, (time.process_time() - begun) / repeats)
    return best * 1e6


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def build(everybody: list[list[Cleartext]]) -> tuple[list[Crowd], float, float, float]:
    """Prepare as the proxy does; return the crowds, seconds to prepare and to merge, and the longest stall."""

    def alive(_who: int) -> bool:
        return True

    begun = time.process_time()
    parts = []
    for start in range(0, len(everybody), SLAB):
        some = enumerate(everybody[start : start + SLAB], start)
        parts.append(Crowd([(number, traces_of(texts)) for number, texts in some], alive))
    prepared = time.process_time() - begun
    done: list[Crowd] = []
    go = threading.Event()

    def merge() -> None:
        go.wait()
        step = LARGEST // SLAB
        done.extend(Crowd((), alive, parts[start : start + step]) for start in range(0, len(parts), step))

    thread = threading.Thread(target=merge)
    thread.start()
    begun, last, stall = time.process_time(), time.perf_counter(), 0.0
    go.set()
    while thread.is_alive():
        time.sleep(0.002)
        last, before = time.perf_counter(), last
        stall = max(stall, last - before - 0.002)
    return done, prepared, time.process_time() - begun, stall


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 50_000])
    cases = messages()
    one = Watch(people(1)[0])
    alone = {name: cost(lambda pieces=pieces: inspect(pieces, one), 30) for name, pieces in cases.items()}
    for name, pieces in cases.items():
        size = sum(len(data) for _, data in pieces) / 1000
        print(f"one person: {name} ({size:.1f} kB) {alone[name]:.0f} µs, {alone[name] / size:.1f} µs/kB")
    for count in parser.parse_args().people:
        everybody = people(count)
        gc.collect()
        before = resident()
        crowds, prepared, merged, stall = build(everybody)
        gc.collect()
        print(
            f"\n{count} people: prepared in {prepared:.2f} s ({prepared / count * 1e6:.0f} µs each), merged in "
            f"{merged:.2f} s beside the loop (stall {stall * 1000:.0f} ms), {resident() - before:.0f} MiB"
        )
        for name, pieces in cases.items():
            throng = Throng(crowds)
            mine = cost(lambda pieces=pieces, throng=throng: inspect(pieces, throng), 30)
            size = sum(len(data) for _, data in pieces) / 1000
            print(f"  {name}: {mine:.0f} µs, {mine / size:.1f} µs/kB, ratio to one person {mine / alone[name]:.2f}")
        del crowds, throng


if __name__ == "__main__":
    main()
