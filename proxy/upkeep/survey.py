"""What an officer must know before she acts: what needs each key, who is learning now, which nodes serve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keys import Keyring, Purpose
from proxy.store.port import Headcount, JobRecord, KeyStore, NodeRecord
from proxy.store.upkeep_port import Upkeep

ALIVE_MS = 30_000
"""A worker that serves reports every ten seconds; one not heard of for three times as long has ended or hangs."""

REGISTRATION = "registration"
"""The kind of a mapping that stands for a registration of the cloud, not for a human."""


@dataclass(frozen=True, slots=True)
class Need:
    """What still needs a key: `rows` of the stores, and whom they concern where that can be told.

    For LOOKUP index values, for PSEUDONYM pseudonyms (of every state), for SEAL records,
    for AUDIT logs. `by_tenant` counts people.
    """

    rows: int = 0
    purpose: str = ""
    people: int = 0
    registrations: int = 0
    by_tenant: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """The state of the house. `needs` has every key that anything needs, also one that the ring does not have.

    `people` and `registrations` are all there are; `in_course` counts who opened a session within the longest life of
    one; `old_form` records still lie directly under a SEAL key.
    """

    needs: Mapping[str, Need]
    people: int
    registrations: int
    old_form: int
    in_course: int
    nodes: Sequence[NodeRecord]
    jobs: Sequence[JobRecord]

    def need(self, key_id: str) -> Need:
        """What needs this key; nothing if nothing does."""
        return self.needs.get(key_id, Need())

    def needed(self, ring: Keyring) -> dict[str, int]:
        """The counts that `keys.rotate.destroy` asks for."""
        return {key.id: self.need(key.id).rows for key in ring.keys}

    def strangers(self, ring: Keyring) -> dict[str, Need]:
        """What needs keys that this ring does not have, or has no material of: it could never be read with it."""
        usable = {key.id for key in ring.keys if key.material is not None}
        return {key_id: need for key_id, need in self.needs.items() if key_id not in usable and need.rows}


async def survey(upkeep: Upkeep, keystore: KeyStore, now: int, session_ms: int) -> Survey:
    """Ask both stores. Raises `StoreFailed`."""
    usage, wrapped = await upkeep.usage(), await keystore.usage()
    counts = await upkeep.headcounts()
    needs = {
        **_needs(Purpose.LOOKUP.value, usage, counts),
        **_needs(Purpose.PSEUDONYM.value, usage, counts),
        **{key_id: Need(logs, Purpose.AUDIT.value) for key_id, logs in usage[Purpose.AUDIT.value].items()},
    }
    old_form, addresses = usage[Purpose.SEAL.value], usage["postback"]
    for key_id in {*wrapped, *old_form, *addresses}:
        rows = sum(one.get(key_id, 0) for one in (wrapped, old_form, addresses))
        needs[key_id] = Need(rows, Purpose.SEAL.value)
    everybody = [one for one in counts if one.purpose == "people"]
    return Survey(
        needs=needs,
        people=sum(one.people for one in everybody if one.kind != REGISTRATION),
        registrations=sum(one.people for one in everybody if one.kind == REGISTRATION),
        old_form=sum(old_form.values()),
        in_course=await upkeep.in_session(now - session_ms),
        nodes=await upkeep.nodes(now - ALIVE_MS),
        jobs=await upkeep.jobs(),
    )


def _needs(purpose: str, usage: Mapping[str, Mapping[str, int]], counts: Sequence[Headcount]) -> dict[str, Need]:
    mine = [one for one in counts if one.purpose == purpose]
    return {
        key_id: _need(purpose, rows, [one for one in mine if one.key_id == key_id])
        for key_id, rows in usage[purpose].items()
    }


def _need(purpose: str, rows: int, counts: Sequence[Headcount]) -> Need:
    people = [one for one in counts if one.kind != REGISTRATION]
    tenants = sorted({one.tenant for one in people})
    return Need(
        rows=rows,
        purpose=purpose,
        people=sum(one.people for one in people),
        registrations=sum(one.people for one in counts if one.kind == REGISTRATION),
        by_tenant=tuple((tenant, sum(one.people for one in people if one.tenant == tenant)) for tenant in tenants),
    )
