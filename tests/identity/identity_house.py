"""Parts of which the identity tests build a house."""

from dataclasses import replace
from datetime import UTC, datetime

from keys import BlindIndex, Envelope, FileKek, Keyring, KeyState, PseudonymScheme, create_keyring
from proxy.identity import Context, IdentityService, Sighting
from proxy.people import Cleartext, Kind

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


def service_on(store, keyring, clock, **options):
    options = {"cache_size": 100, **options}
    return IdentityService(store, PseudonymScheme(keyring), BlindIndex(keyring), Envelope(keyring), clock, **options)


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
