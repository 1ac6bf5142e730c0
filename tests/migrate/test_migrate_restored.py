"""A mapping that is older than `keys migrate` is put back: done once more, everybody has the same new pseudonym."""

from town import PEOPLE, started, town_in


async def test_whoever_was_renamed_in_the_cloud_has_that_pseudonym_again_and_is_restricted_under_it(tmp_path):
    async with town_in(tmp_path) as town:
        players = [await town.launch(who) for who in PEOPLE[:2]]
        file = str(tmp_path / "mapping.backup")
        assert (await town.run("backup", "make", file))[0] == 0
        assert (await town.run("keys", "rotate", "pseudonym", "--yes"))[0] == 0
        code, said = await town.migrated()
        assert code == 0, said
        after = await town.pseudonyms()
        [restricted] = [one["current"][0] for one in after.values() if players[0].learner in one["former"]]
        words = ("--tenant", "uni", "--case", "case-1", "--yes", "--pseudonym", restricted)
        assert (await town.run("people", "restrict", *words))[0] == 0

        await town.node.stop()
        code, said, err = await town.run("backup", "restore", file, "--replace")
        assert code == 0, err
        assert "1 person restricted since then: restricted again." in said
        assert {one["current"][0] for one in (await town.pseudonyms()).values()} == {one.learner for one in players}
        town.nodes[0] = await started(town.node.folder, town.node.port, 1)
        refused = await town.launched(PEOPLE[0])
        assert refused.status == 403

        code, said = await town.migrated()
        assert code == 0, said
        assert await town.pseudonyms() == after
        code, said, _ = await town.run("people", "restrictions")
        assert restricted in said
        assert (await town.launched(PEOPLE[0])).status == 403
        assert (await town.launched(PEOPLE[1])).status in {200, 302, 303}
        assert town.leaks(PEOPLE) == []
