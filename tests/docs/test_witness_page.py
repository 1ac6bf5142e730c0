"""docs/witness.md, its commands run from the first to the last: made, served, shown, and what came of it verified."""

import asyncio
import json
import shlex
import signal
import subprocess
import sys
import tomllib

import pytest
from typer.testing import CliRunner

from proxy.cli.main import application
from proxy.edge.upstream import Upstream
from proxy.errors import PostFailed, WitnessFailed
from proxy.tlog.note import COSIGNER_KEY, parse_key, parse_note
from proxy.witness import REASONS, WitnessPost, client
from tests.docs.pages import ROOT, blocks, commands, text_of
from tests.processes import attended, scormveil
from tests.tools.test_verify_audit import FORGED, LOGS, ROWS, leaves, note_of, proof_of
from tests.witness.kit import Tree

PAGE = ROOT / "docs" / "witness.md"
LOG = LOGS[0]


class Past(Tree):
    """The log of the export that the auditor gets."""

    def __init__(self, rows):
        super().__init__(0, signer=LOG)
        self.leaves = leaves(rows)


def run(words):
    done = CliRunner().invoke(application(), words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


async def served(words, key, tree, bent=None):
    """Run the page's `serve` as a process of its own, have a checkpoint signed, and stop it as systemd would."""
    process = await attended(scormveil, *words)
    line = json.loads(await process.stderr.readline())
    assert line["event"] == "witnessing"
    way = Upstream(connections_per_host=1, connect_timeout=5.0, read_timeout=30.0)
    note = await WitnessPost(way, f"http://{line['listen']}", key).deliver(tree.note(20), tree.since(20))
    if bent is not None:
        with pytest.raises(PostFailed, match="witness-saw-another-past"):
            await WitnessPost(way, f"http://{line['listen']}", key).deliver(bent.note(20), bent.since(20))
    await way.close()
    second = await attended(scormveil, *words)
    _, said = await second.communicate()
    assert second.returncode == 2
    assert b"witness-failed" in said
    assert b"in-use" in said
    process.send_signal(signal.SIGTERM)
    _, rest = await process.communicate()
    assert process.returncode == 0, rest
    assert [json.loads(one)["event"] for one in rest.splitlines()] == ["checkpoint"] * (1 if bent is None else 3) + [
        "stopped"
    ]
    return note


def test_the_page_from_its_first_command_to_its_last(tmp_path):
    place = str(tmp_path / "witness")
    steps = [
        [word.replace("/var/lib/scormveil-witness", place) for word in shlex.split(line)] for line in commands(PAGE)
    ]
    init, serve, show, *verify = steps
    assert [step[:3] for step in (init, serve, show)] == [
        ["scormveil", "witness", act] for act in ("init", "serve", "show")
    ]

    said = run([*(word.replace("LOG-KEY", str(LOG.key)) for word in init[1:]), "--listen", "127.0.0.1:0"]).strip()
    key = parse_key(said)
    assert (key.name, key.kind) == ("witness.example.org/audit", COSIGNER_KEY)
    assert (tmp_path / "witness" / "witness.key").stat().st_mode & 0o777 == 0o600
    sample = tomllib.loads(blocks(PAGE, "text")[1])
    made = tomllib.loads((tmp_path / "witness" / "witness.toml").read_text("utf-8"))
    assert (made["name"], made["logs"], sample.keys()) == (sample["name"], [str(LOG.key)], made.keys())
    assert (
        run(show[1:])
        == f"key       {key}\nlistens   127.0.0.1:0\n\nlog       {LOG.name}\ntrusted   {LOG.key}\nsigned    nothing yet\n"
    )

    tree = Past(ROWS)
    cosigned = asyncio.run(served(serve[1:], key, tree, bent := Past([*ROWS[:6], FORGED, *ROWS[7:]])))
    assert parse_note(cosigned).signed_by(key)
    assert "signed    20 entries, 20" in run(show[1:])
    assert f"refused   20 entries, root {bent.root(0, 20).hex()}\n" in run(show[1:])
    assert f", root {tree.root(0, 20).hex()}\n" in run(show[1:])

    (tmp_path / "ENTRY.tlog-proof").write_text(proof_of(6, note=cosigned), "utf-8")
    (tmp_path / "EXPORT.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    (tmp_path / "NOTES").write_text(f"{note_of(ROWS, 8)}\n\n{cosigned}", "utf-8")
    assert len(verify) == 2
    for step in verify:
        words = [{"LOG-KEY": str(LOG.key), "WITNESS-KEY": str(key)}.get(word, word) for word in step[1:]]
        done = subprocess.run(
            [sys.executable, ROOT / words[0], *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "OK"), done.stdout + done.stderr


def test_every_reason_is_told():
    page = text_of(PAGE)
    for reason, advice in REASONS.items():
        assert f"| `{reason}` | {advice} |" in page
    assert [one for one in client._REFUSALS.values() if f"`{one}`" not in page] == []
    for room, name in (("witness", "client"), ("audit", "post_file"), ("audit", "post_syslog")):
        source = (ROOT / "proxy" / room / f"{name}.py").read_text("utf-8")
        raised = {part.split('"')[1] for part in source.split("PostFailed(")[1:] if part.startswith('"')}
        assert raised
        assert [one for one in raised if f"`{one}`" not in page] == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("init", "PLACE", "--name", "w"), "exists"),
        (("init", "PLACE/new", "--name", "two words"), "name"),
        (("init", "PLACE/new", "--name", "w+x"), "name"),
        (("init", "PLACE/new", "--name", "w", "--log", "nonsense"), "log-key"),
        (("init", "PLACE/witness.key/new", "--name", "w"), "not-written"),
        (("show", "PLACE/none"), "no-folder"),
        (("serve", "PLACE/none"), "no-folder"),
    ],
)
def test_what_is_refused(tmp_path, words, reason):
    place = str(tmp_path / "w")
    key = run(["witness", "init", place, "--name", "w"]).strip()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(WitnessFailed) as refused:
        CliRunner().invoke(
            application(), ["witness", *(one.replace("PLACE", place) for one in words)], catch_exceptions=False
        )
    assert refused.value.reason == reason
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert key in run(["witness", "show", place])


def spoil(path, text, mode=0o600):
    path.write_text(text, "utf-8")
    path.chmod(mode)


def test_what_was_spoiled_is_not_believed(tmp_path):
    """The settings, the key and what was seen of a log, each as somebody with the disk could leave it."""
    place, tree = tmp_path / "w", Past(ROWS)
    key = parse_key(
        run(["witness", "init", str(place), "--name", "w", "--log", str(LOG.key), "--listen", "127.0.0.1:0"]).strip()
    )
    asyncio.run(served(["witness", "serve", str(place)], key, tree))
    (state,) = (place / "logs").iterdir()
    whole = {path: path.read_text("utf-8") for path in (place / "witness.toml", place / "witness.key", state)}
    settings, secret, seen = whole.values()
    cases = [
        (place / "witness.toml", "name = ", "settings"),
        (place / "witness.toml", 'listen = "x"', "settings"),
        (place / "witness.toml", settings + "more = 1\n", "settings"),
        (place / "witness.toml", settings.replace('"w"', '"w w"'), "name"),
        (place / "witness.toml", settings.replace("+A", "+B"), "log-key"),
        (place / "witness.toml", f'name = "w"\nlogs = ["{key}"]', "log-key"),
        (place / "witness.key", "", "key"),
        (place / "witness.key", "zz" * 32, "key"),
        (place / "witness.key", secret.strip()[:62], "key"),
        (place / "witness.key", "00" * 32, "state"),
        (state, seen.replace("\\n20\\n", "\\n19\\n"), "state"),
        (state, seen.replace(LOG.name, LOGS[1].name, 1), "state"),
        (state, "{}", "state"),
        (state, "[]", "state"),
        (state, "", "state"),
    ]
    for path, text, reason in cases:
        spoil(path, text)
        with pytest.raises(WitnessFailed) as refused:
            CliRunner().invoke(application(), ["witness", "show", str(place)], catch_exceptions=False)
        assert refused.value.reason == reason, (path.name, text)
        spoil(path, whole[path])
    spoil(place / "witness.key", secret, 0o644)
    with pytest.raises(WitnessFailed, match="key"):
        CliRunner().invoke(application(), ["witness", "show", str(place)], catch_exceptions=False)
    spoil(place / "witness.key", secret)
    assert "signed    20 entries" in run(["witness", "show", str(place)])
