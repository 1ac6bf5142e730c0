"""Takes over learners whom an application of the cloud knows in clear: a pseudonym for each, and a rename there.

For the move of an integration behind scormveil (docs/scorm-cloud.md). The cloud is told once more what it knows, the id
it has, with the pseudonym it shall have instead; so the guard, which looks for the person in what leaves, is not asked
about her here. Nothing else of her leaves. Killed and run again it goes on: who is renamed is not in clear any more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.cloud import Application, LearnerUpdate, Outcome, Reader
from proxy.errors import FieldInvalid, FieldMissing, PersonMoving, Restricted
from proxy.identity import Context, IdentityService, Sighting
from proxy.people import Cleartext, Kind, Person
from proxy.store.moves_port import Moves
from proxy.store.port import AuditRecord, Clock, PseudonymRecord

_IN_A_ROW = 5
_TAKEN = frozenset({Outcome.RENAMED, Outcome.NOTHING_THERE})


@dataclass(frozen=True, slots=True, repr=False)
class Clear:
    """A learner in clear: what an application says of her, and how many registrations she has."""

    id: str
    texts: tuple[Cleartext, ...]
    registrations: int


@dataclass(slots=True)
class Adopted:
    """What a run did. `kept` are pseudonyms of those who are in clear still, with what the application did."""

    renamed: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)
    invalid: int = 0
    stopped: bool = False


class Adopting:
    """One application of one tenant. `update_for` says what the cloud is to call a pseudonym."""

    def __init__(
        self,
        application: Application,
        *,
        names: IdentityService,
        update_for: Callable[[PseudonymRecord], LearnerUpdate],
        moves: Moves,
        context: Context,
        clock: Clock,
    ) -> None:
        """Remember the means."""
        self._application = application
        self._names = names
        self._update_for = update_for
        self._moves = moves
        self._context = context
        self._clock = clock

    async def run(self, learners: Sequence[Clear], told: Callable[[], None] = lambda: None) -> Adopted:
        """Take over learners one after the other; the first that is not renamed ends it, and five in a row.

        Raises `StoreFailed`, `KeysUnavailable`.
        """
        done = Adopted()
        row = 0
        for one in learners:
            row = 0 if await self._one(one, done) else row + 1
            told()
            if row >= _IN_A_ROW or (row and not done.renamed):
                done.stopped = True
                return done
        return done

    async def _one(self, clear: Clear, done: Adopted) -> bool:
        try:
            sighting = Sighting(Cleartext(Kind.SUBJECT, clear.id), clear.texts)
            [person] = await self._names.pseudonymize([sighting], self._context)
        except (FieldInvalid, FieldMissing):
            done.invalid += 1
            return True  # an id that no launch could have either
        except (PersonMoving, Restricted) as waiting:
            done.kept.append(("", "moving" if isinstance(waiting, PersonMoving) else "restricted"))
            return True
        mine = person.pseudonym
        record = PseudonymRecord(self._context.tenant, mine.token, mine.key_id, "", "current", 0)
        update = replace(self._update_for(record), without_email=True)
        outcome = await self._application.rename(Person(mine, ()), clear.id, update)
        if outcome not in _TAKEN:
            done.kept.append((mine.token, outcome.value))
            return False
        done.renamed += 1
        await self._moves.note((), [self._entry(person)])
        return True

    def _entry(self, person: Person) -> AuditRecord:
        return AuditRecord(
            at=self._clock(),
            event="adopted",
            actor=self._context.actor,
            tenant=self._context.tenant,
            mount=self._context.mount,
            pseudonym=person.pseudonym.token,
            key_id=person.pseudonym.key_id,
            count=1,
        )


async def in_clear_at(reader: Reader, is_pseudonym: Callable[[str], bool]) -> list[Clear]:
    """Everybody whom an application knows by an id that is no pseudonym. Raises like `Reader`."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in (await reader.rows("/registrations", "registrations")).rows:
        learner = row.get("learner")
        if isinstance(learner, dict) and isinstance(learner.get("id"), str) and not is_pseudonym(learner["id"]):
            found.setdefault(learner["id"], []).append(learner)
    return [Clear(name, _texts(learners), len(learners)) for name, learners in found.items()]


def _texts(learners: Sequence[Mapping[str, Any]]) -> tuple[Cleartext, ...]:
    kinds = (("firstName", Kind.GIVEN), ("lastName", Kind.FAMILY), ("email", Kind.EMAIL))
    texts = [
        Cleartext(kind, value)
        for learner in learners
        for name, kind in kinds
        if isinstance(value := learner.get(name), str) and value
    ]
    return tuple(dict.fromkeys(texts))
