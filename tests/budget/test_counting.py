"""Buckets and windows alone: what they take, and when, by a clock that we hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.budget import Allowance, Bounds
from proxy.budget.buckets import Buckets, Pace, Rarely
from proxy.budget.windows import HOUR, Window

CLASS = Allowance(burst=500, per_minute=60, refuse_after=100)
KEY = ("dispatch", "5f3a")


def taken(buckets, count, now=0.0, *, key=KEY, allowance=CLASS):
    return [buckets.take(key, 1, allowance, now).pace for _ in range(count)]


class TestABucket:
    def test_takes_a_whole_class_at_nine_o_clock_and_nobody_waits(self):
        assert set(taken(Buckets(), 500)) == {Pace.FREE}

    def test_slows_and_then_refuses_whoever_goes_on(self):
        buckets = Buckets()
        paces = taken(buckets, 700)
        assert paces == [Pace.FREE] * 500 + [Pace.SLOW] * 100 + [Pace.REFUSED] * 100
        assert buckets.take(KEY, 1, CLASS, 0.0).seconds == 1, "one a second comes back"

    def test_refills_with_time_and_never_beyond_its_burst(self):
        buckets = Buckets()
        taken(buckets, 700)
        assert taken(buckets, 3, 2.0) == [Pace.SLOW, Pace.SLOW, Pace.REFUSED]
        assert taken(buckets, 501, 100_000.0) == [Pace.FREE] * 500 + [Pace.SLOW]

    def test_gains_nothing_by_a_clock_that_goes_back(self):
        buckets = Buckets()
        taken(buckets, 600, 1000.0)
        assert taken(buckets, 1, 10.0) == [Pace.REFUSED]

    def test_is_one_sources_and_one_mounts_own(self):
        buckets = Buckets()
        taken(buckets, 700)
        assert taken(buckets, 1, key=("dispatch", "other")) == [Pace.FREE]
        assert taken(buckets, 1, key=("lrs", "5f3a")) == [Pace.FREE]

    def test_takes_a_message_as_a_whole_however_many_it_names(self):
        buckets = Buckets()
        assert buckets.take(KEY, 10_000, CLASS, 0.0).pace is Pace.SLOW
        answer = buckets.take(KEY, 1, CLASS, 0.0)
        assert (answer.pace, answer.seconds) == (Pace.REFUSED, HOUR)

    def test_is_forgotten_when_too_many_others_came_since(self):
        buckets = Buckets()
        taken(buckets, 600)
        for number in range(20_001):
            buckets.take(("dispatch", str(number)), 1, CLASS, 0.0)
        assert taken(buckets, 1) == [Pace.FREE]

    @given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 120)), max_size=60))
    def test_never_gives_more_than_burst_refill_and_overdraft(self, steps):
        buckets, now, given_away, largest = Buckets(), 0.0, 0, 0
        small = Allowance(burst=20, per_minute=6, refuse_after=10)
        for count, pause in steps:
            now += pause
            largest = max(largest, count)
            if buckets.take(KEY, count, small, now).pace is not Pace.REFUSED:
                given_away += count
        assert given_away <= 20 + 10 + largest + now * 6 / 60 + 1e-6


def test_an_alarm_is_said_once_in_its_time_for_each_thing():
    rarely = Rarely(60)
    assert [rarely.may(("a",), now) for now in (0, 59.9, 60, 61)] == [True, False, True, False]
    assert rarely.may(("b",), 61)
    assert rarely.may(("a",), 5), "after a clock that went back it is said rather than not"


class TestAWindow:
    def test_counts_people_and_each_once_an_hour(self):
        window = Window(Bounds(most=3))
        assert [window.count(["a", "b"], now).refused for now in (0.0, 10.0, 20.0)] == [False] * 3
        assert not window.count(["c", "a", "c"], 30.0).refused
        refused = window.count(["d"], 40.0)
        assert (refused.refused, refused.people, refused.seconds) == (True, 4, 3580)

    def test_takes_a_message_whole_or_not_at_all(self):
        window = Window(Bounds(most=3))
        assert window.count(["a", "b", "c", "d"], 0.0).refused
        assert not window.count(["a", "b", "c"], 0.0).refused, "nobody of the first was counted"

    def test_whoever_is_counted_is_shown_when_it_is_full(self):
        window = Window(Bounds(most=2))
        window.count(["a", "b"], 0.0)
        assert window.count(["c"], 1.0).refused
        assert not window.count(["b", "a"], 2.0).refused

    def test_is_empty_an_hour_later(self):
        window = Window(Bounds(most=1))
        window.count(["a"], 0.0)
        assert window.count(["b"], HOUR - 0.1).refused
        assert not window.count(["b"], HOUR).refused

    @pytest.mark.parametrize("most", [0, 5])
    def test_says_when_they_are_many(self, most):
        window = Window(Bounds(most=most, alarm=3))
        assert [window.count([one], 0.0).alarm for one in "abcd"] == [False, False, True, True]

    def test_without_a_limit_it_holds_no_more_than_it_needs(self):
        window = Window(Bounds(alarm=10))
        counts = [window.count([f"p{number}"], 0.0) for number in range(10_000)]
        assert len(window._last) == 10
        assert not any(one.refused for one in counts)
        assert sum(one.alarm for one in counts) == 9_991

    def test_without_bounds_it_holds_nobody(self):
        window = Window(Bounds())
        window.count(["a"], 0.0)
        assert not window._last
