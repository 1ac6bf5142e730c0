"""Parts of which the identity tests build a house."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from keys import FileKek, Keyring, KeyRoom, KeyState, create_keyring
from proxy.identity import Context, IdentityService, Sighting
from proxy.people import Cleartext, Kind
from proxy.store import KEYSTORE, open_keystore, open_store, upgrade

NOW = datetime(2025, 5, 1, 8, 0, tzinfo=UTC)
CONTEXT = Context(tenant="uni", mount="cloud", route="dispatch-v2.launch", exchange="x-1", actor="proxy")
PEOPLE = [
    ("4711", "Zoë", "Müller-Østergård"),
    ("o'brien", "Seán", "O'Brien"),
    ("李小龙", "小龙", "李"),
    ("Plato", "", "Plato"),
    ("n" * 200, "N" * 200, "M" * 200),
    ("محمد.بن", "محمد", "بن علي"),
    ("zoe@uni.example", "Zoë", 'Quote " \\ <&>'),
]


class Clock:
    def __init__(self):
        self.now = 1_700_000_000_000

    def __call__(self):
        return self.now


def sighting(subject, given="", family="", name="", email=""):
    said = [(Kind.GIVEN, given), (Kind.FAMILY, family), (Kind.NAME, name), (Kind.EMAIL, email)]
    return Sighting(Cleartext(Kind.SUBJECT, subject), tuple(Cleartext(kind, text) for kind, text in said))


def texts(person, kind):
    return [text.reveal() for text in person.cleartexts if text.kind is kind]


@dataclass
class Stores:
    """Both stores of a test, open."""

    mapping: object
    keys: object

    async def close(self):
        await self.mapping.close()
        await self.keys.close()


async def opened(url):
    """Both stores; the key store lies beside the mapping."""
    stores = Stores(open_store(url), open_keystore(keys_of(url)))
    await stores.mapping.open()
    await stores.keys.open()
    return stores


def created(url):
    upgrade(url)
    upgrade(keys_of(url), KEYSTORE)
    return url


def keys_of(url):
    return url.replace("mapping.db", "keys.db")


async def nothing_newer():
    """A node alone: no other one could have changed the keyring."""


def service_on(stores, keyring, clock, **options):
    room = keyring if isinstance(keyring, KeyRoom) else KeyRoom(keyring)
    options = {"cache_size": 100, "may_mint": lambda: None, "renew": nothing_newer, **options}
    return IdentityService(stores.mapping, stores.keys, room, clock, **options)


def make_keyring(folder):
    kek = FileKek.create(folder / "kek")
    return create_keyring(folder / "keyring", kek, NOW)


def rotated(keyring, *, purpose, fresh_from):
    """The ring with the active key of `purpose` deactivated and the one of another ring active in its place."""
    old = [
        replace(key, state=KeyState.DEACTIVATED, deactivated=NOW) if key.purpose is purpose else key
        for key in keyring.keys
    ]
    return Keyring([*old, fresh_from.active(purpose)], keyring.generation + 1)
