"""Opens records of a backup with the keys in force: whole data that nobody can read is no backup."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from keys import Envelope, KeyringError, KeyRoom, unwrap_person_key
from keys.keyring import Keyring
from proxy.backup.check import Gist
from proxy.backup.contents import KEYS_KIND
from proxy.errors import ProxyError
from proxy.identity import Records
from proxy.store import MappingRecord, open_keystore


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a sample: opened, without a data key (not there, or not yet restored), not to be opened."""

    opened: int = 0
    without_key: int = 0
    failed: int = 0

    @property
    def hopeless(self) -> bool:
        """Whether something failed and nothing opened."""
        return bool(self.failed) and not self.opened


def try_sample(gist: Gist, ring: Keyring, keystore_url: str) -> Tried:
    """Try the sample of a backup. `keystore_url` is where the data keys are, "" if there is no key store."""
    if gist.head.kind == KEYS_KIND:
        return _try_keys(gist, ring)
    try:
        people = [MappingRecord(**row) for row in gist.sample]
    except TypeError:  # of an older form, which the migrations will bring up to date
        return Tried()
    if not keystore_url:
        return Tried(without_key=len(people))
    return asyncio.run(_try_people(people, ring, keystore_url))


def opens(envelope: Envelope, person: str, wrapped: bytes) -> bool:
    """Whether a data key is that person's and can be unwrapped by the keyring."""
    try:
        unwrap_person_key(envelope, person, wrapped)
    except KeyringError:
        return False
    return True


def _try_keys(gist: Gist, ring: Keyring) -> Tried:
    envelope = Envelope(ring)
    opened = sum(opens(envelope, row["person"], row["wrapped"]) for row in gist.sample)
    return Tried(opened=opened, failed=len(gist.sample) - opened)


async def _try_people(people: Sequence[MappingRecord], ring: Keyring, keystore_url: str) -> Tried:
    keystore = open_keystore(keystore_url)
    await keystore.open()
    try:
        records = Records(KeyRoom(ring), keystore, _nothing_newer)
        counts = {"opened": 0, "without_key": 0, "failed": 0}
        for one in people:
            try:
                known = (await records.open((one,)))[one.person]
            except ProxyError:
                counts["failed"] += 1
            else:
                counts["opened" if known is not None else "without_key"] += 1
        return Tried(**counts)
    finally:
        await keystore.close()


async def _nothing_newer() -> None:
    """The ring that is tried is the one that counts."""
