"""The audit log as its writers and readers know it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.audit import AuditLog, Entry, Event
from proxy.audit.log import unix_ms
from proxy.errors import AuditFailed, StoreFailed
from proxy.store import AuditRecord, open_store, upgrade
from proxy.store.port import faulty_field

TOKEN = "sv1abcd" + "e" * 33
PAINFUL = [
    "Zoë Müller-Østergård",
    "O'Brien",
    "李小龙",
    "Anna Maria",
    "z.oe@uni.example",
    "s1234567 ",
    "ANNA",
    "Q" * 81,
    "a\n",
    "محمد",
]


@pytest.fixture
async def store(tmp_path):
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    upgrade(url)
    opened = open_store(url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def log(store):
    return AuditLog(store, clock=lambda: 1_700_000_000_000)


async def test_an_entry_is_in_the_store_with_its_moment_when_append_returns(log, store):
    await log.append(
        Entry(
            Event.MINTED,
            actor="proxy",
            tenant="uni",
            mount="cloud",
            route="dispatch-v2.launch",
            kind="subject",
            pseudonym=TOKEN,
            key_id="abcd",
            exchange="x-17",
            reason="first-seen",
            count=1,
        )
    )

    assert await store.read_audit(0, 10) == [
        (
            1,
            AuditRecord(
                at=1_700_000_000_000,
                event="minted",
                actor="proxy",
                tenant="uni",
                mount="cloud",
                route="dispatch-v2.launch",
                kind="subject",
                pseudonym=TOKEN,
                key_id="abcd",
                exchange="x-17",
                reason="first-seen",
                count=1,
            ),
        )
    ]


async def test_several_entries_are_appended_in_their_order(log, store):
    await log.append(Entry(Event.STARTED), Entry(Event.REFUSED, reason="unknown-route"), Entry(Event.STOPPED))

    assert [entry.event for _, entry in await store.read_audit(0, 10)] == ["started", "refused", "stopped"]


@pytest.mark.parametrize(
    "field", ["actor", "tenant", "mount", "route", "kind", "pseudonym", "key_id", "exchange", "reason"]
)
@pytest.mark.parametrize("value", PAINFUL)
async def test_no_field_takes_a_name_or_an_address(log, store, field, value):
    with pytest.raises(AuditFailed, match=f"entry-invalid {field}") as refused:
        await log.append(Entry(Event.STARTED), Entry(Event.REFUSED, **{field: value}))

    assert value not in repr(refused.value) + str(refused.value)
    assert await store.read_audit(0, 10) == []


@pytest.mark.parametrize("text", ["zoe", "s1234567", "learner", TOKEN[:-1], TOKEN + "e", TOKEN.upper()])
async def test_only_a_pseudonym_stands_where_a_pseudonym_stands(log, text):
    with pytest.raises(AuditFailed):
        await log.append(Entry(Event.MINTED, pseudonym=text))


@pytest.mark.parametrize("count", [-1, 2**31])
async def test_a_count_out_of_range_is_refused(log, count):
    with pytest.raises(AuditFailed, match="entry-invalid count"):
        await log.append(Entry(Event.REFUSED, count=count))


async def test_a_log_that_cannot_be_written_says_so(log, store):
    await store.close()

    with pytest.raises(AuditFailed, match="closed") as refused:
        await log.append(Entry(Event.STARTED))
    assert not isinstance(refused.value, StoreFailed)


def test_every_event_fits_into_the_log_and_has_a_word_of_its_own():
    words = [event.value for event in Event]

    assert len(set(words)) == len(words)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", word) for word in words)


@given(st.text(max_size=90))
def test_what_the_log_accepts_is_a_short_plain_word(text):
    accepted = faulty_field(AuditRecord(at=0, event="refused", reason=text)) == ""

    assert accepted == (len(text) <= 80 and all(char in "abcdefghijklmnopqrstuvwxyz0123456789._:/-" for char in text))


def test_the_clock_counts_milliseconds():
    assert unix_ms() > 1_700_000_000_000
