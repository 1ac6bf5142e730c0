"""Restricting people by command (GDPR Article 18): kept, not used, not forgotten by time, and let go again."""

import asyncio

import pytest

from tests.cli.kit import PEOPLE

RESTRICT = ("people", "restrict", "--tenant", "uni", "--case", "case-4711", "--yes")
UNRESTRICT = ("people", "unrestrict", "--tenant", "uni", "--case", "case-4712", "--yes")
ZOE = PEOPLE[0] + "\n"


def acts(house):
    return [
        (one.event, one.actor, one.tenant, one.kind, one.pseudonym, one.reason, one.count)
        for one in house.events()
        if one.event in {"restricted", "released"}
    ]


def test_from_a_pipe_and_back_never_showing_who_it_is(full):
    said = full.done(*RESTRICT, stdin=ZOE)
    assert PEOPLE[0] not in said.out + said.err
    assert f"{full.tokens[0]} (tenant uni, subject) is to be changed." in said.words
    assert "Done for 1 person. Every running worker knows" in said.words
    assert full.recalled(full.tokens) == [None, *PEOPLE[1:]]
    assert full.tokens[0] in full.done("people", "restrictions").out
    assert "case case-4711" in full.done("people", "restrictions", "--tenant", "uni").words

    said = full.done(*UNRESTRICT, "--pseudonym", full.tokens[0])
    assert "She can learn and be seen again." in said.words
    assert full.recalled(full.tokens) == list(PEOPLE)
    assert full.done("people", "restrictions").words == "Nobody is restricted."
    whose = ("operator", "uni", "subject", full.tokens[0])
    assert acts(full) == [("restricted", *whose, "case-4711", 1), ("released", *whose, "case-4712", 1)]


def test_a_tenant_or_pseudonym_that_is_none_is_not_taken_for_nobody(full):
    assert "Say whose learner it is" in full.refused("people", "restrictions", "--tenant", "nope")
    assert "not-a-pseudonym" in full.refused("people", "deletions", "--pseudonym", "sv1x")
    assert "Nothing is open for this pseudonym" in full.refused(
        "people", "deletions", "--done", "--pseudonym", full.tokens[0]
    )
    assert "Say whose entries" in full.refused("people", "blank", "--case", "c", "--pseudonym", "")
    before = full.content()
    assert "erase her first" in full.refused("people", "blank", "--case", "c", "--pseudonym", full.tokens[0], "--yes")
    assert full.content() == before


def test_again_and_of_nobody_nothing_is_changed(full):
    full.done(*RESTRICT, stdin=ZOE)
    said = full.done(*RESTRICT, stdin=ZOE).words
    assert "is restricted already. " in said
    assert "Nothing was changed." in said
    assert full.run(*RESTRICT, stdin="nobody\n").code == 1
    assert "is not restricted already" in full.done(*UNRESTRICT, "--pseudonym", full.tokens[1]).words
    full.done(*UNRESTRICT, "--dry-run", "--pseudonym", full.tokens[0])
    assert len(acts(full)) == 1


@pytest.mark.parametrize("case", ["", "Zoë asked", "x" * 81])
def test_a_case_that_the_log_could_not_hold_is_refused(full, case):
    said = full.refused("people", "restrict", "--case", case, "--yes", "--pseudonym", full.tokens[0])
    assert "of letters, digits and" in said
    assert acts(full) == []


def test_who_is_restricted_is_not_forgotten_by_time_but_can_be_erased(full):
    text = full.config_file.read_text("utf-8")
    full.config_file.write_text("[upkeep]\nforget_after_days = 1\n" + text, "utf-8")
    full.done(*RESTRICT, stdin=ZOE)
    full.clock.wait(hours=24 * 3)
    assert "uni: 2 people not seen for 1 days" in full.done("people", "retention", "--dry-run").words
    full.done("people", "retention", "--yes")
    full.done(*UNRESTRICT, stdin=ZOE)
    assert full.recalled(full.tokens) == [PEOPLE[0], None, None]
    full.done(*RESTRICT, stdin=ZOE)
    full.done("people", "erase", "--tenant", "uni", "--yes", stdin=ZOE)
    assert full.done("people", "restrictions").words == "Nobody is restricted."


def test_workers_that_have_not_heard_are_named(full):
    async def serves():
        async with full.opened() as stores:
            await stores.mapping.upkeep.report("node-7", 1, full.clock())

    asyncio.run(serves())
    said = full.run(*RESTRICT, "--wait", "0", stdin=ZOE)
    assert said.code == 3
    assert "have not said yet that they know: node-7." in said.words
    assert full.recalled(full.tokens)[0] is None, "it is true in the mapping all the same"
