"""`python -m bench [--quick] [--only NAME …] [--rounds N] [--seconds S]`: see README.md beside this file."""

import argparse
import shutil
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

from bench import plan, report
from bench.contestants import MAKERS, Contestant
from bench.load import Load, Outcome
from bench.nginx import Cloud
from bench.system import Cores, Unavailable

OUT = Path(__file__).parent / "out"


class Failed(Exception):
    """A contestant gave wrong answers; a figure of it would be worthless."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What scormveil costs, beside its peers.")
    parser.add_argument("--quick", action="store_true", help="two short rounds, under a minute; for trends only")
    parser.add_argument("--only", nargs="+", choices=sorted(MAKERS), default=list(MAKERS), help="contestants")
    parser.add_argument("--rounds", type=int, help="default 5, quick 2")
    parser.add_argument("--seconds", type=float, help="of load per case and round; default 2, quick 1")
    args = parser.parse_args()
    args.rounds = args.rounds or (2 if args.quick else 5)
    args.seconds = args.seconds or (1 if args.quick else 2)
    args.files = 4 if args.quick else 8
    return args


def main() -> int:
    args = arguments()
    cores = Cores.choose()
    folder = Path(tempfile.mkdtemp(prefix="scormveil-bench-"))
    load = Load(cores.rest, folder)
    cloud = None
    running: list[Contestant] = []
    skipped: dict[str, str] = {}
    started = time.monotonic()
    try:
        cloud = Cloud(folder / "cloud", args.only, cores.rest)
        cloud.start()
        for name in args.only:
            try:
                running.append(enter(name, folder, cloud, cores, load, quick=args.quick))
            except (Unavailable, Failed) as reason:
                skipped[name] = str(reason)
                print(f"SKIPPED {name}: {reason}", flush=True)
        samples = measure(running, load, args)
    except Unavailable as reason:
        print(f"no benchmark: {reason}")
        return 1
    finally:
        for contestant in running:
            contestant.process.stop()
        if cloud is not None:
            cloud.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if not samples:
        return 1
    report.show(plan.cases(), {one.name: one.title for one in running}, samples)
    path = report.write(OUT, plan.cases(), samples, skipped, load.name)
    print(f"\n{time.monotonic() - started:.0f} s, load by {load.name}; everything measured is in {path}")
    return 0


def enter(name: str, folder: Path, cloud: Cloud, cores: Cores, load: Load, *, quick: bool) -> Contestant:
    """Start a contestant, launch every learner through it and hold results under the ids the upstream saw."""
    own = folder / name
    own.mkdir()
    contestant = MAKERS[name](own, cloud.ports[name], cores.proxy)
    contestant.process.start()
    try:
        contestant.process.wait_for(contestant.port)
        for number in range(plan.LEARNERS):
            introduce(contestant, number, cloud)
        for case in plan.cases(contestant.public)[: 1 if quick else None]:
            check(name, case, load.put(case, contestant.port, 1, 1))  # warm-up
    except BaseException:
        contestant.process.stop()
        raise
    print(f"{contestant.title}: ready", flush=True)
    return contestant


def introduce(contestant: Contestant, number: int, cloud: Cloud) -> None:
    """Launch a learner, let the upstream know her as it saw her, and read her result back."""
    subject, _, family = plan.learner(number)
    fetch(contestant.port, plan.launch_target(number, contestant.public))
    seen = cloud.launches_seen(contestant.name)[-1]
    if contestant.rewrites and (subject in seen or quote(family) in seen):
        raise Failed("a launch left it with the learner's identity")
    cloud.know(contestant.name, number, plan.pseudonym_of(seen))
    answer = fetch(contestant.port, plan.REGISTRATION_PATH.format(number))
    if contestant.rewrites and subject.encode() not in answer:
        raise Failed("a result came back without the learner")


def fetch(port: int, target: str) -> bytes:
    """Return the body of one answer; `Failed` unless it is 2xx or 3xx."""
    line = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request(
            "GET", target, headers={"Accept": "application/json, text/html", "Authorization": "Basic bG1zOmxtcw=="}
        )
        answer = line.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as problem:
        raise Failed(f"{target.partition('?')[0]} breaks off ({type(problem).__name__})") from None
    finally:
        line.close()
    if answer.status >= 400:
        raise Failed(f"{target.partition('?')[0]} is answered {answer.status}: {body[:120].decode(errors='replace')}")
    return body


def check(name: str, case: plan.Case, outcome: Outcome) -> Outcome:
    if outcome.failures or not outcome.requests:
        raise Failed(f"{name}: {outcome.failures} of {outcome.requests} requests of case {case.name} failed")
    return outcome


def measure(running: list[Contestant], load: Load, args: argparse.Namespace) -> list[report.Sample]:
    """Interleave: in every round each case is run by all contestants in turn, in changing order."""
    samples = []
    for number in range(args.rounds):
        print(f"round {number + 1} of {args.rounds}", flush=True)
        turn = number % max(1, len(running))
        for index, _ in enumerate(plan.cases()):
            for contestant in running[turn:] + running[:turn]:
                case = plan.cases(contestant.public)[index]
                before = contestant.process.cpu_seconds()
                outcome = check(contestant.name, case, load.put(case, contestant.port, args.seconds, args.files))
                used = contestant.process.cpu_seconds() - before
                cost = used / (outcome.bytes / 1e9) if case.unit == "s/GB" else used / outcome.requests * 1e6
                samples.append(
                    report.Sample(
                        contestant=contestant.name,
                        case=case.name,
                        round=number,
                        cost=cost,
                        rate=outcome.requests / outcome.seconds,
                        p50_ms=outcome.p50_ms,
                        resident=contestant.process.resident_bytes(),
                    )
                )
    return samples


if __name__ == "__main__":
    sys.exit(main())
