"""Collects what is held on one person, here and at the cloud: for her, when she asks (GDPR article 15).

The cloud is asked under every pseudonym she has or had, and told nothing else. What cannot be had is said where it
would stand, so that nobody takes a gap for nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from proxy.cloud import Reader, part
from proxy.errors import BodyTooLarge, UpstreamFailed, UpstreamRefused
from proxy.identity import Records, in_clear
from proxy.store.port import AuditRecord, MappingRecord, PseudonymRecord
from proxy.store.restrictions_port import Restrictions
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.opening import open_one

Addresses = Callable[[str], Awaitable[list[dict[str, Any]]]]
"""The addresses that results of a person (by the name of her row) go to, opened."""

_PAGE = 1000
_SHOWN = frozenset((
    "id", "instance", "dispatchId", "updated", "registrationCompletion", "registrationCompletionAmount",
    "registrationSuccess", "score", "totalSecondsTracked", "firstAccessDate", "lastAccessDate", "completedDate",
    "createdDate", "course", "learner", "tags",
))  # fmt: skip
"""Members of a registration that are no details; docs/protocol/scorm-cloud-api.md, section 4."""
_DETAILS = {"includeChildResults": "true", "includeInteractionsAndObjectives": "true", "includeRuntime": "true"}
_NO_DETAILS = "Details are not in here: the readers this was made for may not see them."
_ELSEWHERE = (
    "The LMS's own records of her.",
    "A website user of the cloud, if it was ever given her e-mail address; Reportage; statements piped elsewhere.",
    "Backups of the mapping and of the key store, for as long as they are kept.",
    "Pseudonyms that were taken away before now (`keys migrate --retire`): nobody knows any more that they were hers.",
)


@dataclass(frozen=True, slots=True)
class Application:
    """An application of the cloud, and whether whoever reads this may see details."""

    name: str
    reader: Reader
    details: bool


class Access:
    """See the module. `applications` are those of each tenant."""

    def __init__(
        self,
        records: Records,
        upkeep: Upkeep,
        restrictions: Restrictions,
        addresses: Addresses,
        applications: Mapping[str, Sequence[Application]],
    ) -> None:
        """Remember the means."""
        self._records = records
        self._upkeep = upkeep
        self._restrictions = restrictions
        self._addresses = addresses
        self._applications = applications

    async def collect(self, record: MappingRecord, now: int) -> dict[str, Any]:
        """Everything held on a person, as JSON values. Raises `StoreFailed`, `KeysUnavailable`."""
        pseudonyms = await self._upkeep.pseudonyms(record.person)
        owned = await self._upkeep.belongings(record.person)
        tokens = [one.pseudonym for one in pseudonyms]
        ids = [one.pseudonym for one in owned]
        restricted = await self._restrictions.of(record.person)
        return {
            "made": _when(now),
            "person": await self._clear(record),
            "first_seen": _when(record.created),
            "last_seen": _when(record.last_seen),
            "restricted": {"since": _when(restricted.since), "case": restricted.case} if restricted else None,
            "pseudonyms": [_pseudonym(one) for one in pseudonyms],
            "registration_ids": [
                {"pseudonym": one.pseudonym, "since": _when(one.created), **await self._clear(one)} for one in owned
            ],
            "postback_addresses": await self._addresses(record.person),
            "audit": [_entry(number, one) for number, one in await self._audit((*tokens, *ids))],
            "cloud": [await self._of(application, tokens) for application in self._applications.get(record.tenant, ())],
            "not_in_here": list(_ELSEWHERE),
        }

    async def _clear(self, record: MappingRecord) -> dict[str, Any]:
        known = await open_one(self._records, record)
        return in_clear(known) if known is not None else {"trouble": "the record does not open: its data key is gone"}

    async def _audit(self, tokens: Sequence[str]) -> list[tuple[int, AuditRecord]]:
        found: list[tuple[int, AuditRecord]] = []
        while page := await self._upkeep.about(tokens, found[-1][0] if found else 0, _PAGE):
            found += page
        return found

    async def _of(self, application: Application, tokens: Sequence[str]) -> dict[str, Any]:
        told: dict[str, Any] = {"application": application.name, "learner_ids": {}}
        if not application.details:
            told["note"] = _NO_DETAILS
        for token in tokens:
            told["learner_ids"][token] = {
                "registrations": await self._registrations(application, token),
                "tags": await _had(application.reader.one(f"/learner/{part(token)}/tags"), "tags"),
            }
        return told

    async def _registrations(self, application: Application, token: str) -> Any:
        asked = _DETAILS if application.details else {}
        try:
            rows = await application.reader.rows("/registrations", "registrations", query={"learnerId": token, **asked})
        except (UpstreamFailed, UpstreamRefused, BodyTooLarge) as failed:
            return _trouble(failed)
        found = []
        for row in rows.rows:
            learner = row.get("learner")
            if not isinstance(learner, dict) or str(learner.get("id", "")).lower() != token:
                return {"trouble": "filter-ignored"}  # somebody else's: then nothing it says counts
            found.append(await self._registration(application, row))
        return found

    async def _registration(self, application: Application, row: Mapping[str, Any]) -> dict[str, Any]:
        reader, path = application.reader, f"/registrations/{part(row.get('id', ''))}"
        shown = dict(row) if application.details else {name: row[name] for name in row if name in _SHOWN}
        log = {"includeHistoryLog": "true"} if application.details else {}
        launches = await _had(reader.one(f"{path}/launchHistory", **log), "launchHistory")
        if isinstance(launches, list) and not application.details:
            for one in launches:
                one.pop("historyLog", None)
        told = {"registration": shown, "launches": launches}
        if application.details:
            told["statements"] = await _statements(reader, path)
        return told


async def _statements(reader: Reader, path: str) -> Any:
    try:
        return list((await reader.rows(f"{path}/xAPIStatements", "statements")).rows)
    except (UpstreamFailed, UpstreamRefused, BodyTooLarge) as failed:
        return _trouble(failed)


async def _had(asked: Any, key: str) -> Any:
    """A member of an answer; why not, if it cannot be had."""
    try:
        return (await asked).get(key)
    except (UpstreamFailed, UpstreamRefused, BodyTooLarge) as failed:
        return _trouble(failed)


def _trouble(failed: UpstreamFailed | UpstreamRefused | BodyTooLarge) -> dict[str, str]:
    return {"trouble": failed.reason or failed.code}


def _pseudonym(one: PseudonymRecord) -> dict[str, str]:
    return {"pseudonym": one.pseudonym, "state": one.state, "since": _when(one.since), "key": one.key_id}


def _entry(number: int, one: AuditRecord) -> dict[str, Any]:
    told = {name: value for name, value in asdict(one).items() if value and name != "at"}
    return {"number": number, "at": _when(one.at), **told}


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
