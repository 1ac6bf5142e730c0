"""What a restore lost: what was there, or is known from what survives, and is not in the backup."""

from collections.abc import Sequence
from dataclasses import dataclass

from keys import Keyring, Purpose
from proxy.backup.check import Gist
from proxy.backup.contents import KEYS_KIND
from proxy.backup.survivors import Survivor


@dataclass(frozen=True, slots=True)
class Lost:
    """Numbers of None: nothing that survives can tell."""

    created: int
    generations: tuple[int, int] | None
    """The newest keyring generation that the backup knows, and the newest that is known; None if it is the same."""
    without_key: int | None
    """People in the mapping whose data key is not there afterwards."""
    without_person: int | None
    """Data keys of people who are not in the mapping afterwards: with a backup of the mapping, who came since."""
    audit: tuple[int, int] | None
    """Numbers of the first and last audit entry that are gone."""
    audit_known: bool
    packages: Sequence[tuple[str, str]]
    """Tenant and digest."""
    pins: Sequence[tuple[str, str, str]]
    """Mount, path and digest."""
    pseudonym_key_since: int
    """When the active PSEUDONYM key came into use, if that was after the backup, else 0: who came before it and is not
    in the backup gets another pseudonym."""
    forgotten: int
    """Of whom the backup holds something, and who were forgotten since; they stay forgotten."""


def lost(gist: Gist, before: Survivor, other: Survivor, ring: Keyring) -> Lost:
    """Compare a backup with the store in whose place it comes, and with the other store. `ring` is the one in force."""
    newest = max(ring.generation, before.generation, other.generation)
    active = [key.activated for key in ring.keys if key.purpose is Purpose.PSEUDONYM and key.protects]
    since = max((int(one.timestamp() * 1000) for one in active if one is not None), default=0)
    kind_is_keys = gist.head.kind == KEYS_KIND
    gone = None
    if not kind_is_keys and before.there and before.audit_number > gist.audit_number:
        gone = (gist.audit_number + 1, before.audit_number)
    return Lost(
        created=gist.head.created,
        generations=(gist.head.generation, newest) if not kind_is_keys and newest > gist.head.generation else None,
        without_key=gist.without_key if other.there else None,
        without_person=gist.without_person if other.there else None,
        audit=gone,
        audit_known=before.there or kind_is_keys,
        packages=() if kind_is_keys else sorted(before.packages - gist.packages),
        pins=() if kind_is_keys else sorted(before.pins - gist.pins),
        pseudonym_key_since=since if since > gist.head.created else 0,
        forgotten=gist.forgotten,
    )
