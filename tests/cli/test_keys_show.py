"""How the keys stand: for the officer's eyes, for monitoring, and what to do next."""

import asyncio

import pytest

from keys import KeyState
from tests.cli.kit import purposes

WHY = ("--reason", "a test")


def report(house, **nodes):
    async def reported():
        async with house.opened() as stores:
            for name, generation in nodes.items():
                await stores.mapping.upkeep.report(name, generation, house.clock())

    asyncio.run(reported())


class TestTheList:
    def test_shows_every_key_what_needs_it_and_never_its_material(self, full):
        said = full.done("keys", "list")
        assert "generation 1, guarded by: file" in said.words
        for key in full.ring().keys:
            assert f"{key.id}  {key.purpose.value}" in said.out
            assert key.secret.reveal().hex() not in said.out
        assert "needed for 4 pseudonyms of 4 people" in said.words
        assert "needed for 4 records" in said.words
        assert "needed for 4 index values of 4 people" in said.words
        assert "No worker serves at the moment." in said.words

    def test_shows_who_uses_it_and_how_far_the_work_is(self, full):
        full.done("keys", "rotate", "seal", "--yes")
        full.done("keys", "reseal")
        report(full, node_a=2, node_b=1)
        said = full.done("keys", "list").words
        assert "worker node_a uses generation 2 worker node_b uses generation 1" in said
        assert "upkeep reseal: done, 4 done, 0 left" in said
        full.clock.wait(hours=1)
        assert "No worker serves at the moment." in full.done("keys", "list").words

    def test_shows_cryptoperiods(self, house):
        house.configure(keys="[keys.rotate_every]\nseal = 90\nlookup = 10")
        said = house.done("keys", "list").words
        assert "(current)" in said
        assert "(soon)" in said

    def test_says_if_a_rollback_could_not_be_noticed(self, house):
        house.done("keys", "list")
        house.monkeypatch.setattr("proxy.cli.keys_show.seen_generation", lambda _path, _kek: None)
        assert "A rollback to an older keyring could not be noticed" in house.done("keys", "list").words

    def test_is_one_object_for_monitoring(self, full):
        full.configure(keys="[keys.rotate_every]\nseal = 90")
        full.done("keys", "compromise", full.key("seal"), *WHY, "--yes")
        listed = full.listed()
        assert (listed["generation"], listed["guarded_by"], listed["trouble"]) == (2, "file", "")
        assert listed["in_course"] == 4
        [old] = [one for one in listed["keys"] if one["state"] == "compromised"]
        assert (old["needed"], old["reason"], old["standing"]) == (4, "a test", None)
        assert [one["standing"] for one in listed["keys"] if one["purpose"] == "seal"] == [None, "current"]

    @pytest.mark.parametrize("store", ["mapping.db", "keys.db"])
    def test_is_shown_without_the_stores_too(self, full, store):
        key = full.key("seal")
        (full.folder / store).rename(full.folder / "elsewhere")
        said = full.done("keys", "list").words
        assert key in said
        assert "What needs the keys cannot be told, nor who uses them: not-created." in said
        assert full.listed()["trouble"] == "not-created"


class TestThePlan:
    def test_of_a_quiet_house_says_that_there_is_nothing_to_do(self, full):
        said = full.done("keys", "plan").words
        assert "lookup, pseudonym, seal, audit: no cryptoperiod is set ([keys.rotate_every])" in said
        assert "nothing: every key is in use or destroyed" in said
        assert said.endswith("What work is left none")

    def test_says_what_is_due_with_the_next_command(self, house):
        house.configure(keys="[keys.rotate_every]\nseal = 90\nlookup = 90\npseudonym = 700")
        house.clock.wait(hours=24 * 80)
        said = house.done("keys", "plan").words
        assert f"lookup: {house.key('lookup')} until " in said
        assert "soon. Next: scormveil keys rotate lookup --dry-run" in said
        assert f"pseudonym: {house.key('pseudonym')} until " in said
        assert "current seal:" in said
        house.clock.wait(hours=24 * 11)
        assert "due. Next: scormveil keys rotate seal --dry-run" in house.done("keys", "plan").words
        house.clock.wait(hours=24 * 30)
        assert "overdue. Next: scormveil keys rotate seal --dry-run" in house.done("keys", "plan").words

    @pytest.mark.parametrize("scheduled", [True, False])
    def test_says_where_no_key_is_active(self, house, scheduled):
        house.configure(keys="[keys.rotate_every]\npseudonym = 90" if scheduled else "")
        house.done("keys", "deactivate", house.key("pseudonym"), *WHY, "--yes")
        said = house.done("keys", "plan").words
        assert "pseudonym: no active key" in said
        assert "Next: scormveil keys rotate pseudonym --dry-run" in said

    def test_says_what_can_be_destroyed_and_what_keeps_the_others(self, full):
        old = {purpose: full.key(purpose) for purpose in purposes()}
        for purpose in purposes():
            full.done("keys", "rotate", purpose, "--yes")
        said = full.done("keys", "plan").words
        assert f"{old['audit']}: nothing needs it, but it rests until " in said
        assert f"{old['pseudonym']}: needed for 4 pseudonyms of 4 people." in said
        assert f"{old['seal']}: needed for 4 records. Nodes that serve seal anew by themselves" in said
        assert "reseal: 4 records. Next: scormveil keys reseal" in said
        assert "reindex: 4 records. Next: scormveil keys reseal" in said

        full.clock.wait(hours=25)
        full.done("keys", "reseal")
        said = full.done("keys", "plan").words
        for purpose in ("audit", "seal", "lookup"):
            assert f"{old[purpose]}: nothing needs it. Next: scormveil keys destroy {old[purpose]} --reason" in said
        assert said.endswith("What work is left none")


class TestWorkers:
    def test_that_serve_are_waited_for_and_counted(self, house):
        report(house, one=5, two=5)
        assert "2 of 2 workers use it." in house.done("keys", "rotate", "seal", "--yes").words

    def test_that_do_not_hear_are_told_with_what_to_look_at(self, house):
        house.monkeypatch.setattr("proxy.cli.desk.HEARD_SECONDS", 0.3)
        report(house, one=5, two=1)
        said = house.done("keys", "rotate", "seal", "--yes").words
        assert "1 of 2 workers use it. The others do not after 10 seconds: see `upkeep-trouble` in their logs." in said
        assert house.ring().generation == 2
        assert [key.state for key in house.ring().keys].count(KeyState.DEACTIVATED) == 1
