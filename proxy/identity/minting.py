"""Gives pseudonyms to people nobody knows yet; exactly one to each, however many processes meet her at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from keys import TURNS, Indexed, KeyRoom, Secret, new_person, new_person_key
from proxy.errors import KeysUnavailable
from proxy.identity import record as contents
from proxy.identity.model import Context
from proxy.identity.normalize import Identifier
from proxy.identity.records import Known, Records, key_errors
from proxy.people import Cleartext
from proxy.store.port import AuditRecord, Clock, KeyStore, LookupRecord, MappingRecord, Newcomer, Store

Gate = Callable[[Context, int], Awaitable[None]]
"""Returns when so many people nobody knows may be given pseudonyms in this exchange, or refuses."""


async def open_gate(_context: Context, _count: int) -> None:
    """Let everybody in."""


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """A person to be found or minted: her identifier, its index under the key in force, and what was said of her."""

    identifier: Identifier
    index: Indexed
    texts: tuple[Cleartext, ...]
    owner: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Minted:
    """What became of a person nobody knew: she as stored, or the record of who was faster."""

    wanted: Wanted
    known: Known | None
    earlier: MappingRecord | None = None


@dataclass(frozen=True, slots=True, repr=False)
class _Candidate:
    """A person as she would be stored if nobody else is faster."""

    wanted: Wanted
    known: Known
    key: Secret


class Minting:
    """See the module. `may_mint` raises `KeysUnavailable` while our keyring may not be the newest."""

    def __init__(
        self,
        store: Store,
        keystore: KeyStore,
        *,
        keys: KeyRoom,
        records: Records,
        clock: Clock,
        may_mint: Callable[[], None],
    ) -> None:
        """Remember the means."""
        self._store = store
        self._keystore = keystore
        self._keys = keys
        self._records = records
        self._clock = clock
        self._may_mint = may_mint

    async def mint(self, context: Context, new: Sequence[Wanted]) -> list[Minted]:
        """Store everybody, each with her audit entry, in one transaction; the answers are not in order.

        Raises `StoreFailed`, `KeysUnavailable`.
        """
        done: list[Minted] = []
        waiting = list(new)
        turn = 0
        while waiting:
            if turn == TURNS:
                raise KeysUnavailable("forgotten-too-often")  # another key gives new turns
            self._may_mint()
            candidates = [self._candidate(context.tenant, one, turn) for one in waiting]
            # Her key first: a record whose key was never written would be nobody's.
            await self._keystore.put([self._records.wrapped(one.known.record, one.key) for one in candidates])
            forgotten = await self._admit(context, candidates, done)
            waiting = [one.wanted for one in forgotten]
            turn += 1
        return done

    async def _admit(self, context: Context, candidates: Sequence[_Candidate], done: list[Minted]) -> list[_Candidate]:
        """Add to `done` who was stored or was there; return those whose pseudonym was a forgotten person's."""
        newcomers = [self._newcomer(one, context) for one in candidates]
        # If this fails, it may still have been done: the keys stay, for a key that opens nothing does no harm.
        admissions = await self._store.insert_or_get(newcomers, self._keys.ring.generation)
        forgotten: list[_Candidate] = []
        losers: list[str] = []
        for one, admission in zip(candidates, admissions, strict=True):
            if admission.verdict == "new":
                done.append(Minted(one.wanted, _as_admitted(one.known, admission.record)))
                continue
            losers.append(one.known.record.person)
            if admission.verdict == "known":
                done.append(Minted(one.wanted, None, admission.record))
            else:
                forgotten.append(one)
        if losers:
            await self._keystore.destroy(losers)
        return forgotten

    def _candidate(self, tenant: str, wanted: Wanted, turn: int) -> _Candidate:
        identifier, now = wanted.identifier, self._clock()
        with key_errors():
            minted = self._keys.scheme.mint(tenant, identifier.kind, identifier.parts, turn)
        record = MappingRecord(
            tenant=tenant,
            kind=identifier.kind,
            person=new_person(),
            pseudonym=minted.token,
            pseudonym_key=minted.key_id,
            sealed=b"",
            seal_key="",
            created=now,
            last_seen=now,
            owner=wanted.owner,
        )
        key = new_person_key()
        return _Candidate(wanted, self._records.seal(record, key, contents.merge((), wanted.texts)), key)

    def _newcomer(self, one: _Candidate, context: Context) -> Newcomer:
        record, identifier = one.known.record, one.wanted.identifier
        now = datetime.fromtimestamp(record.created / 1000, UTC)
        with key_errors():
            values = self._keys.index.to_store(record.tenant, identifier.kind, identifier.parts, now)
            former = () if record.owner else self._keys.scheme.former(record.tenant, identifier.kind, identifier.parts)
        lookups = tuple(LookupRecord(found.value, found.key_id) for found in values)
        return Newcomer(record, lookups, (_entry(record, context),), former)


def _as_admitted(known: Known, record: MappingRecord) -> Known:
    """She may be somebody whom the mapping had lost, and who was restricted before that."""
    if not record.restricted:
        return known
    hers = replace(known.record, restricted=record.restricted)
    return replace(known, record=hers, person=replace(known.person, restricted=True))


def _entry(record: MappingRecord, context: Context) -> AuditRecord:
    return AuditRecord(
        at=record.created,
        event="minted",
        actor=context.actor,
        tenant=context.tenant,
        mount=context.mount,
        route=context.route,
        kind=record.kind,
        pseudonym=record.pseudonym,
        key_id=record.pseudonym_key,
        exchange=context.exchange,
        count=1,
    )
