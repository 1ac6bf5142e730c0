"""`scormveil keys migrate`: the plan before, the list for deletion, taking former pseudonyms away, and what it refuses."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest
from town import PEOPLE, town_in

from keys import Purpose

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
async def moved(town):
    """A town in which everybody was moved, and the pseudonyms they had."""
    before = [await town.launch(who) for who in PEOPLE]
    await town.rotated()
    code, said = await town.migrated()
    assert code == 0, said
    return [one.learner for one in before]


def later(town, milliseconds=DAY_MS + 1):
    """As if so much time had passed since everything that happened to pseudonyms."""
    with closing(sqlite3.connect(town.folder / "node-0" / "scormveil.sqlite3", timeout=10)) as database, database:
        database.execute("UPDATE pseudonyms SET since = since - ?", (milliseconds,))


async def listed(town):
    code, out, err = await town.run("keys", "migrate", "--list", "--json")
    assert code == 0, err
    return json.loads(out)


async def usage(town):
    async with town.stores() as (store, _):
        return (await store.upkeep.usage())["pseudonym"]


class TestPlan:
    async def test_says_what_would_happen_and_does_nothing(self, town):
        for who in PEOPLE:
            await town.launch(who)
        old = (await town.launch(PEOPLE[0], regid="forgotten")).learner[3:7]
        ring = await town.rotated()
        before = await town.pseudonyms()

        code, out, err = await town.run("keys", "migrate", "--dry-run", "--pace", "0.5")

        assert code == 0, err
        active = ring.active(Purpose.PSEUDONYM).id
        assert f"5 people would be given a pseudonym of the active key {active}" in out
        assert f"5 of tenant uni, from key {old}" in out
        assert "application api (tenant uni) renames them by v2" in out
        assert "reports 5 registrations for a sample of 5 of them" in out
        assert "takes 10 seconds at 0.5 people a second" in out
        assert "keeps the old cmi.learner_id until it is closed" in out
        assert await town.pseudonyms() == before
        assert town.cloud.renames.asked == []

    async def test_for_programs_is_one_json_object(self, town):
        await town.launch(PEOPLE[0])
        await town.rotated()
        code, out, _ = await town.run("keys", "migrate", "--dry-run", "--json")
        plan = json.loads(out)
        assert (code, plan["total"], plan["people"][0]["people"]) == (0, 1, 1)
        assert plan["applications"] == {"uni": [["api", "v2"]]}

    async def test_with_nobody_to_move_says_so(self, town):
        await town.launch(PEOPLE[0])
        code, out, _ = await town.run("keys", "migrate")
        assert (code, "Nobody is to be moved" in out) == (0, True)
        code, out, _ = await town.run("keys", "migrate", "--json")
        assert (code, json.loads(out)["switched"]) == (0, 0)

    async def test_without_a_yes_nothing_is_done(self, town):
        await town.launch(PEOPLE[0])
        await town.rotated()
        code, out, err = await town.run("keys", "migrate")
        assert code == 2
        assert "1 people would be given a pseudonym" in out
        assert "say --yes" in err
        assert town.cloud.renames.asked == []

    async def test_only_people_of_the_keys_that_are_named(self, town):
        first = (await town.launch(PEOPLE[0])).learner[3:7]
        middle = (await town.rotated()).active(Purpose.PSEUDONYM).id
        assert (await town.launch(PEOPLE[1])).learner[3:7] == middle
        await town.rotated()

        code, said = await town.migrated("--from", first)

        assert (code, "1 people have another pseudonym" in said) == (0, True)
        assert (await town.launch(PEOPLE[1], regid="forgotten")).learner[3:7] == middle
        code, out, _ = await town.run("keys", "migrate", "--only-compromised")
        assert (code, "Nobody is to be moved" in out) == (0, True)


class TestRefusals:
    async def test_a_key_or_tenant_that_cannot_be(self, town):
        ring = await town.rotated()
        active = ring.active(Purpose.PSEUDONYM).id
        for words, said in (
            (("--from", active), "is the active key"),
            (("--tenant", "clinic"), "No mount has the tenant clinic"),
            (("--list", "--retire"), "three different things"),
        ):
            code, _, err = await town.run("keys", "migrate", *words)
            assert code == 2
            assert said in " ".join(err.replace("│", " ").split())
            assert "Traceback" not in err

    async def test_a_credential_that_the_cloud_does_not_take_is_noticed_before_anybody_is_touched(self, town):
        await town.launch(PEOPLE[0])
        await town.rotated()
        (town.folder / "node-0" / "cloud.key").write_text("wrong")
        code, _, err = await town.run("keys", "migrate", "--yes")
        assert (code, "status-401" in err) == (2, True)
        assert "wrong" not in err
        assert all(one["coming"] == [] for one in (await town.pseudonyms()).values())

    async def test_a_tenant_without_an_application_is_moved_by_force_only(self, tmp_path):
        async with town_in(tmp_path) as town:
            await town.launch(PEOPLE[0])
            await town.rotated()
            text = town.config.read_text().replace(
                'adapter = "cloud_v2"\ntenant = "uni"', 'adapter = "cloud_v2"\ntenant = "other"'
            )
            town.config.write_text(text)
            code, _, err = await town.run("keys", "migrate", "--yes")
            assert (code, "tenant uni has no cloud_v2 mount with a credential" in err) == (2, True)
            code, said = await town.migrated("--force")
            assert (code, "1 people have another" in said) == (0, True)
            [held] = (await listed(town))["held"]
            assert (held["application"], held["registrations"], held["trouble"]) == ("", None, "no-application")

    async def test_a_busy_cloud_is_waited_for(self, town):
        before = [await town.launch(who) for who in PEOPLE[:2]]
        await town.rotated()
        town.cloud.renames.busy = 3
        code, said = await town.migrated()
        assert code == 0, said
        after = [await town.launch(who, regid="forgotten") for who in PEOPLE[:2]]
        assert [one.registration for one in after] == [one.registration for one in before]


class TestList:
    async def test_names_every_former_pseudonym_with_what_the_cloud_holds_under_it(self, town, moved):
        told = await listed(town)
        assert sorted(one["pseudonym"] for one in told["held"]) == sorted(moved)
        assert all(
            (one["state"], one["application"], one["outcome"], one["registrations"]) == ("former", "api", "renamed", [])
            for one in told["held"]
        )
        assert any("xAPI statements keep the actor account" in note for note in told["notes"])

    async def test_asks_the_cloud_each_time_page_by_page(self, town, moved):
        """Somebody launched around the proxy, under what she was called before."""
        town.cloud.renames.page_size = 2
        for registration in list(town.cloud._site.books._registrations.values())[:1]:
            learner = type(registration.learner)(moved[0], "", "")
            made = [town.cloud._site.books._create(town.cloud.dispatches()[0], learner).id for _ in range(5)]
        code, out, err = await town.run("keys", "migrate", "--list", "--csv")
        assert code == 0, err
        rows = {row["pseudonym"]: row for row in csv.DictReader(io.StringIO(out.partition("\n#")[0]))}
        assert rows[moved[0]]["registrations"] == "5"
        assert rows[moved[0]]["ids"].split() == made
        assert {row["registrations"] for token, row in rows.items() if token != moved[0]} == {"0"}
        code, out, _ = await town.run("keys", "migrate", "--list")
        assert f"{moved[0]}  former  uni/api: 5 registrations, then: renamed" in out

    @pytest.mark.usefixtures("moved")
    async def test_says_where_the_cloud_could_not_be_asked(self, town):
        (town.folder / "node-0" / "cloud.key").write_text("wrong")
        told = await listed(town)
        assert {(one["registrations"], one["trouble"]) for one in told["held"]} == {(None, "status-401")}


class TestRetiring:
    @pytest.mark.usefixtures("moved")
    async def test_not_before_a_day_has_passed(self, town):
        code, out, err = await town.run("keys", "migrate", "--retire", "--yes")
        assert (code, "0 former pseudonyms lead to nobody" in out) == (0, True), err
        later(town, DAY_MS - 60_000)
        await town.run("keys", "migrate", "--retire", "--yes")
        assert len((await usage(town)).keys()) == 2

    async def test_then_nothing_needs_the_old_key_any_more(self, town, moved):
        later(town)
        code, out, err = await town.run("keys", "migrate", "--retire", "--yes", "--json")
        assert code == 0, err
        assert json.loads(out) == {"retired": 5, "held": [], "cannot_open": 0}
        assert await usage(town) == {(await town.launch(PEOPLE[0], regid="forgotten")).learner[3:7]: 5}
        assert (await listed(town))["held"] == []
        async with town.stores() as (store, _):
            assert await store.by_pseudonym("uni", moved) == []
            entries = [one for _, one in await store.read_audit(0, 10_000) if one.event == "pseudonym-retired"]
        assert sorted(one.pseudonym for one in entries) == sorted(moved)
        after = [await town.launch(who, regid="forgotten") for who in PEOPLE]
        assert [(await town.result(one.registration))["learner"]["id"] for one in after] == [who.id for who in PEOPLE]

    @pytest.mark.usefixtures("moved")
    async def test_a_session_of_days_is_waited_for(self, town):
        text = town.config.read_text().replace("lms_origins", "policy = { session_hours = 72 }\nlms_origins")
        town.config.write_text(text)
        later(town, 2 * DAY_MS)
        code, out, _ = await town.run("keys", "migrate", "--retire", "--yes", "--json")
        assert (code, json.loads(out)["retired"]) == (0, 0)
        later(town, DAY_MS)
        code, out, _ = await town.run("keys", "migrate", "--retire", "--yes", "--json")
        assert (code, json.loads(out)["retired"]) == (0, 5)

    async def test_what_the_cloud_was_given_under_it_since_is_renamed_first(self, town, moved):
        learner = type(next(iter(town.cloud._site.books._registrations.values())).learner)(moved[0], "", "")
        strayed = town.cloud._site.books._create(town.cloud.dispatches()[0], learner)
        later(town)
        code, out, _ = await town.run("keys", "migrate", "--retire", "--yes", "--json")
        assert (code, json.loads(out)["retired"]) == (0, 5)
        assert strayed.learner.id not in moved

    async def test_while_the_cloud_holds_something_under_it_only_by_force(self, tmp_path):
        async with town_in(tmp_path, rename='[mounts.rename]\nby = "none"') as town:
            [before] = [await town.launch(who) for who in PEOPLE[:1]]
            await town.rotated()
            await town.migrated("--force")
            later(town)
            code, out, _ = await town.run("keys", "migrate", "--retire", "--yes")
            assert code == 1
            assert "1 were left" in out
            assert before.learner in out
            assert (await town.result(before.registration))["learner"]["id"] == PEOPLE[0].id
            code, out, _ = await town.run("keys", "migrate", "--retire", "--force", "--yes")
            assert code == 0, out
            assert len(await usage(town)) == 1

    async def test_a_promise_of_a_key_that_was_replaced_again_is_taken_back_if_the_cloud_never_took_it_up(
        self, tmp_path
    ):
        async with town_in(tmp_path, rename="[mounts.rename]\nwait_seconds = 0.5") as town:
            await town.launch(PEOPLE[0])
            await town.rotated()
            town.cloud.renames.by_v2 = "ignores-id"
            await town.migrated()
            later(town)
            _, out, _ = await town.run("keys", "migrate", "--retire", "--yes", "--json")
            assert json.loads(out)["retired"] == 0, "the next run will keep it"
            newest = (await town.rotated()).active(Purpose.PSEUDONYM).id
            later(town)
            _, out, _ = await town.run("keys", "migrate", "--retire", "--yes", "--json")
            assert json.loads(out)["retired"] == 1
            town.cloud.renames.by_v2 = "renames"
            code, said = await town.migrated()
            assert code == 0, said
            assert (await town.launch(PEOPLE[0], regid="forgotten")).learner[3:7] == newest

    async def test_without_a_promise_taken_back_both_keys_are_gone_through_in_one_run(self, tmp_path):
        async with town_in(tmp_path, rename="[mounts.rename]\nwait_seconds = 1") as town:
            before = await town.launch(PEOPLE[0])
            await town.rotated()
            town.cloud.renames.by_v2 = "ignores-id"
            await town.migrated()
            newest = (await town.rotated()).active(Purpose.PSEUDONYM).id
            town.cloud.renames.by_v2 = "renames"
            code, said = await town.migrated()
            assert code == 0, said
            after = await town.launch(PEOPLE[0], regid="forgotten")
            assert (after.registration, after.learner[3:7]) == (before.registration, newest)
            [mine] = (await town.pseudonyms()).values()
            assert [len(mine[state]) for state in ("current", "coming", "former")] == [1, 0, 2]
