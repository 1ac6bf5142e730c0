"""Takes away what people were called before, once nothing needs it; and lists what the cloud still holds under it.

A former pseudonym leads to its person for a day at least, for a postback may be repeated for 17.5 hours and a browser
may have a session that names it. It is taken away when no application has a registration under it any more; what an
application has (a course that was launched while the cloud renamed) is renamed once more first. A coming pseudonym of
a key that is not active any more is taken back if no application has ever taken it up.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from keys import KeyRoom, Purpose
from proxy.cloud import Application, Registration
from proxy.errors import BodyTooLarge, LeakSuspected, SealFailed, UpstreamFailed, UpstreamRefused
from proxy.identity import Known, Records, key_errors
from proxy.store.moves_port import Moves
from proxy.store.port import AuditRecord, Clock, MappingRecord, MoveRecord, PseudonymRecord, PseudonymState
from proxy.upkeep.moving import Mover
from proxy.upkeep.opening import open_one

_PAGE = 200
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Held:
    """What one application holds under a pseudonym that does not leave (any more).

    `outcome` is what was noted when it was renamed, "" if that was never tried; `registrations` is None if the
    application could not be asked, for the reason `trouble`.
    """

    tenant: str
    pseudonym: str
    state: PseudonymState
    current: str
    application: str
    outcome: str
    registrations: tuple[Registration, ...] | None
    trouble: str = ""


@dataclass(slots=True)
class Retired:
    """What a round did: `held` are pseudonyms that were left because the cloud has something under them."""

    retired: int = 0
    held: list[str] = field(default_factory=list)
    cannot_open: int = 0


class Retiring:
    """See the module."""

    def __init__(
        self,
        mover: Mover,
        *,
        keys: KeyRoom,
        records: Records,
        moves: Moves,
        applications: Mapping[str, Sequence[Application]],
        clock: Clock,
        actor: str,
    ) -> None:
        """Remember the means."""
        self._mover = mover
        self._keys = keys
        self._records = records
        self._moves = moves
        self._applications = applications
        self._clock = clock
        self._actor = actor

    async def retire(self, before: int, *, tenant: str = "", force: bool = False) -> Retired:
        """Take away what stands so since before that time. `force`: whatever the cloud holds under it.

        Raises `StoreFailed`, `KeysUnavailable`.
        """
        done = Retired()
        for state in ("former", "coming"):
            after = ""
            while page := await self._moves.aged(state, before, after, _PAGE):
                after = page[-1].pseudonym
                for one in page:
                    if tenant in {"", one.tenant} and not self._is_wanted(one):
                        await self._one(one, done, force=force)
        return done

    async def holdings(self, tenant: str = "") -> AsyncIterator[Held]:
        """Ask every application what it holds under each former or coming pseudonym. Raises `StoreFailed`."""
        after = ""
        while page := await self._moves.not_current(tenant, after, _PAGE):
            after = page[-1].pseudonym
            noted = await self._moves.outcomes(tuple({one.person for one in page}))
            for one in page:
                record = await self._moves.read(one.person)
                if record is None:
                    continue
                applications = self._applications.get(one.tenant, ())
                if not applications:
                    current, trouble = record.pseudonym, "no-application"
                    yield Held(one.tenant, one.pseudonym, one.state, current, "", "", None, trouble)
                for application in applications:
                    yield await self._held(one, record, application, noted)

    def _is_wanted(self, one: PseudonymRecord) -> bool:
        """Whether it is a promise that the next run is to keep."""
        with key_errors():
            return one.state == "coming" and one.key_id == self._keys.ring.active(Purpose.PSEUDONYM).id

    async def _one(self, one: PseudonymRecord, done: Retired, *, force: bool) -> None:
        for _ in range(_ATTEMPTS):
            record = await self._moves.read(one.person)
            if record is None:
                return
            known = await open_one(self._records, record)
            if known is None or known.key is None:
                done.cannot_open += 1
                return
            if not force and not await self._is_clear(one, known):
                done.held.append(one.pseudonym)
                return
            if await self._take_away(one, known):
                done.retired += 1
                return

    async def _is_clear(self, one: PseudonymRecord, known: Known) -> bool:
        """Whether no application has anything under it (any more)."""
        applications = self._applications.get(one.tenant, ())
        current = PseudonymRecord(
            one.tenant, known.record.pseudonym, known.record.pseudonym_key, one.person, "current", 0
        )
        for application in applications:
            try:
                if one.state == "former":
                    outcome = await application.rename(known.person, one.pseudonym, self._mover.update_for(current))
                else:
                    outcome = await application.look(known.person, one.pseudonym, current.pseudonym)
            except LeakSuspected:
                return False
            if not outcome.settled:
                return False
        return bool(applications)

    async def _take_away(self, one: PseudonymRecord, known: Known) -> bool:
        """False if she is not as she was read."""
        if known.key is None:
            raise SealFailed("person-key-missing")
        others = tuple(token for token in known.person.others if token != one.pseudonym)
        newer = self._records.seal(known.record, known.key, known.person.cleartexts, others)
        entry = AuditRecord(
            self._clock(),
            "pseudonym-retired",
            actor=self._actor,
            tenant=one.tenant,
            kind=known.record.kind,
            pseudonym=one.pseudonym,
            key_id=one.key_id,
            count=1,
        )
        return await self._moves.retire(newer.record, one.pseudonym, replacing=known.record.sealed, entry=entry)

    async def _held(
        self, one: PseudonymRecord, record: MappingRecord, application: Application, noted: Sequence[MoveRecord]
    ) -> Held:
        words = [
            move.outcome
            for move in noted
            if one.pseudonym in {move.former, move.pseudonym} and move.application == application.name
        ]
        registrations, trouble = None, ""
        try:
            registrations = await application.held(one.pseudonym)
        except (UpstreamFailed, UpstreamRefused, BodyTooLarge) as failed:
            trouble = failed.reason or failed.code
        return Held(
            one.tenant,
            one.pseudonym,
            one.state,
            record.pseudonym,
            application.name,
            words[-1] if words else "",
            registrations,
            trouble,
        )
