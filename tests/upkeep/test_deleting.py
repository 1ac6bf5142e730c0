"""An erasure is followed into clouds of every manner, to its end, on a clock of its own."""

from dataclasses import replace

import pytest

from proxy.cloud import Deleter, Registration
from proxy.errors import UpstreamFailed, UpstreamRefused
from proxy.store.deletions_port import DeletionRecord
from proxy.upkeep import FollowDeletions, ask_again, close_by_hand

TOKEN = "sv1" + "a" * 37
SETTLE = 120
HOUR = 3_600_000


class Cloud:
    """Has registrations of hers; a deletion shows after `slow` looks. `no`: how it answers what it will not do."""

    def __init__(self, *ids, slow=0, no=""):
        self.ids, self.slow, self.no = list(ids), slow, no
        self.asked, self.looks = [], 0

    async def registrations(self, learner, _watch):
        assert learner == TOKEN
        self.looks += 1
        if self.no == "silent":
            raise UpstreamFailed("read-timeout")
        if self.asked and self.slow <= 0:
            self.ids.clear()
        self.slow -= bool(self.asked)
        return tuple(Registration(one, "") for one in self.ids)

    async def delete_information(self, learner, user_email):
        if self.no == "silent":
            raise UpstreamFailed("read-timeout")
        if self.no.startswith("status"):
            raise UpstreamRefused(self.no)
        self.asked.append((learner, user_email))


class Tickets:
    """A mapping with one ticket, and a clock."""

    def __init__(self, **given):
        base = DeletionRecord("uni", TOKEN, "api", "open", "", "anna", 0)
        self.one = replace(base, **given)
        self.now = 1_000
        self.entries = []

    async def due(self, now, _limit):
        return [self.one] if self.one.state != "done" and self.one.due <= now else []

    async def count_due(self, now):
        return len(await self.due(now, 1))

    async def note(self, record, entries=()):
        if self.one.state == "done":
            return False
        self.one = record
        self.entries += [(one.event, one.mount, one.reason, one.actor, one.pseudonym) for one in entries]
        return True


class House:
    def __init__(self, cloud, *, allowed=True, known=True, settle=SETTLE, **given):
        self.tickets = Tickets(**given)
        deleter = Deleter("api", cloud, user_email="anna@uni.example", allowed=allowed, settle_seconds=settle)
        deleters = {("uni", "api"): deleter} if known else {}
        self.job = FollowDeletions(self.tickets, deleters, lambda: self.tickets.now)

    @property
    def one(self):
        return self.tickets.one

    @property
    def events(self):
        return [entry[0] for entry in self.tickets.entries]

    async def passes(self, ms):
        """Time goes by; whatever is due is done at its time."""
        end = self.tickets.now + ms
        while self.one.state != "done" and self.one.due <= end:
            self.tickets.now = max(self.tickets.now, self.one.due)
            assert await self.job.step(100) == 1
        self.tickets.now = end
        assert await self.job.left() == 0


@pytest.mark.parametrize("slow", [0, 1, 7])
async def test_it_is_asked_once_and_looked_at_until_nothing_is_left(slow):
    cloud = Cloud("r1", "r2", slow=slow)
    house = House(cloud)
    await house.passes(HOUR // 2)
    assert house.one.state == "done"
    assert cloud.asked == [(TOKEN, "anna@uni.example")]
    assert house.tickets.entries == [
        ("deletion-asked", "api", "", "anna", TOKEN),
        ("deletion-done", "api", "", "anna", TOKEN),
    ]
    assert cloud.looks == slow + 2, "and once more, later"


async def test_it_is_not_done_before_it_has_stayed_so():
    house = House(Cloud("r1"))
    await house.passes(60_000)
    assert house.one.state == "asked"
    assert house.one.emptied
    await house.passes(SETTLE * 1000)
    assert house.one.state == "done"
    assert house.one.emptied + SETTLE * 1000 <= house.tickets.now


async def test_what_came_after_her_is_asked_to_be_deleted_too():
    """A launch was under way when she was erased."""
    cloud = Cloud("r1")
    house = House(cloud)
    await house.passes(60_000)
    cloud.ids, cloud.slow = ["new"], 1000
    await house.passes(2 * HOUR)
    assert len(cloud.asked) >= 2
    assert house.one.state == "asked"
    cloud.slow = 0
    await house.passes(HOUR)
    assert house.one.state == "done"
    assert house.events.count("deletion-done") == 1


async def test_a_cloud_that_knows_nobody_by_it_is_looked_at_all_the_same():
    cloud = Cloud(no="status-404")
    house = House(cloud)
    await house.passes(HOUR)
    assert house.one.state == "done"
    assert house.tickets.entries[0] == ("deletion-asked", "api", "status-404", "anna", TOKEN)


@pytest.mark.parametrize("no", ["status-403", "status-405"])
async def test_a_no_is_handed_to_a_human_and_seen_when_she_has_done_it(no):
    cloud = Cloud("r1", no=no)
    house = House(cloud)
    await house.passes(5 * HOUR)
    assert (house.one.state, house.one.trouble) == ("by-hand", no)
    assert house.tickets.entries == [("deletion-refused", "api", no, "anna", TOKEN)]
    assert cloud.looks <= 7, "every hour"
    cloud.ids.clear()
    await house.passes(2 * HOUR)
    assert house.one.state == "done"


@pytest.mark.parametrize("no", ["silent", "status-401", "status-500"])
async def test_what_may_pass_is_asked_again_at_growing_distances(no):
    cloud = Cloud("r1", no=no)
    house = House(cloud)
    await house.passes(12 * HOUR)
    assert house.one.state == "open"
    assert house.one.tries < 90
    assert house.events == []
    cloud.no = ""
    await house.passes(HOUR)
    assert house.one.state == "done"
    assert len(cloud.asked) == 1


async def test_where_it_is_not_allowed_nobody_is_asked_to_delete():
    cloud = Cloud("r1")
    house = House(cloud, allowed=False)
    await house.passes(HOUR)
    assert (house.one.state, house.one.trouble, cloud.asked) == ("by-hand", "not-allowed", [])


async def test_an_application_that_is_not_configured_any_more_waits():
    house = House(Cloud("r1"), known=False)
    await house.passes(5 * HOUR)
    assert (house.one.state, house.one.trouble) == ("open", "no-application")


async def test_by_hand_from_the_beginning_with_nothing_there_is_done_by_itself():
    house = House(Cloud(), allowed=False, state="by-hand", trouble="not-allowed")
    await house.passes(HOUR)
    assert house.one.state == "done"


async def test_an_officer_closes_it_or_has_it_asked_again():
    cloud = Cloud("r1", no="status-403")
    house = House(cloud)
    await house.passes(HOUR)
    cloud.no = ""
    assert await ask_again(house.tickets, [house.one], house.tickets.now) == 1
    await house.passes(HOUR)
    assert house.one.state == "done"
    other = House(Cloud("r1", no="status-403"))
    await other.passes(HOUR)
    assert await close_by_hand(other.tickets, [other.one], 7, "berta") == 1
    assert other.one.state == "done"
    assert other.tickets.entries[-1] == ("deletion-done", "api", "by-hand", "berta", TOKEN)
    assert await close_by_hand(other.tickets, [other.one], 8, "berta") == 0, "once"


async def test_without_a_time_to_settle_one_look_is_enough():
    cloud = Cloud("r1")
    house = House(cloud, settle=0)
    await house.passes(HOUR)
    assert (house.one.state, cloud.looks) == ("done", 1)
