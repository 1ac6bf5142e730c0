"""What `scormveil store status` finds that needs attention: each finding a word, a number, and what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from proxy.store.census import Fit, KeyStoreCensus, MappingCensus

FINDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "damaged": "SQLite's quick check fails: the file is damaged. Stop scormveil, keep the file, restore a backup.",
        "unfinished": "A copy or restore into this store was cut short, and nobody can serve from it. Run the same "
        "command again.",
        "people-without-key": "People whose data key is not in the key store: a backup of it was restored, or it was "
        "lost. Each is readable again, under the same pseudonym, after her next launch; until then results that name "
        "her are refused. Restore a newer backup of the key store if there is one.",
        "keys-without-person": "Data keys of nobody in the mapping: a backup of the mapping was restored, or a launch "
        "was cut short. They open older copies of the mapping. If you will restore none, `scormveil store tidy` "
        "destroys them.",
        "lookups-without-person": "Index values that lead to nobody: who has one of them cannot be given a pseudonym. "
        "`scormveil store tidy` removes them.",
        "pseudonyms-without-person": "Pseudonyms that lead to nobody. `scormveil store tidy` removes them.",
        "people-without-lookup": "People without any index value. Each is found again by her pseudonym at her next "
        "launch; nothing is lost.",
        "people-without-pseudonym": "People whose pseudonym is not in the table of pseudonyms: somebody altered the "
        "mapping. Restore a backup.",
        "forgotten-people-back": "Forgotten people stand in a store again: an older copy of it was put in place. They "
        "are forgotten once more at the next start; start scormveil.",
        "journals-differ": "Erasures, or restrictions and their ends, that one of the three journals (mapping, key "
        "store, files of this node) does not know yet. They are made equal at the next start; start scormveil.",
        "key-store-archived": "The server of the key store archives its log: data keys that were destroyed live on in "
        "the archive. Give the key store a server of its own with archive_mode = off.",
        "keyring-behind": "The keyring file here is older than the one announced to all nodes. Start scormveil, which "
        "takes the newer one from the key store, or copy it here.",
        "keyring-not-announced": "The keyring file here is newer than the one announced. It is announced at the next "
        "start; start scormveil.",
        "keyring-forked": "The keyring file here is another one than that announced under the same generation. Put "
        "the announced one back.",
        "workers-behind": "Running workers use an older keyring than the one announced. Look at their /healthz and "
        "log.",
        "cannot-open": "Records that upkeep could not open under any key of the ring. Look at `scormveil keys list`: "
        "the key that sealed them may have been destroyed.",
        "readable-by-others": "A database file can be read by other users of this machine. Run `chmod 600` on it and "
        "on the files beside it, and ask who had access.",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A word of `FINDINGS`, and how many of it there are."""

    code: str
    count: int = 1

    @property
    def advice(self) -> str:
        """What it means and what to do."""
        return FINDINGS[self.code]


@dataclass(frozen=True, slots=True)
class Journals:
    """How many erasures each journal knows; and how many, or restrictions, one lacks that another one knows."""

    mapping: int
    keystore: int
    file: int
    missing: int


@dataclass(frozen=True, slots=True)
class RingHere:
    """The keyring file of this node: generation and SHA-256 in hexadecimal."""

    generation: int
    digest: str


def findings(
    mapping: MappingCensus,
    keystore: KeyStoreCensus,
    both: Fit,
    journals: Journals,
    *,
    ring: RingHere,
    exposed: int,
) -> list[Finding]:
    """Everything that needs attention. `exposed` counts files that others can read."""
    counts = {
        "damaged": sum(bool(one.database.damage) for one in (mapping, keystore)),
        "unfinished": sum(one.database.unfinished for one in (mapping, keystore)),
        "people-without-key": both.people_without_key,
        "keys-without-person": both.keys_without_person,
        "lookups-without-person": mapping.lookups_without_person,
        "pseudonyms-without-person": mapping.pseudonyms_without_person,
        "people-without-lookup": mapping.people_without_lookup,
        "people-without-pseudonym": mapping.people_without_pseudonym,
        "forgotten-people-back": mapping.erased_again + keystore.erased_again,
        "journals-differ": journals.missing,
        "key-store-archived": int(keystore.database.archived),
        "workers-behind": sum(one.generation < mapping.generation for one in mapping.workers),
        "cannot-open": sum(int(one["remaining"]) for one in mapping.jobs if one["state"] == "cannot-open"),
        "readable-by-others": exposed,
    }
    found = [Finding(code, count) for code, count in counts.items() if count]
    return [*found, *_of_ring(mapping, ring)]


def _of_ring(mapping: MappingCensus, ring: RingHere) -> Iterator[Finding]:
    if ring.generation < mapping.generation:
        yield Finding("keyring-behind")
    elif ring.generation > mapping.generation > 0:
        yield Finding("keyring-not-announced")
    elif ring.generation == mapping.generation and ring.digest != mapping.digest:
        yield Finding("keyring-forked")
