"""An erasure that is interrupted by a database that goes away is finished as soon as it is back."""

import asyncio

import pytest

from proxy.errors import StoreFailed
from proxy.store import (
    KEYSTORE,
    LookupRecord,
    MappingRecord,
    Newcomer,
    PersonKeyRecord,
    open_keystore,
    open_store,
    upgrade,
)
from proxy.upkeep import Forgetting, Journal

RECORD = MappingRecord("uni", "subject", "p" * 32, "sv1abcd" + "e" * 33, "abcd", b"sealed", "", 1, 1)


@pytest.fixture
async def stores(tmp_path):
    mapping, keys = f"sqlite:///{tmp_path}/mapping", f"sqlite:///{tmp_path}/keys"
    upgrade(mapping)
    upgrade(keys, KEYSTORE)
    store, keystore = open_store(mapping), open_keystore(keys)
    await store.open()
    await keystore.open()
    await keystore.put([PersonKeyRecord(RECORD.person, b"wrapped", "seal", 1)])
    await store.insert_or_get([Newcomer(RECORD, (LookupRecord(b"value", "look"),))])
    yield store, keystore
    await store.close()
    await keystore.close()


class Away:
    """A key store that is away until it is told to be back."""

    def __init__(self, keystore):
        self._keystore = keystore
        self.away = True

    def __getattr__(self, name):
        if self.away:
            raise StoreFailed("connection")
        return getattr(self._keystore, name)


def forgetting(store, keystore, path):
    told = []
    return Forgetting(
        store.upkeep, keystore, Journal(path), lambda: 7, told.extend, restrictions=store.restrictions
    ), told


async def test_the_data_key_goes_when_the_key_store_is_back(stores, tmp_path):
    """The officer's command was refused half way; every node has heard of it and none could finish it at first."""
    store, keystore = stores
    away = Away(keystore)
    node, told = forgetting(store, away, tmp_path / "journal")
    officer, _ = forgetting(store, away, tmp_path / "officer")
    with pytest.raises(StoreFailed, match="connection"):
        await officer.erase([RECORD], actor="operator", reason="asked")
    newest = (await store.pulse()).erasures
    with pytest.raises(StoreFailed, match="connection"):
        await node.beat(newest)
    assert await keystore.get([RECORD.person]) != {}

    away.away = False
    assert await node.beat(newest) == 1
    assert await node.beat(newest) == 0

    assert await keystore.get([RECORD.person]) == {}
    journal = await asyncio.to_thread(Journal(tmp_path / "journal").read)
    assert [one.person for one in journal] == [RECORD.person]
    assert {one.person for one in told} == {RECORD.person}


async def test_what_was_compared_at_the_start_is_not_heard_again(stores, tmp_path):
    store, keystore = stores
    officer, _ = forgetting(store, keystore, tmp_path / "officer")
    await officer.erase([RECORD], actor="operator", reason="asked")
    node, _ = forgetting(store, keystore, tmp_path / "journal")
    await node.reconcile()
    assert await node.beat((await store.pulse()).erasures) == 0
