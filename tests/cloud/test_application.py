"""Renaming a learner, against clouds of every manner; what was done is seen in the registrations only."""

import pytest

from proxy.cloud import Application, LearnerUpdate, Outcome, Registration, Renaming
from proxy.errors import LeakSuspected, UpstreamFailed, UpstreamRefused
from proxy.people import Cleartext, Kind, Person, Pseudonym

OLD, NEW = "sv1" + "a" * 37, "sv1" + "b" * 37
PERSON = Person(Pseudonym(OLD, "aaaa"), (Cleartext(Kind.SUBJECT, "s1234567"),))
UPDATE = LearnerUpdate(NEW, "Learner", "K7Q-XM2-P4R")


class Cloud:
    """A cloud of a given manner: a rename shows after `slow` looks; `deed` is what it then does."""

    def __init__(self, *ids, deed="all", slow=0, no=None):
        self.held = {OLD: set(ids), NEW: set()}
        self.deed, self.slow, self.no = deed, slow, no
        self.asked, self.looks, self.waited = 0, 0, 0.0

    async def registrations(self, learner, _watch):
        self.looks += 1
        if self.no == "list":
            raise UpstreamRefused("status-401")
        if self.no == "silent":
            raise UpstreamFailed("read-timeout")
        if self.asked and self.slow <= 0:
            self.do(sorted(self.held[OLD]))
        self.slow -= bool(self.asked)
        return tuple(Registration(one, "") for one in sorted(self.held[learner]))

    def do(self, there):
        leave = {"all": there, "nothing": [], "half of it": there[:1] if "r1" in there else [], "loses one": there}
        arrive = {**leave, "loses one": there[:1]}
        self.held[OLD] -= set(leave[self.deed])
        self.held[NEW] |= set(arrive[self.deed])

    async def update_learner(self, learner, update, _watch):
        assert (learner, update) == (OLD, UPDATE)
        if self.no == "rename":
            raise UpstreamRefused("status-403")
        if self.no == "leak":
            raise LeakSuspected("plain")
        self.asked += 1
        if self.no == "word":
            raise UpstreamFailed("read-timeout")

    async def sleep(self, seconds):
        self.waited += seconds


def application(cloud, **more):
    return Application("api", cloud, sleep=cloud.sleep, **{"patience": 20.0, **more})


async def outcome(cloud, *, resumed=False, **more):
    return await application(cloud, **more).rename(PERSON, OLD, UPDATE, resumed=resumed)


@pytest.mark.parametrize("slow", [0, 1, 5, 12])
async def test_it_is_done_when_all_she_had_is_under_the_new_one(slow):
    cloud = Cloud("r1", "r2", slow=slow)
    assert await outcome(cloud, patience=60.0) is Outcome.RENAMED
    assert cloud.asked == 1
    assert cloud.held == {OLD: set(), NEW: {"r1", "r2"}}


async def test_nothing_to_rename_is_not_asked_for():
    cloud = Cloud()
    assert await outcome(cloud) is Outcome.NOTHING_THERE
    assert cloud.asked == 0


async def test_what_was_done_before_is_not_asked_for_again():
    cloud = Cloud()
    cloud.held[NEW] = {"r1"}
    assert await outcome(cloud, resumed=True) is Outcome.RENAMED
    assert cloud.asked == 0


@pytest.mark.parametrize("deed", ["nothing", "half of it", "loses one"])
async def test_what_is_not_seen_in_time_is_unclear(deed):
    cloud = Cloud("r1", "r2", deed=deed)
    assert await outcome(cloud) is Outcome.UNCLEAR
    assert cloud.waited == pytest.approx(20.0)
    assert cloud.looks < 30, "at growing distances"


@pytest.mark.parametrize(
    ("no", "expected"),
    [("list", Outcome.REFUSED), ("rename", Outcome.REFUSED), ("silent", Outcome.UNCLEAR), ("word", Outcome.RENAMED)],
)
async def test_a_no_and_a_silence(no, expected):
    assert await outcome(Cloud("r1", no=no)) is expected


async def test_the_guard_is_heard_by_whoever_asked():
    with pytest.raises(LeakSuspected):
        await outcome(Cloud("r1", no="leak"))


async def test_one_that_is_not_to_rename_is_only_looked_at():
    cloud = Cloud("r1")
    assert await outcome(cloud, by=Renaming.NONE) is Outcome.UNSUPPORTED
    assert await application(cloud, by=Renaming.NONE).look(PERSON, OLD, OLD) is Outcome.UNSUPPORTED
    assert cloud.asked == 0
    assert await outcome(Cloud(), by=Renaming.NONE) is Outcome.NOTHING_THERE


async def test_by_v1_the_other_client_renames():
    cloud, v1 = Cloud("r1"), Cloud("r1")

    async def update(learner, change, watch):
        await cloud.update_learner(learner, change, watch)
        v1.asked += 1

    v1.update_learner = update
    assert await outcome(cloud, by=Renaming.V1, v1=v1) is Outcome.RENAMED
    assert v1.asked == 1


async def test_a_moment_without_any_may_be_the_middle_of_it():
    """Somebody asked and was killed; the cloud has taken them away from the one, and not yet given them to the other."""

    class Middle(Cloud):
        async def sleep(self, seconds):
            await super().sleep(seconds)
            self.held[NEW] = {"r1"}

    cloud = Middle()
    assert await outcome(cloud, resumed=True) is Outcome.RENAMED
    assert cloud.asked == 0
    assert await outcome(Cloud(), resumed=True) is Outcome.NOTHING_THERE


@pytest.mark.parametrize(("one", "settled"), [(one, one.value in {"renamed", "nothing-there"}) for one in Outcome])
def test_only_two_outcomes_leave_nothing_behind(one, settled):
    assert one.settled is settled
