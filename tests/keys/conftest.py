"""A keyring of invented keys, made once for many tests."""

from datetime import UTC, datetime

import pytest

from keys import FileKek, Key, Keyring, KeyState, Purpose, Secret, create_keyring

BORN = datetime(2025, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 1, tzinfo=UTC)


def key(key_id, purpose, seed, state=KeyState.ACTIVE, **changes):
    """An invented key; every seed gives other bytes."""
    facts = {"activated": None if state is KeyState.PRE_ACTIVATION else BORN}
    facts["deactivated"] = LATER if state in {KeyState.DEACTIVATED, KeyState.DESTROYED} else None
    facts["reason"] = "" if state in {KeyState.PRE_ACTIVATION, KeyState.ACTIVE} else "a test"
    facts["material"] = None if state is KeyState.DESTROYED else Secret(bytes((seed + at) % 256 for at in range(32)))
    return Key(**({"id": key_id, "purpose": purpose, "state": state, "created": BORN} | facts | changes))


@pytest.fixture(scope="session")
def make_key():
    return key


@pytest.fixture(scope="session")
def ring():
    return Keyring(
        [
            key("pq0m", Purpose.LOOKUP, 1, KeyState.DEACTIVATED),
            key("pq1m", Purpose.LOOKUP, 2),
            key("pq2m", Purpose.LOOKUP, 3, KeyState.DESTROYED),
            key("pq3m", Purpose.LOOKUP, 4, KeyState.PRE_ACTIVATION),
            key("k7qx", Purpose.PSEUDONYM, 5),
            key("sea0", Purpose.SEAL, 6, KeyState.COMPROMISED),
            key("sea1", Purpose.SEAL, 7),
            key("sea2", Purpose.SEAL, 8, KeyState.PRE_ACTIVATION),
            key("adt1", Purpose.AUDIT, 9),
        ],
        7,
    )


@pytest.fixture
def kek(tmp_path):
    return FileKek.create(tmp_path / "kek")


@pytest.fixture
def home(tmp_path, kek):
    """The path of a keyring that was just created."""
    create_keyring(tmp_path / "keyring.json", kek, BORN)
    return tmp_path / "keyring.json"
