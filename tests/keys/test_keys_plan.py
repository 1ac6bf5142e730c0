"""What the officer reads before she acts."""

from datetime import UTC, datetime, timedelta

import pytest

from keys import KeyringError, KeyState, Purpose, plan, rotate
from keys.keyring import first_keyring
from keys.plan import NOTES, Change, Due, Note, Standing

BORN = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WHY = "a test"


@pytest.fixture
def first():
    return first_keyring(BORN)


def test_a_rotation_touches_two_keys_and_nobody_notices(first):
    old = first.active(Purpose.PSEUDONYM)
    told = plan.plan(first, lambda ring: rotate.rotate(ring, Purpose.PSEUDONYM, BORN + DAY), {old.id: 412})
    assert told.changes == (
        Change(old.id, Purpose.PSEUDONYM, KeyState.ACTIVE, KeyState.DEACTIVATED, 412),
        Change(None, Purpose.PSEUDONYM, None, KeyState.ACTIVE),
    )
    assert told.hints == (Note.PSEUDONYMS_STAY,)
    assert told.generation == 2
    assert told.ring.active(Purpose.PSEUDONYM).id != old.id
    assert first.active(Purpose.PSEUDONYM) == old


def test_what_cannot_be_undone_is_said(first):
    old = first.active(Purpose.SEAL).id
    ring = rotate.rotate(first, Purpose.SEAL, BORN + DAY)
    told = plan.plan(ring, lambda now: rotate.destroy(now, old, BORN + 9 * DAY, WHY, needed={old: 0}), {old: 0})
    assert told.final == (Note.MATERIAL_GONE, Note.PREVIOUS_GONE, Note.NO_WAY_BACK)
    assert told.hints == (Note.COPIES_KEEP_IT,)
    assert told.changes == (Change(old, Purpose.SEAL, KeyState.DEACTIVATED, KeyState.DESTROYED, 0),)


def test_a_purpose_that_is_left_without_a_key_is_said(first):
    key_id = first.active(Purpose.LOOKUP).id
    told = plan.plan(first, lambda ring: rotate.deactivate(ring, key_id, BORN + DAY, WHY))
    assert told.hints == (Note.NOTHING_PROTECTS,)
    told = plan.plan(first, lambda ring: rotate.compromise(ring, key_id, BORN + DAY, WHY, renew=False))
    assert told.hints == (Note.INDEX_EXPOSED, Note.NOTHING_PROTECTS)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_compromise_says_what_others_can_do_now(first, purpose):
    told = plan.plan(first, lambda ring: rotate.compromise(ring, ring.active(purpose).id, BORN + DAY, WHY))
    assert len(told.hints) == 2
    assert Note.NOTHING_PROTECTS not in told.hints


def test_a_key_that_waits_changes_nothing(first):
    told = plan.plan(first, lambda ring: rotate.add(ring, Purpose.SEAL, BORN))
    assert (told.final, told.hints) == ((), (Note.WAITS,))


@pytest.mark.parametrize(
    ("purpose", "note"),
    [
        (Purpose.PSEUDONYM, Note.NEWCOMERS_REFUSED),
        (Purpose.LOOKUP, Note.NEWCOMERS_REFUSED),
        (Purpose.SEAL, Note.LAUNCHES_REFUSED),
        (Purpose.AUDIT, Note.NOBODY_NOTICES),
    ],
)
def test_what_learners_notice_is_said_and_mostly_that_is_nothing(first, purpose, note):
    key_id = first.active(purpose).id
    for act in (
        lambda ring: rotate.rotate(ring, purpose, BORN + DAY),
        lambda ring: rotate.compromise(ring, key_id, BORN + DAY, WHY),
        lambda ring: rotate.add(ring, purpose, BORN + DAY),
    ):
        assert plan.plan(first, act).noticed == (Note.NOBODY_NOTICES,)
    assert plan.plan(first, lambda ring: rotate.deactivate(ring, key_id, BORN + DAY, WHY)).noticed == (note,)


def test_the_compromise_of_a_key_that_was_never_used_exposes_nothing(first):
    ring = rotate.add(first, Purpose.PSEUDONYM, BORN)
    told = plan.plan(ring, lambda now: rotate.compromise(now, ring.keys[-1].id, BORN + DAY, WHY))
    assert told.hints == ()


def test_many_acts_make_one_plan(first):
    def everything(ring):
        for purpose in Purpose:
            ring = rotate.compromise(ring, ring.active(purpose).id, BORN + DAY, WHY)
        return ring

    assert len(plan.plan(first, everything).changes) == 8


def test_an_act_that_is_refused_has_no_plan(first):
    with pytest.raises(KeyringError, match="clock-went-back"):
        plan.plan(first, lambda ring: rotate.rotate(ring, Purpose.SEAL, BORN - DAY))


def test_every_note_has_a_sentence_and_no_plan_prints_a_key(first):
    assert set(NOTES) == set(Note)
    told = plan.plan(first, lambda ring: rotate.rotate(ring, Purpose.SEAL, BORN))
    assert "Key(" not in repr(told)
    assert "Secret" not in repr(told)


@pytest.mark.parametrize(
    ("days", "standing"),
    [
        (0, Standing.CURRENT),
        (350, Standing.CURRENT),
        (351, Standing.SOON),
        (364, Standing.SOON),
        (365, Standing.DUE),
        (379, Standing.DUE),
        (380, Standing.OVERDUE),
    ],
)
def test_the_end_of_a_cryptoperiod_is_announced(first, days, standing):
    told = plan.due(first, {Purpose.SEAL: 365 * DAY}, BORN + days * DAY)
    assert told == (Due(Purpose.SEAL, standing, first.active(Purpose.SEAL).id, BORN + 365 * DAY),)


def test_a_rotation_starts_the_period_anew_and_a_purpose_without_key_is_missed(first):
    periods = {Purpose.SEAL: 30 * DAY, Purpose.LOOKUP: 30 * DAY}
    ring = rotate.rotate(first, Purpose.SEAL, BORN + 40 * DAY)
    ring = rotate.deactivate(ring, ring.active(Purpose.LOOKUP).id, BORN + 40 * DAY, WHY)
    told = plan.due(ring, periods, BORN + 41 * DAY, warn=5 * DAY)
    assert [(one.purpose, one.standing) for one in told] == [
        (Purpose.LOOKUP, Standing.MISSING),
        (Purpose.SEAL, Standing.CURRENT),
    ]
