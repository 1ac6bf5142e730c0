"""The two-person rule as two officers live with it, and what somebody with the database alone can do: nothing."""

import asyncio
import shutil
import sqlite3
from contextlib import closing

import pytest

from keys import KeyState, Officer, PassphraseKek, Secret, write_officer
from proxy.upkeep import Approvals
from tests.cli.kit import PEOPLE, SECRET

WHY = ("--reason", "its laptop was stolen")
BY = ("--officer-passphrase", "env:TEST_PASSPHRASE", "--officer")


@pytest.fixture(scope="module")
def enlisted(tmp_path_factory):
    """Anna, Ben and Eve have files; by name, the lines for the configuration, as `officers new` says them."""
    folder, lines = tmp_path_factory.mktemp("officers"), {}
    for name in ("anna", "ben", "eve"):
        officer = Officer.new(name)
        write_officer(folder / f"{name}.officer", officer, PassphraseKek(Secret(SECRET.encode())))
        lines[name] = f'{name} = "{officer.public}"'
    return folder, lines


@pytest.fixture
def officers(full, enlisted):
    """Anna and Ben are listed, Eve is not; destructive acts need two of them."""
    folder, lines = enlisted
    for file in folder.iterdir():
        shutil.copy2(file, full.folder)
    full.configure(keys=f"[keys]\ntwo_officers = true\n[keys.officers]\n{lines['anna']}\n{lines['ben']}\n")
    return full


def asked(house, *act, by="anna"):
    """An officer asks; gives the request's name."""
    said = house.done("keys", *act, *BY, f"{by}.officer", "--yes")
    assert "Nothing is done yet. Request " in said.words
    return said.words.partition("Request ")[2][:8]


def alter(house, column, value):
    with closing(sqlite3.connect(house.folder / "mapping.db")) as raw, raw:
        raw.execute(f"UPDATE requests SET {column} = ?", (value,))  # noqa: S608  ours


def approve(house, request, by="ben", *more):
    return house.run("keys", "approve", request, *BY, f"{by}.officer", "--yes", *more)


@pytest.fixture
def old(officers):
    """A key that may be destroyed: rotated, nothing needs it, rested."""
    key = officers.key("audit")
    officers.done("keys", "rotate", "audit", "--yes")
    officers.clock.wait(hours=25)
    return key


class TestANewOfficer:
    def test_gets_a_file_of_her_own_and_a_line_for_the_configuration(self, house):
        said = house.done("officers", "new", "anna", "--passphrase", "env:TEST_PASSPHRASE")
        assert "The line for [keys.officers] in the configuration of every node:" in said.words
        assert said.out.splitlines()[-1].startswith('anna = "ed25519:')
        assert (house.folder / "anna.officer").stat().st_mode & 0o777 == 0o600
        again = house.refused("officers", "new", "anna", "--passphrase", "env:TEST_PASSPHRASE")
        assert "officer-exists" in again

    def test_with_a_name_that_is_none_is_refused(self, house):
        assert "officer-name" in house.refused("officers", "new", "Anna B.", "--passphrase", "env:TEST_PASSPHRASE")


class TestTwoOfficers:
    def test_destroy_a_key_together(self, officers, old):
        request = asked(officers, "destroy", old, *WHY)
        assert officers.ring().get(old).state is KeyState.DEACTIVATED, "nothing is done yet"
        listed = officers.done("keys", "requests").words
        assert f"{request} destroy {old} “its laptop was stolen” by anna open until" in listed

        said = officers.done("keys", "approve", request, *BY, "ben.officer", "--yes").words
        assert f"anna asks: destroy {old} “its laptop was stolen”" in said
        assert officers.ring().get(old).state is KeyState.DESTROYED
        assert officers.ring().get(old).reason == "its laptop was stolen"
        told = [(one.event, one.actor, one.exchange) for one in officers.events()][-3:]
        assert told == [
            ("act-requested", "anna", request),
            ("act-approved", "ben", request),
            ("key-destroyed", "anna", request),
        ]
        assert "No request waits." in officers.done("keys", "requests").words

    def test_deactivate_a_key_together(self, officers):
        key = officers.key("pseudonym")
        request = asked(officers, "deactivate", key, *WHY)
        assert approve(officers, request).code == 0
        assert officers.ring().get(key).state is KeyState.DEACTIVATED

    def test_import_a_keyring_together(self, officers):
        with_secret = ("--passphrase", "env:TEST_PASSPHRASE")
        officers.done("keys", "export", "copy.export", *with_secret, "--yes")
        officers.done("keys", "export", "other.export", *with_secret, "--yes")
        officers.done("keys", "rotate", "seal", "--yes")
        officers.keyring.unlink()

        without = ("keys", "import", "copy.export", *with_secret, *BY, "anna.officer", "--yes")
        assert "keyring-rolled-back" in officers.refused(*without)
        assert "No request waits." in officers.done("keys", "requests").words
        request = asked(officers, "import", "copy.export", *with_secret, "--accept")
        assert not officers.keyring.exists()
        assert f"{request} import" in officers.done("keys", "requests").words
        assert "export-missing" in approve(officers, request).words
        assert "export-other" in approve(officers, request, "ben", "--export", "other.export", *with_secret).words
        said = approve(officers, request, "ben", "--export", "copy.export", *with_secret)
        assert said.code == 0, said
        assert officers.recalled(officers.tokens) == list(PEOPLE)
        assert [(one.event, one.actor, one.exchange) for one in officers.events()][-1] == (
            "keyring-imported",
            "anna",
            request,
        )
        assert "The log is whole." in officers.done("audit", "verify").words, (
            "entries without a keyring have codes, too"
        )

    def test_are_not_needed_for_what_can_be_made_good_again(self, officers):
        for act in (("rotate", "seal"), ("add", "lookup"), ("compromise", officers.key("lookup"), *WHY)):
            officers.done("keys", *act, "--yes")

    def test_see_the_plan_before_either_says_yes(self, officers, old):
        before = officers.content()
        assert "Plan: destroy" in officers.done("keys", "destroy", old, *WHY, "--dry-run").words
        assert officers.content() == before
        request = asked(officers, "destroy", old, *WHY)
        before = officers.content()
        said = officers.done("keys", "approve", request, *BY, "ben.officer", "--dry-run").words
        assert "Plan: destroy" in said
        assert officers.content() == before


class TestOneAlone:
    def test_cannot_do_it(self, officers, old):
        said = officers.refused("keys", "destroy", old, *WHY, "--yes")
        assert "officer-needed: [keys] two_officers is set: ask with --officer FILE; another officer then" in said
        request = asked(officers, "destroy", old, *WHY)
        assert (
            "officer-same: Whoever asked cannot approve. Another officer must."
            in approve(officers, request, "anna").words
        )
        assert "officer-unknown" in approve(officers, request, "eve").words
        assert "officer-unknown" in officers.refused("keys", "destroy", old, *WHY, *BY, "eve.officer", "--yes")
        assert officers.ring().get(old).state is KeyState.DEACTIVATED

    def test_with_a_wrong_passphrase_or_no_file_is_nobody(self, officers, old):
        request = asked(officers, "destroy", old, *WHY)
        assert "officer-missing" in approve(officers, request, "cleo").words
        (officers.folder / "ben.officer").chmod(0o644)
        assert "officer-exposed" in approve(officers, request).words
        (officers.folder / "ben.officer").chmod(0o600)
        officers.monkeypatch.setenv("TEST_PASSPHRASE", "twelve invented lighthouses")
        assert "kek-passphrase" in approve(officers, request).words

    @pytest.mark.parametrize(
        ("column", "value", "code"),
        [
            ("subject", "zzzz", "request-forged"),
            ("act", "deactivate", "request-forged"),
            ("officer", "ben", "request-forged"),
            ("officer", "nobody", "officer-unknown"),
            ("signature", b"\x00" * 64, "request-forged"),
            ("reason", b"", "request-forged"),
            ("expires", 2**50, "request-forged"),
            ("created", 1, "request-forged"),
            ("generation", 99, "request-forged"),
            ("request", "00000000", "request-forged"),
        ],
    )
    def test_with_the_database_can_alter_nothing(self, officers, old, column, value, code):
        request = asked(officers, "destroy", old, *WHY)
        alter(officers, column, value)
        request = value if column == "request" else request
        assert code in approve(officers, request).words
        assert code in officers.done("keys", "requests").words
        assert officers.ring().get(old).state is KeyState.DEACTIVATED

    def test_with_the_database_can_make_up_no_request(self, officers, old):
        """Eve signs in Anna's name with a key of her own."""
        forged = Officer.new("anna")

        async def plant():
            async with officers.opened() as stores:
                lineage = (await stores.mapping.pulse()).lineage
                approvals = Approvals(stores.mapping.upkeep, officers.clock, {"anna": forged.public}, lineage)
                return await approvals.ask(forged, "destroy", old, generation=officers.ring().generation)

        record = asyncio.run(plant())
        assert "request-forged" in approve(officers, record.request).words


class TestARequest:
    def test_is_good_for_one_time(self, officers, old):
        request = asked(officers, "destroy", old, *WHY)
        assert approve(officers, request).code == 0
        assert "request-used: The request was approved before" in approve(officers, request).words
        # Whoever sets it back in the database meets a keyring that has changed.
        alter(officers, "decided", 0)
        assert "request-stale" in approve(officers, request).words

    def test_is_good_for_a_day(self, officers, old):
        request = asked(officers, "destroy", old, *WHY)
        officers.clock.wait(hours=24)
        assert "request-expired: The request is older than 24 hours. Ask again." in approve(officers, request).words
        assert "request-expired" in officers.done("keys", "requests").words

    def test_is_void_once_the_keyring_has_changed(self, officers, old):
        request = asked(officers, "destroy", old, *WHY)
        officers.done("keys", "rotate", "seal", "--yes")
        said = approve(officers, request).words
        assert "request-stale: The keyring has changed since this was asked for." in said
        assert officers.ring().get(old).state is KeyState.DEACTIVATED

    def test_that_is_none_says_where_they_are_listed(self, officers):
        said = approve(officers, "nonsense").words
        assert "request-unknown: There is no such request. `scormveil keys requests` lists those on keys," in said

    def test_does_not_show_its_reason_to_who_has_the_database(self, officers, old):
        asked(officers, "destroy", old, "--reason", "Zoë Müller-Østergård lost it")
        for path in officers.folder.glob("mapping.db*"):
            assert "Müller-Østergård".encode() not in path.read_bytes()

    def test_is_not_good_for_another_act_that_would_be_refused_anyway(self, officers):
        """What is refused is refused before it is asked for."""
        key = officers.key("seal")
        assert "key-transition" in officers.refused("keys", "destroy", key, *WHY, *BY, "anna.officer", "--yes")
        assert "No request waits." in officers.done("keys", "requests").words


class TestTheLog:
    def test_names_the_officer_also_without_the_rule(self, officers):
        officers.configure(
            keys=officers.config_file.read_text("utf-8").partition("[store]")[0].replace("true", "false")
        )
        officers.done("keys", "rotate", "seal", *BY, "anna.officer", "--yes")
        assert [one.actor for one in officers.events()][-2:] == ["anna", "anna"]
        officers.done("keys", "rotate", "seal", "--yes")
        assert [one.actor for one in officers.events()][-2:] == ["operator", "operator"]
        assert "officer-unknown" in officers.refused("keys", "rotate", "seal", *BY, "eve.officer", "--yes")
