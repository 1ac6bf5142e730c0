"""The page on stores, followed from its beginning to its end: every command on it is run, in the order it stands there."""

import shlex

from proxy.store.database import PULSE_SECONDS
from proxy.store.engines import PULSE, READERS, WRITING, url_of
from proxy.upkeep.house import LISTEN_SECONDS
from tests.backup.installation import LI, OBRIEN, ZOE, found_in
from tests.docs.pages import ROOT, blocks, commands, text_of

PAGE = ROOT / "docs" / "stores.md"
PEOPLE = (ZOE, OBRIEN, LI)


class Reader:
    """Somebody who does what the page says, on a machine that has its addresses and folders elsewhere."""

    def __init__(self, folder, postgres):
        self.folder = folder
        self.postgres = postgres
        for name in ("backup", "drill"):
            (folder / name).mkdir()
        self.old = tuple(url_of(folder / name) for name in ("mapping.sqlite3", "keys.sqlite3"))
        self.one = found_in(folder / "house", *self.old)
        self.tokens = self.one.learn(*PEOPLE)

    def here(self, word):
        """A word of the page with our own addresses and folders."""
        for host in ("db.example.org", "keys.example.org"):
            word = word.replace(f"@{host}/", f"@127.0.0.1:{self.postgres.port}/")
        return word.replace("/backup/", f"{self.folder}/backup/").replace("/drill/", f"{self.folder}/drill/")

    def does(self, line):
        words = [self.here(word) for word in shlex.split(line)[1:]]
        words = [word if word != "/backup" else f"{self.folder}/backup" for word in words]
        assert self.one.run(*words, answer="y\n") == 0, (line, self.one.tell)
        return " ".join(word for word in words[:2])


def test_every_command_of_the_page_does_what_the_page_says(tmp_path, postgres):
    reader = Reader(tmp_path, postgres)
    one = reader.one
    for block in blocks(PAGE, "sql"):
        with postgres.connect() as own:
            for statement in filter(str.strip, block.split(";")):
                own.execute(statement)
    new = [
        reader.here(line.partition('"')[2].rstrip('"'))
        for line in blocks(PAGE, "toml")[0].splitlines()
        if "url" in line
    ]
    done = []
    for line in commands(PAGE):
        assert line.startswith("scormveil "), line
        if line == "scormveil store status" and "store copy" in done and "store status" not in done:
            assert "identical" in one.tell
            one.moved(*new)  # "put the two addresses into the configuration"
        if line.startswith("scormveil backup restore") and "backup restore" not in done:
            assert one.learn(*PEOPLE) == reader.tokens
            one.moved(*reader.old)  # the page restores files
        if line.startswith("scormveil store accept-lost-keys"):
            one.moved(one.mapping, url_of(tmp_path / "fresh.sqlite3"))
            one.run("init")
        done.append(reader.does(line))
    assert done == [
        "store migrate",
        "store migrate",
        "store copy",
        "store copy",
        "store status",
        "backup make",
        "backup keys",
        "backup verify",
        "backup prune",
        "backup restore",
        "backup restore",
        "backup restore",
        "store status",
        "store accept-lost-keys",
        "backup restore",
        "backup restore",
        "store tidy",
        "store tidy",
    ]
    assert one.learn(*PEOPLE) == reader.tokens
    assert {path.name for path in (tmp_path / "drill").iterdir()} >= {"mapping.sqlite3", "keys.sqlite3"}


def test_the_numbers_on_the_page_are_those_of_the_program():
    page = " ".join(text_of(PAGE).split())
    six = READERS + WRITING.connections + PULSE.connections
    assert six == 6
    assert "six for each worker and store" in page
    assert PULSE_SECONDS + LISTEN_SECONDS == 5.0
    assert "within five seconds" in page
