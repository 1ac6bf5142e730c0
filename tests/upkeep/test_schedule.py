"""Rotation by the calendar."""

from datetime import UTC, datetime, timedelta

import pytest

from keys import Purpose
from keys.plan import Standing
from proxy.assemble import unix_ms
from proxy.upkeep import Office, Schedule

DAY = timedelta(days=1)


class Calendar:
    """The schedule of a node, with a clock that can be turned."""

    def __init__(self, node, office, holder="a", days=90):
        self.later = timedelta()
        self.told = []
        house = node.house
        self.schedule = Schedule(
            house.keys,
            Office(office._desk, house.store.upkeep, house.keystore, self.clock),
            house.store.upkeep,
            self.clock,
            periods={Purpose.PSEUDONYM: days * DAY},
            warn=14 * DAY,
            holder=holder,
            told=self.told.append,
        )

    def clock(self):
        return unix_ms() + int(self.later / timedelta(milliseconds=1))


@pytest.fixture
async def calendar(node):
    return Calendar(node, await node.office())


async def test_warns_before_and_rotates_when_it_is_time(node, calendar):
    before = node.house.keys.ring
    for days, standing in ((0, Standing.CURRENT), (77, Standing.SOON), (89, Standing.SOON)):
        calendar.later = days * DAY
        await calendar.schedule.look()
        assert calendar.told[-1].standing is standing
    assert [one.standing for one in calendar.told] == [Standing.CURRENT, Standing.SOON], "each warning once"

    calendar.later = 90 * DAY + timedelta(minutes=1)
    await calendar.schedule.look()
    await node.house.renewal.renew()

    ring = node.house.keys.ring
    assert ring.generation == before.generation + 1
    assert ring.active(Purpose.PSEUDONYM).id != before.active(Purpose.PSEUDONYM).id
    assert ring.active(Purpose.SEAL).id == before.active(Purpose.SEAL).id, "no period, no rotation"
    entries = [entry for _, entry in await node.house.store.read_audit(0, 99) if entry.event.startswith("key-")]
    assert {entry.actor for entry in entries} == {"schedule"}
    calendar.later += timedelta(minutes=2)
    await calendar.schedule.look()
    assert calendar.told[-1].standing is Standing.CURRENT


async def test_two_nodes_rotate_once(node, other):
    calendars = [Calendar(one, await one.office(), name) for one, name in ((node, "a"), (other, "b"))]
    for one in calendars:
        one.later = 91 * DAY
        await one.schedule.look()
    assert (await node.house.store.pulse()).generation == node.house.keys.ring.generation + 1
    for minutes in (2, 4):  # the other one's turn, and it has not heard of the rotation
        calendars[1].later = 91 * DAY + timedelta(minutes=minutes)
        await calendars[1].schedule.look()
    assert (await node.house.store.pulse()).generation == node.house.keys.ring.generation + 1


async def test_how_long_a_key_is_still_to_be_used_can_be_asked(calendar):
    [one] = calendar.schedule.standing()
    assert one.until is not None
    assert timedelta(days=89) < one.until - datetime.now(UTC) < timedelta(days=91)
