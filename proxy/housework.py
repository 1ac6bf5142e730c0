"""What a running node does beside the traffic: the wiring of `proxy.upkeep`. Composition level."""

import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from keys import KeyRoom, Purpose
from keys.plan import Due, Standing
from proxy.audit.log import unix_ms
from proxy.config import Config
from proxy.disclosure import AlarmBell
from proxy.identity import Records
from proxy.keepers import RingFile
from proxy.observe import Metrics
from proxy.store import AuditRecord, SqlKeyStore, SqlStore
from proxy.upkeep import (
    Changes,
    Deleters,
    FollowDeletions,
    Forgetting,
    Housekeeping,
    Mover,
    Office,
    Renewal,
    Schedule,
    Worker,
    jobs,
)
from proxy.upkeep.postbacks import ResealPostbacks, SweepPostbacks


def housekeeping_of(
    config: Config,
    *,
    desk: RingFile,
    keys: KeyRoom,
    store: SqlStore,
    keystore: SqlKeyStore,
    renewal: Renewal,
    forgetting: Forgetting,
    changes: Changes,
    mover: Mover,
    deleters: Deleters,
    periods: Mapping[Purpose, timedelta],
    metrics: Metrics,
    log: Any,
    worker: int,
) -> Housekeeping:
    """Wire what a running node does beside the traffic; nothing is begun yet."""
    node = f"{socket.gethostname()}/{config.server.listen}/{worker}"
    records = Records(keys, keystore, renewal.renew)

    def key_stands(one: Due) -> None:
        if one.standing is not Standing.CURRENT:
            hint = "see scormveil keys plan"
            log.warning("cryptoperiod", kind=one.purpose.value, reason=one.standing.value, hint=hint)

    schedule = Schedule(
        keys,
        Office(desk, store.upkeep, keystore, unix_ms, distribute=config.keys.distribute),
        store.upkeep,
        unix_ms,
        periods=periods,
        warn=timedelta(days=config.keys.warn_days),
        holder=node,
        told=key_stands,
    )

    async def measure() -> None:
        metrics.keyring(keys.ring.generation, well=not renewal.trouble)
        for one in schedule.standing():
            if one.until is not None:
                metrics.key_days_left(one.purpose.value, (one.until - datetime.now(UTC)) / timedelta(days=1))
        for job in await store.upkeep.jobs():
            metrics.upkeep_left(job.name, job.remaining)

    def ring(alarm: AuditRecord) -> None:
        metrics.alarm(event=alarm.event, mount="", reason=alarm.reason)
        log.warning(alarm.event, reason=alarm.reason, count=alarm.count)

    def told(event: str, facts: dict[str, str | int]) -> None:
        (log.warning if event in {"upkeep-trouble", "upkeep-cannot-open"} else log.info)(event, **facts)

    return Housekeeping(
        node=node,
        store=store,
        upkeep=store.upkeep,
        keystore=keystore,
        renewal=renewal,
        forgetting=forgetting,
        changes=changes,
        urgent=(jobs.FinishMoves(mover, store.moves, unix_ms),),
        jobs=(
            jobs.GiveKeys(records, store, store.upkeep),
            jobs.RewrapKeys(keys, records, keystore),
            ResealPostbacks(keys, store.postbacks, store.upkeep, renewal.renew),
            SweepPostbacks(store.postbacks, unix_ms),
            jobs.Reindex(keys, records, store.upkeep, unix_ms),
            jobs.Retention(forgetting, store.upkeep, unix_ms, config.upkeep.forget_after_days),
        ),
        errands=(FollowDeletions(store.deletions, deleters, unix_ms),),
        duties=(schedule.look, measure, AlarmBell(store.disclosures, unix_ms, ring).look),
        worker=Worker(store.upkeep, node, unix_ms, config.upkeep.records_per_second),
        clock=unix_ms,
        generation=lambda: keys.ring.generation,
        tell=told,
    )


def periods_of(config: Config) -> dict[Purpose, timedelta]:
    """The cryptoperiods that `[keys.rotate_every]` sets."""
    days = {purpose: getattr(config.keys.rotate_every, purpose.value) for purpose in Purpose}
    return {purpose: timedelta(days=count) for purpose, count in days.items() if count}
