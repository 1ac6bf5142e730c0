"""Acts on keys as a security officer does them: the plan first, then a yes, then what she was told."""

import re

import pytest

from keys import KeyRoom, KeyState, Purpose
from proxy.errors import KeysUnavailable
from proxy.passage import Sessions
from proxy.passage.session import Session
from tests.cli.kit import PEOPLE, purposes

WHY = ("--reason", "laptop of an officer was stolen")


def acts(house):
    """Every act that is possible in a new house."""
    return [
        *(("add", purpose) for purpose in purposes()),
        *(("rotate", purpose) for purpose in purposes()),
        *(("deactivate", house.key(purpose), *WHY) for purpose in purposes()),
        *(("compromise", house.key(purpose), *WHY) for purpose in purposes()),
    ]


class TestADryRun:
    def test_shows_the_plan_and_changes_nothing(self, full):
        before = full.content()
        for act in acts(full):
            said = full.done("keys", *act, "--dry-run").words
            assert f"Plan: {act[0]} {act[1]}. Keyring generation 1 → 2." in said
            assert "Nothing was changed: this was a dry run." in said
        assert full.content() == before

    def test_says_who_is_touched_who_notices_how_long_and_what_stays_done(self, full):
        said = full.done("keys", "rotate", "seal", "--dry-run").words
        assert "seal active → deactivated: needed for 4 records" in said
        assert "Learners in mid-course notice nothing." in said
        assert "In mid-course: 4 people launched within the last 12 hours." in said
        assert "Records touched: 4 are sealed anew afterwards" in said
        assert re.search(r"(about|at least) \d+ s, bounded by ", said)  # by which, depends on the machine
        assert "Cannot be undone: A key does not return to an earlier state." in said

        said = full.done("keys", "rotate", "lookup", "--dry-run").words
        assert "needed for 4 index values of 4 people" in said
        assert "Records touched: 4 are indexed anew afterwards" in said

        said = full.done("keys", "rotate", "pseudonym", "--dry-run").words
        assert "needed for 4 pseudonyms of 4 people" in said
        assert "Known people keep their pseudonyms and their progress; new people get the new key." in said
        assert "Records touched: none, now or later." in said

    def test_says_which_of_the_two_bounds_the_time(self, full):
        full.configure(more="[upkeep]\nrecords_per_second = 1")
        said = full.done("keys", "rotate", "seal", "--dry-run").words
        assert "about 4 s, bounded by upkeep.records_per_second = 1 (this machine reads and opens about" in said
        full.configure(more="[upkeep]\nrecords_per_second = 100000000")
        assert "bounded by this: this machine reads" in full.done("keys", "rotate", "seal", "--dry-run").words

    def test_who_launched_longer_ago_than_a_session_lives_is_not_in_mid_course(self, full):
        full.clock.wait(hours=13)
        full.mint(["late"])
        assert "In mid-course: 1 person launched" in full.done("keys", "rotate", "audit", "--dry-run").words

    @pytest.mark.parametrize(
        ("purpose", "sentence"),
        [
            ("pseudonym", "nobody new gets a pseudonym"),
            ("lookup", "nobody new gets a pseudonym"),
            ("seal", "Every launch is refused"),
            ("audit", "Learners in mid-course notice nothing."),
        ],
    )
    def test_says_the_truth_where_it_is_noticed(self, full, purpose, sentence):
        said = full.done("keys", "deactivate", full.key(purpose), *WHY, "--dry-run").words
        assert sentence in said
        assert "No key of this purpose protects new data then" in said


class TestAnAct:
    def test_needs_a_yes(self, full):
        before = full.content()
        said = full.refused("keys", "rotate", "seal")
        assert "there is no terminal to ask at. Look at the plan, then say --yes." in said
        assert full.content() == before

    @pytest.mark.parametrize("purpose", purposes())
    def test_of_rotation_costs_nobody_anything(self, full, purpose):
        old = full.key(purpose)
        said = full.done("keys", "rotate", purpose, "--yes", "--reason", "yearly").words
        new = full.key(purpose)
        assert new != old
        assert f"Done: keyring generation 2 is in force. The new key is {new}." in said
        assert "No worker serves at the moment" in said
        assert full.ring().get(old).state is KeyState.DEACTIVATED

        assert full.mint() == full.tokens, "known people keep their pseudonyms"
        assert full.recalled(full.tokens) == list(PEOPLE)
        [fresh] = full.mint(["somebody new"])
        assert fresh[3:7] == full.key("pseudonym")

    def test_is_in_the_audit_log_with_key_and_actor(self, full):
        old = full.key("seal")
        full.done("keys", "rotate", "seal", "--yes")
        told = [(one.event, one.actor, one.kind, one.key_id) for one in full.events() if one.event.startswith("key-")]
        assert told == [
            ("key-deactivated", "operator", "seal", old),
            ("key-activated", "operator", "seal", full.key("seal")),
        ]

    def test_of_preparing_a_key_comes_before_its_use(self, full):
        full.done("keys", "add", "seal", "--yes", "--reason", "for June")
        waiting = full.key("seal", "pre-activation")
        assert full.ring().get(waiting).reason == "for June"
        full.done("keys", "activate", waiting.upper(), "--yes")
        assert full.key("seal") == waiting

    def test_builds_on_the_newest_keyring_even_if_this_machine_has_missed_it(self, full):
        """Another node has rotated; the file here is older."""
        older = full.keyring.read_bytes()
        full.done("keys", "rotate", "seal", "--yes")
        full.keyring.write_bytes(older)
        (full.folder / "keyring.json.seen").unlink()

        assert full.listed()["generation_here"] == 1
        full.done("keys", "rotate", "lookup", "--yes")

        assert (full.listed()["generation"], full.listed()["generation_here"]) == (3, 3)
        assert full.key("seal", "deactivated")


class TestDestroying:
    def test_of_a_key_that_is_needed_is_refused_with_what_needs_it(self, full):
        key = full.key("seal")
        said = full.refused("keys", "destroy", key, *WHY)
        assert f"{key} is active. Another key must take its place first: `scormveil keys rotate seal`." in said
        full.done("keys", "rotate", "seal", "--yes")
        full.clock.wait(hours=100)
        said = full.refused("keys", "destroy", key, *WHY)
        assert f"{key} is still needed for 4 records." in said
        assert "`scormveil keys reseal` does it now" in said
        assert "key-needed" in said

    def test_of_a_key_that_made_pseudonyms_says_how_many_people_have_them(self, full):
        key = full.key("pseudonym")
        full.done("keys", "rotate", "pseudonym", "--yes")
        full.clock.wait(hours=100)
        said = full.refused("keys", "destroy", key, *WHY)
        assert f"{key} is still needed for 4 pseudonyms of 4 people." in said
        assert "`scormveil keys migrate`" in said

    def test_of_a_key_that_was_used_a_moment_ago_is_refused_with_the_hour_from_which_it_may(self, house):
        key = house.key("seal")
        house.done("keys", "rotate", "seal", "--yes")
        said = house.refused("keys", "destroy", key, *WHY)
        assert f"{key} rests for 24 hours after its last use. It can be destroyed from " in said
        assert "key-resting" in said
        house.clock.wait(hours=24)
        house.done("keys", "destroy", key, *WHY, "--yes")

    def test_waits_for_the_longest_session_of_any_mount(self, house):
        text = house.config_file.read_text("utf-8").replace("session_hours = 12", "session_hours = 72")
        house.config_file.write_text(text, "utf-8")
        key = house.key("seal")
        house.done("keys", "rotate", "seal", "--yes")
        house.clock.wait(hours=71)
        assert f"{key} rests for 72 hours" in house.refused("keys", "destroy", key, *WHY)
        house.clock.wait(hours=2)
        house.done("keys", "destroy", key, *WHY, "--yes")

    def test_takes_the_material_out_of_everything_here(self, full):
        key = full.key("seal")
        material = full.ring().get(key).secret
        full.done("keys", "rotate", "seal", "--yes")
        full.done("keys", "reseal")
        full.clock.wait(hours=25)
        said = full.done("keys", "destroy", key, *WHY, "--yes").words
        assert "The key material is gone for ever" in said
        assert "Exports and backups of the keyring still hold the key" in said
        assert full.ring().get(key).material is None
        assert material not in [one.material for one in full.ring().keys]
        assert not (full.folder / "keyring.json.previous").exists()
        assert full.recalled(full.tokens) == list(PEOPLE)
        assert [one.event for one in full.events()][-1] == "key-destroyed"

    def test_of_an_index_key_is_possible_once_everybody_is_indexed_anew(self, full):
        key = full.key("lookup")
        full.done("keys", "rotate", "lookup", "--yes")
        full.clock.wait(hours=25)
        assert "needed for 4 index values of 4 people" in full.refused("keys", "destroy", key, *WHY)
        full.done("keys", "reseal")
        full.done("keys", "destroy", key, *WHY, "--yes")
        assert full.mint() == full.tokens


class TestACompromise:
    def test_of_a_pseudonym_key_says_who_is_affected_and_what_to_do_in_order(self, full):
        key = full.key("pseudonym")
        said = full.done("keys", "compromise", key, *WHY, "--yes").words
        assert "Affected: 4 people (staff 1, uni 3), 0 registrations" in said
        steps = [
            "1. At once, with this act: a new key takes its place",
            "2. Take the pseudonyms above for identifiable",
            "3. `scormveil keys migrate`",
            "4. If the keyring file leaked",
            f"5. When nothing needs it any more and it has rested: `scormveil keys destroy {key}`",
        ]
        assert sorted(steps, key=said.index) == steps
        assert full.ring().get(key).state is KeyState.COMPROMISED
        assert full.key("pseudonym") != key
        assert full.mint() == full.tokens, "nobody in mid-course loses anything"

    @pytest.mark.parametrize("purpose", ["seal", "lookup", "audit"])
    def test_of_any_other_key_says_the_next_steps_too(self, full, purpose):
        key = full.key(purpose)
        said = full.done("keys", "compromise", key, *WHY, "--yes").words
        assert "Affected: " in said
        assert f"`scormveil keys destroy {key}`" in said
        assert full.ring().active(Purpose(purpose)).reason == f"replaces {key}"
        assert full.recalled(full.tokens) == list(PEOPLE)

    def test_of_a_retired_key_makes_no_new_one(self, full):
        old = full.key("pseudonym")
        full.done("keys", "rotate", "pseudonym", "--yes")
        active = full.key("pseudonym")
        said = full.done("keys", "compromise", old, *WHY, "--yes").words
        assert "Affected: 4 people" in said
        assert "1. It protects nothing new any more, and the active key stays." in said
        assert full.key("pseudonym") == active

    def test_of_a_key_that_was_never_used_concerns_nobody(self, full):
        full.done("keys", "add", "pseudonym", "--yes")
        waiting = full.key("pseudonym", "pre-activation")
        said = full.done("keys", "compromise", waiting, *WHY, "--yes").words
        assert "Affected: nobody, for it was never used." in said
        assert "can test whom a pseudonym belongs to" not in said
        full.done("keys", "destroy", waiting, *WHY, "--yes")


class TestWithoutAnActiveKey:
    """What the plan says of a deactivation is what happens."""

    @pytest.mark.parametrize("purpose", ["pseudonym", "lookup", "seal"])
    def test_known_people_are_served_and_nobody_new_gets_in(self, full, purpose):
        full.done("keys", "deactivate", full.key(purpose), *WHY, "--yes")
        assert full.mint() == full.tokens
        with pytest.raises(KeysUnavailable, match="no-key"):
            full.mint(["somebody new"])
        full.done("keys", "rotate", purpose, "--yes")
        assert len(full.mint(["somebody new"])) == 1

    def test_of_sealing_no_session_can_be_opened(self, full):
        full.done("keys", "deactivate", full.key("seal"), *WHY, "--yes")
        sessions = Sessions(KeyRoom(full.ring()), None, None)
        with pytest.raises(KeysUnavailable, match="session"):
            sessions.cookie(Session((), 1), "uni", 3600)


class TestARefusal:
    def test_names_what_is_missing(self, full):
        for act in ("deactivate", "compromise"):
            said = full.refused("keys", act, full.key("seal"), "--yes")
            assert "key-reason: Say why, in one printable line" in said
        full.done("keys", "add", "seal", "--yes")
        said = full.refused("keys", "destroy", full.key("seal", "pre-activation"), "--yes", "--reason", "two\nlines")
        assert "key-reason" in said

    def test_of_an_unknown_key_says_where_the_keys_are_listed(self, full):
        for act in ("activate", "deactivate", "compromise", "destroy"):
            said = full.refused("keys", act, "zzzz", *WHY, "--yes")
            assert "key-unknown: The keyring has no key of this id. `scormveil keys list` shows the keys." in said

    def test_of_an_impossible_step_says_what_the_key_is(self, full):
        key = full.key("seal")
        full.done("keys", "rotate", "seal", "--yes")
        assert f"{key} is deactivated." in full.refused("keys", "activate", key, "--yes")

    def test_comes_when_the_clock_went_back(self, full):
        before = full.content()
        full.clock.wait(hours=-48)
        for act in acts(full):
            assert "clock-went-back: The clock is earlier than a date in the keyring" in full.refused(
                "keys", *act, "--yes"
            )
        full.clock.wait(hours=48)
        assert full.content() == before

    def test_of_a_purpose_that_is_none_lists_them(self, full):
        said = full.refused("keys", "rotate", "everything")
        assert all(purpose in said for purpose in purposes())
