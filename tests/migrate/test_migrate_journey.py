"""People in mid-course are given other pseudonyms: they resume where they were, and their results find them."""

import asyncio

import pytest
from town import PEOPLE, ids_of

from keys import Purpose


async def suspended(town, people=PEOPLE):
    """Everybody begins the course and suspends it; what is open then."""
    players = [await town.launch(who) for who in people]
    for number, player in enumerate(players):
        answer = await town.commit(player, f"bookmark {number}")
        assert answer.status == 200, answer.raw
    return players


class TestJourney:
    async def test_everybody_resumes_under_a_pseudonym_of_the_new_key(self, any_town):
        town = any_town
        before = await suspended(town)
        ring = await town.rotated()
        assert {one.learner[3:7] for one in before} != {ring.active(Purpose.PSEUDONYM).id}

        code, said = await town.migrated()

        assert code == 0, said
        assert f"{len(PEOPLE)} people have another pseudonym now" in said
        after = [await town.launch(who, regid="forgotten") for who in PEOPLE]
        assert [one.registration for one in after] == [one.registration for one in before]
        assert [one.suspended for one in after] == [f"bookmark {number}" for number in range(len(PEOPLE))]
        assert {one.learner[3:7] for one in after} == {ring.active(Purpose.PSEUDONYM).id}
        assert len(town.known()) == len(PEOPLE), "nobody began anew"
        assert town.leaks(PEOPLE) == []
