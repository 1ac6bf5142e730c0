"""A program that keeps the key may fail in every way; nothing then hangs, floods, or shows what it said."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keys import CommandKek, KeyringError, Secret

KEEPER = Path(__file__).with_name("keeper.py")
KEY = "ab" * 32
LEAK = "THE-TOKEN-OF-THE-VAULT"


def code_of(act, *args, **more):
    with pytest.raises(KeyringError) as refused:
        act(*args, **more)
    assert LEAK not in str(refused.value)
    assert LEAK not in repr(refused.value)
    return refused.value.code


def program(code, timeout=10.0):
    """A keeper that does what `code` says; `request` is what it was asked."""
    begin = "import sys, json, base64, os, time\nline = sys.stdin.readline()\nrequest = json.loads(line)\n"
    return CommandKek([sys.executable, "-c", begin + code], timeout=timeout)


def saying(text, status=0):
    return program(f"print({text!r})\nsys.stdout.flush()\nos._exit({status})")


@pytest.fixture
def keeper(tmp_path):
    (tmp_path / "key").write_text(KEY)
    return CommandKek([sys.executable, str(KEEPER), str(tmp_path / "key")])


def test_the_protocol_is_one_line_each_way(tmp_path):
    (tmp_path / "key").write_text(KEY)

    def ask(op, data):
        request = {"op": op, "data": base64.b64encode(data).decode(), "bind": base64.b64encode(b"here").decode()}
        command = [sys.executable, str(KEEPER), str(tmp_path / "key")]
        done = subprocess.run(command, input=json.dumps(request) + "\n", capture_output=True, text=True, check=True)
        assert done.stdout.count("\n") == 1
        return base64.b64decode(json.loads(done.stdout)["data"])

    assert ask("unwrap", ask("wrap", b"k" * 32)) == b"k" * 32


def test_it_is_given_a_data_key_and_never_the_keyring(tmp_path):
    seen = tmp_path / "seen"
    store = f"open({str(seen)!r}, 'w').write(line)\nprint(json.dumps({{'data': base64.b64encode(os.urandom(60)).decode()}}))"
    program(store).wrap(Secret(b"all the keys of the house" * 100), b"here")
    request = json.loads(seen.read_text())
    assert set(request) == {"op", "data", "bind"}
    assert len(base64.b64decode(request["data"])) == 32
    assert base64.b64decode(request["bind"]) == b"here"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('{"error": "wrong-key"}', "kek-wrong"),
        ('{"error": "altered"}', "keyring-altered"),
        ('{"error": "unavailable"}', "kek-unavailable"),
        (f'{{"error": "{LEAK}"}}', "kek-command"),
        (f'{{"error": "unavailable", "more": "{LEAK}"}}', "kek-command"),
        ("", "kek-command"),
        (LEAK, "kek-command"),
        ("[" * 30_000, "kek-command"),
        ("[]", "kek-command"),
        ('{"data": 7}', "kek-command"),
        ('{"data": ""}', "kek-command"),
        ('{"data": "!!!!"}', "kek-command"),
        ('{"data": "YWJj"}\n{"data": "YWJj"}', "kek-command"),
        (json.dumps({"data": base64.b64encode(bytes(16 * 1024 + 1)).decode()}), "kek-command"),
    ],
)
def test_what_it_says_wrong_is_a_refusal(said, code):
    assert code_of(saying(said).wrap, Secret(b"x"), b"") == code


def test_a_status_of_failure_counts_whatever_it_said(keeper):
    assert code_of(saying('{"data": "YWJj"}', 3).wrap, Secret(b"x"), b"") == "kek-command"
    assert code_of(saying('{"error": "unavailable"}', 3).wrap, Secret(b"x"), b"") == "kek-unavailable"
    assert code_of(saying('{"data": "YWJj"}').unwrap, keeper.wrap(Secret(b"x"), b""), b"") == "kek-command"


def test_one_that_gives_back_what_it_got_is_refused():
    echo = program("print(json.dumps({'data': request['data']}))")
    assert code_of(echo.wrap, Secret(b"x"), b"") == "kek-command"


def test_one_that_does_not_look_at_the_place_changes_nothing(tmp_path):
    """The place is bound here as well."""
    careless = program(
        "raw = base64.b64decode(request['data'])\nprint(json.dumps({'data': base64.b64encode(raw[::-1]).decode()}))"
    )
    wrapped = careless.wrap(Secret(b"x"), b"here")
    assert careless.unwrap(wrapped, b"here") == Secret(b"x")
    assert code_of(careless.unwrap, wrapped, b"there") == "keyring-altered"


def test_one_that_never_answers_is_ended(tmp_path):
    pid = tmp_path / "pid"
    stuck = program(
        f"open({str(pid)!r}, 'w').write(str(os.getpid()))\nsys.stderr.write({LEAK!r})\ntime.sleep(600)", 1.0
    )
    assert code_of(stuck.wrap, Secret(b"x"), b"") == "kek-unavailable"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_one_that_answers_and_stays_is_ended():
    stays = program('print(\'{"data": "YWJj"}\')\nsys.stdout.flush()\nos.close(1)\ntime.sleep(600)', 1.0)
    assert code_of(stays.wrap, Secret(b"x"), b"") == "kek-unavailable"


def test_one_that_never_stops_talking_is_ended():
    flood = program("while True: sys.stdout.write('x' * 4096)")
    assert code_of(flood.wrap, Secret(b"x"), b"") == "kek-command"


def test_one_that_does_not_listen_may_still_answer():
    deaf = CommandKek(["/bin/sh", "-c", 'exec 0<&-; echo \'{"error": "unavailable"}\''])
    assert code_of(deaf.wrap, Secret(b"x"), b"") == "kek-unavailable"


@pytest.mark.parametrize("command", [[], ["keeper"], ["./keeper"]])
def test_a_program_without_its_whole_path_is_refused(command):
    assert code_of(CommandKek, command) == "kek-command"


def test_a_program_that_is_not_there_or_cannot_be_run_is_said(tmp_path):
    assert code_of(CommandKek([str(tmp_path / "none")]).wrap, Secret(b"x"), b"") == "kek-command"
    assert code_of(CommandKek([str(tmp_path)]).wrap, Secret(b"x"), b"") == "kek-command"
    assert code_of(CommandKek(["/bin/\0"]).wrap, Secret(b"x"), b"") == "kek-command"


def test_no_shell_reads_the_arguments(tmp_path):
    file = tmp_path / "$(touch x); key"
    file.write_text(KEY)
    kek = CommandKek([sys.executable, str(KEEPER), str(file)])
    assert kek.unwrap(kek.wrap(Secret(b"x"), b""), b"") == Secret(b"x")


def test_a_key_file_that_is_gone_is_the_keepers_word(tmp_path):
    kek = CommandKek([sys.executable, str(KEEPER), str(tmp_path / "none")])
    assert code_of(kek.wrap, Secret(b"x"), b"") == "kek-unavailable"
