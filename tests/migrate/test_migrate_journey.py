"""People in mid-course are given other pseudonyms: they resume where they were, and their results find them."""

import asyncio
import json

import pytest
from town import PEOPLE, town_in, until

from keys import Purpose
from tests.passage.wire import http

BUSY = http(503, {"Content-Type": "text/plain"}, b"later")


async def suspended(town, people=PEOPLE):
    """Everybody begins the course and suspends it; what is open then."""
    players = [await town.launch(who) for who in people]
    for number, player in enumerate(players):
        answer = await town.commit(player, f"bookmark {number}")
        assert answer.status == 200, answer.raw
    return players


def bookmarks(players):
    return [one.suspended for one in players]


def ids(results):
    return {one["learner"]["id"] for one in results}


EXPECTED = [f"bookmark {number}" for number in range(len(PEOPLE))]


class TestJourney:
    async def test_everybody_resumes_under_a_pseudonym_of_the_new_key(self, any_town):
        town = any_town
        before = await suspended(town)
        ring = await town.rotated()

        code, said = await town.migrated()

        assert code == 0, said
        assert f"{len(PEOPLE)} people have another pseudonym now" in said
        after = [await town.launch(who, regid="forgotten") for who in PEOPLE]
        assert [one.registration for one in after] == [one.registration for one in before]
        assert bookmarks(after) == EXPECTED
        active = ring.active(Purpose.PSEUDONYM).id
        assert {one.learner[3:7] for one in after} == {active} != {one.learner[3:7] for one in before}
        assert len(town.known()) == len(PEOPLE), "nobody began anew"
        assert all(one["first_name"] == "Learner" for one in town.known().values())
        assert len({one["last_name"] for one in town.known().values()}) == len(PEOPLE)
        assert town.leaks(PEOPLE) == []

    async def test_results_under_either_pseudonym_find_their_person(self, town):
        """One is being repeated since before; a course is open all the time; one is finished after."""
        await suspended(town)
        town.lms.say(*[BUSY] * 1000)
        open_before = [await town.launch(who, regid="forgotten") for who in PEOPLE[:2]]
        await town.commit(open_before[0], "late", success="passed", completion="complete")
        await town.rotated()

        code, said = await town.migrated()
        assert code == 0, said

        town.lms._answers.clear()
        await town.cloud.settle()
        assert PEOPLE[0].id in ids(town.results()), "what was repeated names her old pseudonym"
        answer = await town.commit(open_before[1], "later still", success="passed", completion="complete")
        assert answer.status == 200, "the session of the open course names her old pseudonym"
        later = await town.launch(PEOPLE[2], regid="forgotten")
        await town.commit(later, "new", success="failed", completion="complete")
        await town.cloud.settle()
        told = town.results()
        for number, who in enumerate(PEOPLE[:3]):
            mine = [one["learner"] for one in told if one["learner"]["id"] == who.id]
            assert mine, f"nothing came back about person {number}"
            assert {(one["firstName"], one["lastName"]) for one in mine} == {(who.first, who.last)}
        assert all("sv1" not in json.dumps(one["learner"]) for one in told)
        for player, who in zip((*open_before, later), PEOPLE, strict=False):
            assert (await town.result(player.registration))["learner"]["id"] == who.id
        assert (await town.launch(PEOPLE[1], regid="forgotten")).suspended == "later still"
        assert town.leaks(PEOPLE) == []

    async def test_who_launches_while_she_is_renamed_waits_and_resumes(self, town):
        before = await suspended(town, PEOPLE[:1])
        await town.rotated()
        town.cloud.renames.seconds = 4.0
        process = await town.command("keys", "migrate", "--yes", "--json")

        async def asked() -> bool:
            return bool(town.cloud.renames.asked)

        await until(asked)

        answers = await asyncio.gather(*(town.launch(PEOPLE[0], regid="forgotten") for _ in range(3)))

        out, err = await process.communicate()
        assert process.returncode == 0, err
        assert json.loads(out)["switched"] == 1
        assert {one.registration for one in answers} == {before[0].registration}
        assert len(town.known()) == 1
        assert {one.learner for one in answers} == {town.cloud.renames.asked[0][1]}

    async def test_people_who_never_began_a_course_are_moved_too(self, town):
        for who in PEOPLE:
            await town.launch(who)
        for one in town.cloud._site.books._registrations.copy():
            del town.cloud._site.books._registrations[one]
        ring = await town.rotated()

        code, said = await town.migrated()

        assert code == 0, said
        assert town.cloud.renames.asked == []
        found = (await town.pseudonyms()).values()
        assert {one["current"][0][3:7] for one in found} == {ring.active(Purpose.PSEUDONYM).id}

    async def test_new_people_during_it_get_the_new_key_and_are_left_alone(self, town):
        await suspended(town, PEOPLE[:2])
        ring = await town.rotated()
        newcomer = await town.launch(PEOPLE[4])
        assert newcomer.learner[3:7] == ring.active(Purpose.PSEUDONYM).id
        code, said = await town.migrated()
        assert (code, "2 people have another" in said) == (0, True)
        assert (await town.launch(PEOPLE[4], regid="forgotten")).registration == newcomer.registration


class TestCloudsThatDoNotRename:
    @pytest.mark.parametrize(("manner", "word"), [("ignores-id", "unclear"), ("forbidden", "refused")])
    async def test_everybody_keeps_her_pseudonym_and_her_progress(self, tmp_path, manner, word):
        async with town_in(tmp_path, rename="[mounts.rename]\nwait_seconds = 1.5") as town:
            before = await suspended(town)
            await town.rotated()
            town.cloud.renames.by_v2 = manner

            code, out, err = await town.run("keys", "migrate", "--yes", "--json")

            assert code == 1, err
            report = json.loads(out)
            assert (report["switched"], report["left"], report["stopped"]) == (0, len(PEOPLE), "not-renamed")
            assert [one["outcomes"] for one in report["kept"]] == [{"api": word}], "only one was tried"
            after = [await town.launch(who, regid="forgotten") for who in PEOPLE]
            assert [(one.learner, one.registration) for one in after] == [
                (one.learner, one.registration) for one in before
            ]
            assert bookmarks(after) == EXPECTED
            assert town.leaks(PEOPLE) == []

    async def test_a_run_later_against_one_that_does_completes_it_with_the_pseudonym_promised(self, tmp_path):
        async with town_in(tmp_path, rename="[mounts.rename]\nwait_seconds = 1") as town:
            await suspended(town)
            await town.rotated()
            town.cloud.renames.by_v2 = "ignores-id"
            await town.migrated()
            [promised] = [one for mine in (await town.pseudonyms()).values() for one in mine["coming"]]
            town.cloud.renames.by_v2 = "renames"

            code, said = await town.migrated()

            assert code == 0, said
            found = (await town.pseudonyms()).values()
            assert promised in {one["current"][0] for one in found}
            assert all((len(one["coming"]), len(one["former"])) == (0, 1) for one in found)
            assert bookmarks([await town.launch(who, regid="forgotten") for who in PEOPLE]) == EXPECTED

    async def test_by_v1_it_renames(self, tmp_path):
        rename = '[mounts.rename]\nby = "v1"\nv1_url = "{cloud}/api"'
        async with town_in(tmp_path, rename=rename) as town:
            before = await suspended(town)
            await town.rotated()
            town.cloud.renames.by_v2 = "ignores-id"
            code, said = await town.migrated()
            assert code == 0, said
            after = [await town.launch(who, regid="forgotten") for who in PEOPLE]
            assert [one.registration for one in after] == [one.registration for one in before]
            assert len(town.cloud.renames.asked) == len(PEOPLE)
            assert town.leaks(PEOPLE) == []

    async def test_where_it_is_told_not_to_only_people_without_registrations_are_moved(self, tmp_path):
        async with town_in(tmp_path, rename='[mounts.rename]\nby = "none"') as town:
            await suspended(town, PEOPLE[:3])
            gone = (await town.launch(PEOPLE[3])).registration
            del town.cloud._site.books._registrations[gone]
            await town.rotated()

            code, out, _ = await town.run("keys", "migrate", "--yes", "--json", "--pace", "50")

            report = json.loads(out)
            assert (code, report["switched"], report["stopped"]) == (1, 1, "")
            assert [one["outcomes"] for one in report["kept"]] == [{"api": "unsupported"}] * 3
            assert sum(len(one["coming"]) for one in (await town.pseudonyms()).values()) == 0, "nothing was promised"
            assert town.cloud.renames.asked == []

    async def test_by_force_she_begins_anew_and_her_old_results_still_find_her(self, tmp_path):
        async with town_in(tmp_path, rename='[mounts.rename]\nby = "none"') as town:
            [before] = await suspended(town, PEOPLE[:1])
            await town.rotated()

            code, said = await town.migrated("--force")

            assert code == 0, said
            assert "BEGIN ANEW" in said
            after = await town.launch(PEOPLE[0], regid="forgotten")
            assert after.registration != before.registration
            for one in (before, after):
                assert (await town.result(one.registration))["learner"]["id"] == PEOPLE[0].id
