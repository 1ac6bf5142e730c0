"""Statements from the specification's grammar, thousands of them, to a store that keeps every byte, and back.

What holds for each: nobody planted is in what the store received; whoever may see people gets every agent back as it
was; a reader who may not sees what is stored; nothing else changes, not even how a number or a blank is written; the
same statement sent again is the same, also after the pseudonym key was rotated.
"""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.xapi import scene
from tests.xapi.grammar import PEOPLE, TEXT, Author
from tests.xapi.people import oracle, seen
from tests.xapi.spelling import changes, tokens

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[2]
AT_A_TIME = 25
ADDED = 3
"""Members that a store adds at the end of a statement: stored, authority, version."""
_OURS = re.compile(
    r"sv1[0-9a-z]{37}|[0-9a-f]{40}|Learner [0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}|https://pseudonym\.invalid"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store():
    async with scene.peer_store() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    return tmp_path_factory.mktemp("gate") / "house"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(house, store):
    async with scene.gate(house, store.front.origin) as made:
        yield made


async def send(way, texts, version="1.0.3"):
    answer = await way.ask("POST", "/statements", {}, f"[{','.join(texts)}]".encode(), version=version)
    assert answer.status == 200, answer.raw
    return json.loads(answer.body)


def received(store):
    """The statements of the request that came last, as they were written."""
    body = store.front.requests[-1].body.decode()
    return elements(body)


def elements(text):
    decoder, at, found = json.JSONDecoder(), text.index("[") + 1, []
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end])
        at = end + 1 if text[end] == "," else end
    return found


async def page(way, count, version="1.0.3"):
    """The last `count` statements of a store, oldest first, as they are written."""
    answer = await way.ask("GET", f"/statements?limit={count}", version=version)
    assert answer.status == 200, answer.raw
    body = answer.body.decode()
    assert body.startswith('{"statements":[')
    return elements(body)[::-1]


def check_outward(sent, told):
    """Only what names somebody has changed; the changes, by what they became."""
    became = {}
    for before, after in changes(sent, told):
        assert _OURS.search(after), (before, after)
        became.setdefault(after, before)
    return became


def check_restored(sent, stored, back, became):
    """Every string is back, but for names within texts, which nobody gets back."""
    count = len(tokens(stored))
    assert len(tokens(back)) == count
    end = len(tokens(sent)) - 1
    for before, after in changes(sent.rstrip()[:-1] + "}", "".join(tokens(back)[:end]) + "}"):
        if before.startswith(TEXT):
            assert _OURS.search(after), (before, after)
        else:
            assert after == before
    return became


@pytest.mark.parametrize(
    ("seed", "version"), [*((seed, "1.0.3") for seed in range(24)), *((seed, "2.0.0") for seed in range(24, 40))]
)
async def test_statements_leave_without_people_and_come_back_with_them(store, gate, seed, version):
    texts = Author(seed, version).batch(AT_A_TIME)
    ids = await send(gate.lms, texts, version)
    assert ids == [json.loads(one)["id"] for one in texts]
    told = received(store)
    assert len(told) == len(texts)
    became = [check_outward(one, other) for one, other in zip(texts, told, strict=True)]
    restored = await page(gate.lms, AT_A_TIME, version)
    raw = elements(store.front.answers[-1].body.decode())[::-1]
    shown = await page(gate.pipe, AT_A_TIME, version)
    for sent, stored, back, open_, changed in zip(texts, raw, restored, shown, became, strict=True):
        check_restored(sent, stored, back, changed)
        assert tokens(open_)[: len(tokens(sent)) - 1] == tokens(stored)[: len(tokens(sent)) - 1]
    await send(gate.lms, texts, version)
    assert received(store) == told


async def test_nobody_is_in_what_the_store_received(store, gate):
    if not store.front.requests:
        await send(gate.lms, Author(1000).batch(AT_A_TIME))
    pieces = [one.raw for one in store.front.requests]
    assert await asyncio.to_thread(seen, oracle(PEOPLE), pieces) == []


async def test_the_same_statement_is_the_same_after_the_key_was_rotated(store, gate, house):
    """A store answers 409 to another statement of the same id, and with it the whole batch is lost (xapi.md 6)."""
    texts = Author(2000).batch(AT_A_TIME)
    await send(gate.lms, texts)
    told = received(store)
    command = [
        sys.executable,
        "-c",
        "from proxy.cli import main; main()",
        "keys",
        "rotate",
        "pseudonym",
        "--config",
        str(house / "scormveil.toml"),
    ]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    await send(gate.lms, texts)
    assert received(store) == told
    newer = Author(2001).batch(AT_A_TIME)
    await send(gate.lms, [*texts, *newer])
    assert received(store)[:AT_A_TIME] == told
    agent = quote(json.dumps({"mbox": "mailto:new.body@uni.example"}), safe="")
    assert (await gate.lms.ask("GET", f"/statements?agent={agent}")).status == 200
