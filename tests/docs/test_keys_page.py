"""docs/keys.md, done from its first command to its last in one installation, as an officer would who has nothing else.

Where she would type, the test gives options instead: `--yes`, and passphrases from the environment. Words in capitals
are looked up in the installation; comments of the page say what happens between its blocks.
"""

import json
import re
import shlex
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer

from proxy.assemble import unix_ms
from proxy.cli.main import application
from proxy.config.example import literal
from tests.cli.kit import SECRET, Clock, House
from tests.docs.pages import ROOT, commands, text_of
from tests.keys import softhsm

PAGE = ROOT / "docs" / "keys.md"
_STEP = re.compile(r"<!-- ([^\n]*?) -->|^```(console|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KEY = re.compile(r"\b(OLD|NEW|COMPROMISED)?-?(SEAL|LOOKUP|PSEUDONYM)-KEY\b")
_STATES = {"OLD": "deactivated", "NEW": "pre-activation", "COMPROMISED": "compromised", None: "active"}
_WHOLE = ("keys.kek", "keys.new_kek", "keys.officers")
PASSPHRASE = "env:TEST_PASSPHRASE"
SHELL = ("rm", "mv", "openssl", "chmod")


@dataclass
class Session:
    """The installation, and what the page has done to it so far."""

    house: House
    library: Path
    learner: str = ""
    typed: str = ""
    put: str | None = None
    run: list[str] = field(default_factory=list)

    def hear(self, comment):
        """A comment of the page that means something to the test."""
        if comment.startswith("wait "):
            self.house.clock.wait(hours=int(comment.split()[1]))
        elif comment == "people":
            self.learner = self.house.mint(["zoë.müller-østergård", "o'brien", "李小龙"], tenant="example")[0]
        elif comment.startswith("type "):
            self.typed = comment.removeprefix("type ") + "\n"
        elif comment.startswith("put into scormveil.toml"):
            self.put = comment.partition("without ")[2]
        else:
            pytest.fail(f"the page says {comment!r}, which means nothing to its test")

    def configure(self, block):
        """Put a block into the configuration file, as the sentence before it says."""
        file = self.house.config_file
        tree = tomllib.loads(file.read_text("utf-8"))
        merge(tree, tomllib.loads(block), "")
        if self.put:
            table, _, name = self.put.rpartition(".")
            del tree[table][name]
        for kek in ("kek", "new_kek"):
            if tree["keys"].get(kek, {}).get("provider") == "pkcs11":
                tree["keys"][kek]["library"] = str(self.library)
        for name in tree["keys"].get("officers", {}):
            tree["keys"]["officers"][name] = json.loads((file.parent / f"{name}.officer").read_text("utf-8"))["public"]
        file.write_text(written(tree), "utf-8")
        self.put = None

    def type(self, line):
        """Run a line; gives its output."""
        self.run.append(line)
        words = shlex.split(self.known(line))
        if words[0] != "scormveil":
            assert words[0] in SHELL
            subprocess.run(["bash", "-ec", line], cwd=self.house.folder, check=True)
            return ""
        answered = [*words[1:], *answers(words[1:])]
        typed, self.typed = self.typed, ""
        said = self.house.run(*answered, stdin=typed)
        assert said.code == 0, (line, said)
        return said.out + said.err

    def known(self, text):
        """The text with what stands for something of the officer's put in."""
        text = _KEY.sub(lambda hit: self.key(_STATES[hit[1]], hit[2].lower()), text)
        if "REQUEST" in text:
            text = text.replace("REQUEST", self.house.done("keys", "requests").words.split()[0])
        return text.replace("PSEUDONYM", self.learner)

    def key(self, state, purpose):
        """The oldest key of that state: whoever destroys them begins there."""
        listed = self.house.listed()["keys"]
        return next(one["id"] for one in listed if (one["state"], one["purpose"]) == (state, purpose))


def answers(words):
    """The options that stand for what would be typed."""
    command = typer.main.get_command(application())
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    options = {option for one in command.params for option in one.opts}
    given = [] if "--dry-run" in words or "--yes" not in options else ["--yes"]
    asked_for = "--passphrase" in options and "--from-key-store" not in words
    given += ["--passphrase", PASSPHRASE] if asked_for else []
    return given + (["--officer-passphrase", PASSPHRASE] if "--officer" in words else [])


def merge(tree, more, where):
    for name, value in more.items():
        path = f"{where}{name}"
        if isinstance(value, dict) and path not in _WHOLE:
            merge(tree.setdefault(name, {}), value, f"{path}.")
        else:
            tree[name] = value


def written(tree, path=""):
    """A configuration as TOML."""
    plain = "".join(f"{literal_key(k)} = {literal(v)}\n" for k, v in tree.items() if not is_table(v))
    text = f"\n[{path}]\n{plain}" if path else plain
    for name, value in tree.items():
        inner = f"{path}.{literal_key(name)}" if path else literal_key(name)
        if isinstance(value, dict):
            text += written(value, inner)
        elif is_table(value):
            text += "".join(written(one, inner).replace(f"[{inner}]", f"[[{inner}]]", 1) for one in value)
    return text


def is_table(value):
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def literal_key(name):
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def shown(line, output):
    """Whether a line of the page is in the output; … is anything, and runs of blanks are one."""
    wanted = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
    return any(re.search(wanted, " ".join(one.split())) for one in output.splitlines())


@pytest.mark.real
def test_every_command_of_the_page_works_in_its_order(tmp_path, monkeypatch, capsys):
    library = softhsm.token(tmp_path / "hsm", monkeypatch, "scormveil")
    folder = tmp_path / "installation"
    folder.mkdir()
    (folder / "hsm-pin").write_text(softhsm.PIN, "utf-8")
    clock = Clock(unix_ms)
    monkeypatch.setattr("proxy.cli.desk.unix_ms", clock)
    monkeypatch.setenv("TEST_PASSPHRASE", SECRET)
    monkeypatch.delenv("SCORMVEIL_CONFIG", raising=False)
    monkeypatch.chdir(folder)
    session = Session(House(folder, monkeypatch, capsys, clock), library)

    for comment, language, body in steps():
        if comment:
            session.hear(comment)
        elif language == "toml" and session.put is not None:
            session.configure(body)
        elif language == "console":
            run(session, body)
    assert session.run == commands(PAGE)


def steps():
    text = text_of(PAGE)
    assert text.count("```console\n") > 20
    return [hit for hit in _STEP.findall(text) if not hit[0].startswith("Every block")]


def run(session, body):
    """Each command of a block; the lines below it must be in its output."""
    for line, *below in groups(body):
        wanted = [session.known(one) for one in below]  # before: an act changes what the words stand for
        output = session.type(line)
        for one, known in zip(below, wanted, strict=True):
            assert shown(known, output), (line, one, output)


def groups(body):
    """A command and what is shown below it."""
    found = []
    for one in body.splitlines():
        if one.startswith("$ "):
            found.append([one.removeprefix("$ ")])
        else:
            found[-1].append(one)
    return found
