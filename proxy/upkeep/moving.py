"""Gives one person another pseudonym, in the mapping and in the cloud, so that she loses nothing.

1. *Promise.* The new pseudonym is written down beside the old one and leads to her from then on; she is held: no
   message that names her leaves (a launch waits, fifteen seconds at most; see `IdentityService`).
2. *Hear.* Every worker has dropped her from memory, and what it had translated before has arrived (`Barrier`).
3. *Rename* in every application of her tenant, and see it done.
4. *Switch* and let go, if no application has anything of hers under the old pseudonym. Else she keeps it and is told
   of, for with registrations that were not renamed a new pseudonym would begin her courses anew; what other
   applications had renamed is renamed back, and she is let go.

Whoever is killed in between leaves a person who is held. The hold is prolonged while somebody lives who works on her; a
running node takes over from who does not (`jobs.FinishMoves`), before it ends. Every step may be done twice.

What remains, for a learner whose LMS does not name its registration in the launch:

* a rename that takes effect later than the time to wait (`rename.wait_seconds`): until the command is run again she
  launches under the old pseudonym, which the cloud by then does not know;
* a launch that was given up (no answer within `limits.idle_seconds`) and that the cloud looks at after the rename;
* a worker that was cut off from the mapping for `SILENT_SECONDS` and still had a launch under way;
* nobody finishes a move within ten minutes: the command was killed, and so was every node;
* of several applications one renamed her, another did not, and the first one would not rename her back.

A course that is open keeps the `cmi.learner_id` it began with until it is closed; its results are kept by registration.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from keys import TURNS, KeyRoom, Purpose
from proxy.cloud import Application, LearnerUpdate, Outcome, Renaming
from proxy.errors import KeysUnavailable, LeakSuspected, ProxyError, SealFailed
from proxy.identity import Known, Records, identifiers_of, key_errors, outward_text
from proxy.people import Kind, Person, Pseudonym
from proxy.store.moves_port import Moves
from proxy.store.port import AuditRecord, Clock, MappingRecord, MoveRecord, PseudonymRecord
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.barrier import Barrier
from proxy.upkeep.opening import open_one

HOLD_MS = 600_000
"""How long a hold lasts if nobody prolongs it, and no node finishes the move."""
PROLONG_SECONDS = 4.0
_HEAR_SECONDS = 8.0
"""How long a person is held for workers to hear of it; then she is let go, and held again once they have."""
_ATTEMPTS = 8

State = Literal["switched", "kept", "gone", "cannot-open"]


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a person. `kept`: she has her old pseudonym still, for what `outcomes` say by application."""

    person: str
    tenant: str
    former: str
    state: State
    pseudonym: str = ""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class _Way:
    """A person with the pseudonym she is to have; `resumed` if somebody had promised it before."""

    known: Known
    coming: PseudonymRecord
    number: int
    resumed: bool


class Mover:
    """See the module. `applications` are those of each tenant; `actor` is who moves, a short word."""

    def __init__(
        self,
        *,
        keys: KeyRoom,
        records: Records,
        moves: Moves,
        upkeep: Upkeep,
        applications: Mapping[str, Sequence[Application]],
        barrier: Barrier,
        clock: Clock,
        actor: str,
    ) -> None:
        """Remember the means."""
        self._keys = keys
        self._records = records
        self._moves = moves
        self._upkeep = upkeep
        self._applications = applications
        self._barrier = barrier
        self._clock = clock
        self._actor = actor

    async def move(self, record: MappingRecord, *, force: bool = False) -> Moved:
        """Move a person to a pseudonym of the active key; what was begun under another one is finished first.

        `force`: also if the cloud has registrations of hers that were not renamed. Raises `StoreFailed`,
        `KeysUnavailable`.
        """
        moved = await self._once(record, force=force)
        if moved.state == "switched":
            there = await self._moves.read(record.person)
            if there is not None and there.pseudonym_key != self._active():
                return await self._once(there, force=force)
        return moved

    async def finish(self, record: MappingRecord) -> Moved | None:
        """Go on where somebody died who moved her; None if nothing was promised. She is let go in any case.

        Raises like `move`.
        """
        moved = None
        if await self._coming(record.person) is not None:
            moved = await self._once(record, force=False)
        if moved is None or moved.state != "switched":
            await self._moves.let_go(record.person)
        return moved

    async def _once(self, record: MappingRecord, *, force: bool) -> Moved:
        try:
            return await self._move(record, force=force)
        except SealFailed:
            return Moved(record.person, record.tenant, record.pseudonym, "cannot-open")

    async def _move(self, record: MappingRecord, *, force: bool) -> Moved:
        applications = self._applications.get(record.tenant, ())
        if not applications and not force:
            return Moved(record.person, record.tenant, record.pseudonym, "kept")
        for _ in range(_ATTEMPTS):
            there = await self._moves.read(record.person)
            if there is None:
                return Moved(record.person, record.tenant, record.pseudonym, "gone")
            coming = await self._coming(record.person)
            if coming is None and there.pseudonym_key == self._active():
                return Moved(record.person, record.tenant, record.pseudonym, "switched", there.pseudonym)
            known = await open_one(self._records, there)
            if known is None:
                return Moved(record.person, record.tenant, there.pseudonym, "cannot-open")
            without = {} if coming or force else await _without_renaming(applications, known.person)
            if without:
                return Moved(record.person, record.tenant, there.pseudonym, "kept", "", without)
            way = await self._promised(known, coming)
            if way is None:
                continue  # somebody else works on her
            async with self._held(record.person):
                if await self._barrier.heard(way.number, _HEAR_SECONDS):
                    return await self._renamed(way, applications, force=force)
                await self._moves.let_go(record.person)
            await self._barrier.heard(way.number)
        return Moved(record.person, record.tenant, record.pseudonym, "kept")

    def _active(self) -> str:
        with key_errors():
            return self._keys.ring.active(Purpose.PSEUDONYM).id

    async def _coming(self, person: str) -> PseudonymRecord | None:
        return next((one for one in await self._upkeep.pseudonyms(person) if one.state == "coming"), None)

    async def _promised(self, known: Known, coming: PseudonymRecord | None) -> _Way | None:
        """Step 1; None if she is not as she was read."""
        record = known.record
        if coming is not None:
            number = await self._moves.hold(record.person, self._clock() + HOLD_MS)
            return _Way(known, coming, number, resumed=True) if number else None
        identifiers = identifiers_of(known.person.cleartexts, record.kind)
        if not identifiers:
            raise SealFailed("mapping-mismatch")
        key = known.key or await self._records.give_key(record)
        for turn in range(TURNS):
            with key_errors():
                minted = self._keys.scheme.mint(record.tenant, record.kind, identifiers[0].parts, turn)
            now = self._clock()
            coming = PseudonymRecord(record.tenant, minted.token, minted.key_id, record.person, "coming", now)
            others = (*known.person.others, minted.token)
            newer = self._records.seal(replace(record, moving=now + HOLD_MS), key, known.person.cleartexts, others)
            promise = await self._moves.promise(
                newer.record,
                coming,
                replacing=record.sealed,
                generation=self._keys.ring.generation,
                entry=self._entry("pseudonym-promised", record, coming, now),
            )
            if promise.verdict == "promised":
                return _Way(newer, coming, promise.number, resumed=False)
            if promise.verdict == "stale":
                return None
        raise KeysUnavailable("forgotten-too-often")

    @asynccontextmanager
    async def _held(self, person: str) -> AsyncIterator[None]:
        """Prolong a hold for as long as somebody works on her."""

        async def prolong() -> None:
            while True:
                await asyncio.sleep(PROLONG_SECONDS)
                with suppress(ProxyError):
                    await self._moves.prolong((person,), self._clock() + HOLD_MS)

        task = asyncio.ensure_future(prolong())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _renamed(self, way: _Way, applications: Sequence[Application], *, force: bool) -> Moved:
        """Steps 3 and 4."""
        record, coming = way.known.record, way.coming
        outcomes: dict[str, Outcome] = {}
        for one in applications:
            outcomes[one.name] = await self._asked(one, way)
            if not force and not outcomes[one.name].settled:
                await self._put_back(way, applications, outcomes)
                break
        now = self._clock()
        await self._moves.note(
            [
                MoveRecord(record.person, name, record.pseudonym, coming.pseudonym, outcome.value, now)
                for name, outcome in outcomes.items()
            ]
        )
        settled = bool(outcomes) and all(one.settled for one in outcomes.values())
        done = (settled or force) and await self._moves.switch(
            record.person,
            former=record.pseudonym,
            coming=coming.pseudonym,
            now=now,
            entry=self._entry("pseudonym-changed", record, coming, now, reason="" if settled else "forced"),
        )
        if not done:
            await self._moves.let_go(record.person)
        state: State = "switched" if done else "gone" if settled else "kept"
        return Moved(record.person, record.tenant, record.pseudonym, state, coming.pseudonym, outcomes)

    async def _asked(self, application: Application, way: _Way) -> Outcome:
        """Rename her in one application. If the guard sees her in what would be sent, nothing is; it is recorded."""
        record = way.known.record
        try:
            return await application.rename(
                way.known.person, record.pseudonym, self.update_for(way.coming), resumed=way.resumed
            )
        except LeakSuspected as leak:
            entry = self._entry("leak-suspected", record, None, self._clock(), reason="rename")
            await self._moves.note((), [replace(entry, mount=application.name, kind=leak.kind)])
            return Outcome.REFUSED

    async def _put_back(self, way: _Way, applications: Sequence[Application], outcomes: dict[str, Outcome]) -> None:
        """She keeps her old pseudonym: so what was renamed before another application refused is renamed back."""
        record = way.known.record
        current = PseudonymRecord(record.tenant, record.pseudonym, record.pseudonym_key, record.person, "current", 0)
        for one in applications:
            if outcomes.get(one.name) is Outcome.RENAMED:
                back = await one.rename(way.known.person, way.coming.pseudonym, self.update_for(current))
                outcomes[one.name] = Outcome.PUT_BACK if back.settled else Outcome.RENAMED

    def update_for(self, pseudonym: PseudonymRecord) -> LearnerUpdate:
        """What the cloud is to call a person: the pseudonym and its aliases, as a launch would."""
        with key_errors():
            alias = self._keys.scheme.alias(pseudonym.pseudonym)
        nobody = Person(Pseudonym(pseudonym.pseudonym, pseudonym.key_id), ())
        given, family = (outward_text(nobody, kind, alias) for kind in (Kind.GIVEN, Kind.FAMILY))
        return LearnerUpdate(pseudonym.pseudonym, given, family)

    def _entry(
        self, event: str, record: MappingRecord, pseudonym: PseudonymRecord | None, now: int, *, reason: str = ""
    ) -> AuditRecord:
        """Only one of the two pseudonyms stands in an entry: a reader who knows the old key must not follow her."""
        return AuditRecord(
            at=now,
            event=event,
            actor=self._actor,
            tenant=record.tenant,
            kind=record.kind,
            pseudonym=pseudonym.pseudonym if pseudonym else "",
            key_id=pseudonym.key_id if pseudonym else "",
            reason=reason,
            count=1,
        )


async def _without_renaming(applications: Sequence[Application], person: Person) -> dict[str, Outcome]:
    """Applications that have registrations of hers and are configured not to rename: then nothing is even promised."""
    found = {}
    for one in applications:
        if one.by is Renaming.NONE:
            outcome = await one.look(person, person.pseudonym.token, person.pseudonym.token)
            if not outcome.settled:
                found[one.name] = outcome
    return found
