"""Alarms that commands raised reach the metrics of running nodes, each once."""

from proxy.disclosure import AlarmBell
from proxy.store import MAPPING, AuditRecord, open_store, upgrade

MINUTE = 60_000


def alarm(at, reason="many-people", event="disclosure-alarm"):
    return AuditRecord(at, event, "anna", route="disclosure", exchange="x1", reason=reason, count=3)


async def test_each_alarm_rings_once_and_only_those_since_it_hangs_there(tmp_path):
    url = f"sqlite:///{tmp_path / 'mapping.db'}"
    upgrade(url, MAPPING)
    store = open_store(url)
    await store.open()
    try:
        now = [1_000_000_000_000]
        heard = []
        bell = AlarmBell(store.disclosures, lambda: now[0], heard.append)
        await store.append_audit([alarm(now[0] - 1)])
        await bell.look()
        await store.append_audit([alarm(now[0] + 1), alarm(now[0] + 1, event="disclosed", reason="access/dsr-7")])
        await bell.look()
        assert heard == [], "it looks once a minute"
        for _ in range(4):
            now[0] += MINUTE
            await bell.look()
        assert heard == [alarm(1_000_000_000_001)]
        await store.append_audit([alarm(now[0] - 1, "out-of-hours")])
        now[0] += MINUTE
        await bell.look()
        assert [one.reason for one in heard] == ["many-people", "out-of-hours"]
    finally:
        await store.close()
