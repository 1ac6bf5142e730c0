"""The keyring file: read back before it replaces the old one, which stays; an older one is noticed. Its form: `codec`.

Three files lie beside one another: the keyring, `….previous` (the one before) and `….seen` (see `seen`). A crash at any
moment leaves a keyring that opens; what it leaves beside it is put right by the next open or change.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from keys.codec import open_ring, seal_ring
from keys.errors import KeyringError
from keys.files import locked, place, read_private, remove
from keys.kek import KekProvider
from keys.keyring import Keyring, first_keyring
from keys.sealed import Opened, SealedRing, first_that_opens, open_content
from keys.secret import Secret
from keys.seen import Seen, look, note, opened, refuse_older, seen_of, write_seen
from keys.states import check_descendant, check_successor


def create_keyring(path: Path, kek: KekProvider, now: datetime) -> Keyring:
    """Make one active key for each purpose and write them. Never overwrites.

    Raises KeyringError `keyring-exists`, `keyring-not-written`, `kek-…`; `keyring-rolled-back` and `keyring-seen` where
    a keyring was in use before and is gone: put that one back, for with new keys everybody would be a new person.
    """
    keyring = first_keyring(now)
    install_keyring(path, kek, keyring)
    return keyring


def seal_first(kek: KekProvider, keyring: Keyring) -> SealedRing:
    """Seal a keyring that is to lie where none is, and write nothing yet. Raises KeyringError `kek-…`."""
    return SealedRing.of(keyring, seal_ring(keyring, kek))


def install_keyring(
    path: Path, kek: KekProvider, keyring: Keyring, *, accept: bool = False, sealed: SealedRing | None = None
) -> None:
    """Write a keyring (an imported one) where none is. `accept`: even if a later one was in use here.

    `sealed` is what `seal_first` made of it. Raises KeyringError as `create_keyring` does.
    """
    path = Path(path)
    new = sealed or seal_first(kek, keyring)
    found = seen_of(new.content, keyring.generation)
    with locked(path, "keyring"):
        if os.path.lexists(path):
            raise KeyringError("keyring-exists")
        if not accept:
            refuse_older(opened(look(path), kek), found)
        place(path, new.content, "keyring", _comparing(keyring, kek))
        _note_after(path, found, kek)


def open_keyring(path: Path, kek: KekProvider, *, accept: bool = False) -> Keyring:
    """Read, open, validate; refuse one that is older than the newest in use here, unless `accept` says it is meant.

    `accept` makes it the newest: for one deliberate restore, never for each start. Raises KeyringError `keyring-…`,
    `kek-…`; never returns a ring that is in doubt.
    """
    return _open(Path(path), kek, accept=accept).ring


def read_keyring(path: Path, kek: KekProvider) -> Keyring:
    """Read, open and validate any keyring file, old or new, and note nothing: to look at `….previous` or a backup."""
    return open_ring(read_private(Path(path), "keyring"), kek)


def open_with(path: Path, keks: Sequence[KekProvider]) -> Opened:
    """`open_keyring` with the first of several key-encryption keys that opens it: while one is changed there are two.

    Raises what the first one says if none does.
    """
    return first_that_opens(keks, lambda kek: _open(Path(path), kek))


def _open(path: Path, kek: KekProvider, *, accept: bool = False) -> Opened:
    before = look(path)
    content = read_private(path, "keyring")
    keyring = open_ring(content, kek)
    found = seen_of(content, keyring.generation)
    noted = None if accept else opened(before, kek)
    refuse_older(noted, found)
    if accept:
        with locked(path, "keyring"):
            if read_private(path, "keyring") != content:
                raise KeyringError("keyring-stale")
            write_seen(path, found, kek)
    elif found != noted:
        note(path, kek, found)
    return Opened(SealedRing.of(keyring, content), kek)


def seal_next(path: Path, kek: KekProvider, keyring: Keyring) -> SealedRing:
    """Seal the ring that is to follow the current one, and write nothing yet.

    Raises KeyringError `keyring-stale` if the file is not of the generation before, `key-transition` if the ring cannot
    have come from it (see `keys.states`), and what reading and sealing raise.
    """
    _, current = _current(Path(path), kek)
    _refuse_stranger(current, keyring)
    return SealedRing.of(keyring, seal_ring(keyring, kek))


def replace_keyring(path: Path, kek: KekProvider, keyring: Keyring, sealed: SealedRing | None = None) -> None:
    """Write the next generation over the current one, which stays beside it as `….previous`.

    `sealed` is what `seal_next` made of it. Where a key was destroyed, the previous file goes as well: its material
    would live on in it. Raises KeyringError as `seal_next`, and what writing raises.
    """
    path = Path(path)
    with locked(path, "keyring"):
        old, current = _current(path, kek)
        _refuse_stranger(current, keyring)
        new = sealed or SealedRing.of(keyring, seal_ring(keyring, kek))
        _put_in_force(path, kek, Opened(SealedRing.of(current, old), kek), new)


def seal_rewrapped(path: Path, old_kek: KekProvider, new_kek: KekProvider) -> SealedRing:
    """Seal the same keys under another KEK, as the next generation, and write nothing yet."""
    _, current = _current(Path(path), old_kek)
    keyring = Keyring(current.keys, current.generation + 1)
    return SealedRing.of(keyring, seal_ring(keyring, new_kek))


def rewrap_keyring(path: Path, old_kek: KekProvider, new_kek: KekProvider, sealed: SealedRing | None = None) -> Keyring:
    """Seal the same keys under another KEK, as the next generation; no record is touched. Gives the new ring.

    `sealed` is what `seal_rewrapped` made of it. Afterwards nothing beside the keyring opens with the old KEK:
    `….previous` is the ring before, under the new one. Raises KeyringError `keyring-…`, `kek-…`; then the old keyring
    and the old KEK still serve.
    """
    path = Path(path)
    with locked(path, "keyring"):
        old, current = _current(path, old_kek)
        if sealed is not None:
            _refuse_stranger(current, sealed.ring)
        keyring = Keyring(current.keys, current.generation + 1)
        new = sealed or SealedRing.of(keyring, seal_ring(keyring, new_kek))
        _put_in_force(path, new_kek, Opened(SealedRing.of(current, old), old_kek), new)
    return new.ring


def adopt_keyring(path: Path, keks: Sequence[KekProvider], content: Secret) -> Opened:
    """Put a newer keyring in force that another node has sealed; the KEK may be another one than until now.

    What lies here already stays if it is as new. Raises KeyringError `key-transition` if the newer one cannot have come
    from the one here, `keyring-…`, `kek-…`.
    """
    path = Path(path)
    with locked(path, "keyring"):
        here = open_content(keks, read_private(path, "keyring"))
        there = open_content(keks, content)
        refuse_older(opened(look(path), here.kek), seen_of(here.sealed.content, here.ring.generation))
        if there.ring.generation <= here.ring.generation:
            return here
        check_descendant(here.ring, there.ring)
        _put_in_force(path, there.kek, here, there.sealed)
    return there


def restore_keyring(path: Path, keks: Sequence[KekProvider], content: Secret, *, accept: bool = False) -> Opened:
    """Put the exact bytes of a keyring file from a backup where none is; what is there stays if it is as new.

    The bytes matter: nodes compare the digest that was announced. `accept`: even if a later one was in use here.
    Raises KeyringError as `adopt_keyring` and `refuse_stranger`; `keyring-rolled-back`, `keyring-seen`.
    """
    path = Path(path)
    there = open_content(keks, content)
    if os.path.lexists(path):
        here = adopt_keyring(path, keks, content)
        refuse_stranger(here, there)
        return here
    found = seen_of(content, there.ring.generation)
    with locked(path, "keyring"):
        if os.path.lexists(path):
            raise KeyringError("keyring-stale")
        if not accept:
            refuse_older(opened(look(path), there.kek), found)
        place(path, content, "keyring", _comparing(there.ring, there.kek))
        _note_after(path, found, there.kek)
    return there


def refuse_stranger(one: Opened, other: Opened) -> None:
    """Make sure that one of two keyrings is the other or came from it.

    Raises KeyringError `keyring-forked` for two of one generation, `key-transition`.
    """
    if one.ring.generation == other.ring.generation:
        if one.sealed.digest != other.sealed.digest:
            raise KeyringError("keyring-forked")
        return
    older, newer = sorted((one.ring, other.ring), key=lambda ring: ring.generation)
    check_descendant(older, newer)


def seen_generation(path: Path, kek: KekProvider) -> int | None:
    """The newest generation in use here; None if a rollback could not be noticed, for none was ever noted."""
    noted = opened(look(Path(path)), kek)
    return None if noted is None else noted.generation


class KeyringWatch:
    """Notices that the keyring file is gone or was replaced since it was opened. Make it before `open_keyring`."""

    def __init__(self, path: Path) -> None:
        """Remember the file that is there now. Raises KeyringError `keyring-missing`."""
        self._path = os.fspath(path)
        self._seen = self._mark()

    def check(self) -> None:
        """One `stat`, about 2 µs. Raises KeyringError `keyring-missing` or `keyring-changed`."""
        if self._mark() != self._seen:
            raise KeyringError("keyring-changed")

    def remember(self) -> None:
        """Take the file that is there now for the one that was opened: to be called *before* it is opened again."""
        self._seen = self._mark()

    def _mark(self) -> tuple[int, int, int, int, int, int]:
        try:
            now = os.lstat(self._path)
        except OSError:
            raise KeyringError("keyring-missing") from None
        return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_mode, now.st_uid


def _current(path: Path, kek: KekProvider) -> tuple[Secret, Keyring]:
    """The keyring to be changed: an older one in its place must not become the newest by a change."""
    before = look(path)
    content = read_private(path, "keyring")
    keyring = open_ring(content, kek)
    refuse_older(opened(before, kek), seen_of(content, keyring.generation))
    return content, keyring


def _refuse_stranger(current: Keyring, keyring: Keyring) -> None:
    if current.generation + 1 != keyring.generation:
        raise KeyringError("keyring-stale")
    check_successor(current, keyring)


def _put_in_force(path: Path, kek: KekProvider, here: Opened, new: SealedRing) -> None:
    """Write a sealed keyring over the one that is here; within `locked`. Afterwards only `kek` opens what lies here."""
    previous = _previous(path)
    if here.kek is not kek:
        # From here both KEKs can tell what was seen, whichever the keyring is found under after a crash.
        write_seen(path, seen_of(here.sealed.content, here.ring.generation), here.kek, kek)
    if not _material(here.ring) <= _material(new.ring):
        # Before the new one says so: at no moment is a key called destroyed that still lies around.
        remove(previous, "keyring")
    elif here.kek is kek:
        place(previous, here.sealed.content, "keyring", _unchecked)
    else:
        place(previous, seal_ring(here.ring, kek), "keyring", _comparing(here.ring, kek))
    place(path, new.content, "keyring", _comparing(new.ring, kek))
    _note_after(path, seen_of(new.content, new.ring.generation), kek)


def _note_after(path: Path, found: Seen, kek: KekProvider) -> None:
    """Remember what was just written. It is durable already: if this fails, the next open remembers it."""
    with suppress(KeyringError):
        write_seen(path, found, kek)


def _material(keyring: Keyring) -> frozenset[str]:
    return frozenset(key.id for key in keyring.keys if key.material is not None)


def _previous(path: Path) -> Path:
    return path.with_name(path.name + ".previous")


def _unchecked(_path: Path) -> None:
    """The previous file is written as it was read."""


def _comparing(keyring: Keyring, kek: KekProvider) -> Callable[[Path], None]:
    """A check that what was written opens and holds the same keys; only then may it replace anything."""

    def check(path: Path) -> None:
        back = read_keyring(path, kek)
        if back.keys != keyring.keys or back.generation != keyring.generation:
            raise KeyringError("keyring-not-written")

    return check
