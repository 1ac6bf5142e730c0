"""`scormveil keys make-kek` and `keys rewrap`: the key-encryption key, made and changed. No record is touched."""

import asyncio

import typer

from keys import KeyringError
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import open_desk
from proxy.cli.keys_acts import say_who_heard
from proxy.cli.talk import DryRun, Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console
from proxy.config import load
from proxy.keepers import make_kek

_PLAN = """\
  1. The keyring is sealed again, under the new key-encryption key, as the next generation. The keys in it stay.
  2. Records touched: none. Learners in mid-course notice nothing. It takes a moment.
  3. Before: every node needs [keys.new_kek] in its configuration, and what it refers to (file, passphrase, HSM; env: is
     read at the start of a process only). A node without it gives nobody new a pseudonym until it has it.
  4. After: `….previous` beside the keyring opens with the new key-encryption key only.
  5. Then, by you, on every node: move the settings of [keys.new_kek] to [keys.kek] and remove [keys.new_kek]. Nothing
     has to be restarted for that.
  6. Last: destroy the old key-encryption key. Backups of the keyring from before still open with it; so keep it as long
     as you keep those, or destroy both.
  Cannot be undone, but repeated: a further change may lead back to the old one."""


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("make-kek")(make)
    app.command("rewrap")(rewrap)


def make(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Make the key-encryption key that [keys.new_kek] names, else that of [keys.kek]: a file, or a key in the HSM."""
    where = make_kek(load(config), config)
    console().print(f"Made the key-encryption key of [{where}].")


def rewrap(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Change the key-encryption key: seal the keyring under [keys.new_kek]."""
    asyncio.run(_rewrap(Manner(config, dry_run, yes, officer, officer_passphrase)))


async def _rewrap(how: Manner) -> None:
    async with open_desk(how.config) as desk:
        new = desk.config.keys.new_kek
        if new is None:
            raise KeyringError("kek-unchanged")
        old = desk.opened.kek.name
        out = console()
        await asyncio.to_thread(desk.file.rewrap)  # what would be refused is refused before anybody is asked
        out.print(f"Plan: change the key-encryption key, {old} → {new.provider.value}.")
        out.print(_PLAN)
        if how.dry_run:
            out.print("Nothing was changed: this was a dry run.")
            return
        actor = actor_of(how, desk.config)
        confirm("yes", yes=how.yes)
        await desk.catch_up()
        ring = await desk.office().change_kek(actor)
        out.print(f"Done: keyring generation {ring.generation} is sealed by {new.provider.value}.")
        await say_who_heard(desk.stores, ring.generation)
        out.print("Now move [keys.new_kek] to [keys.kek] on every node; step 5 above.")
