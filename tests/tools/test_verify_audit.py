"""The verifier that stands alone: RFC 8032's vectors, proofs and exports that hold, and every way in which they do not."""

import base64
import hashlib
import json
import random
import re
import subprocess
import sys

import pytest

from proxy.tlog.checkpoint import Checkpoint
from proxy.tlog.merkle import inclusion_path, leaf_hash, root_of
from proxy.tlog.note import COSIGNER_KEY, NoteSigner, signed
from proxy.tlog.rotation import hand_over
from tests.docs.pages import ROOT
from tools import verify_audit

LOGS = [NoteSigner(f"scormveil/aaaa/{log}", bytes(range(32))) for log in (0, 1)]
WITNESS = NoteSigner("witness.example/w1", b"\7" * 32, COSIGNER_KEY)
OTHER = NoteSigner(LOGS[0].name, b"\5" * 32)
NOW = 1_790_000_000


def entry_of(number, **more):
    """An invented entry."""
    texts = dict.fromkeys(
        ("actor", "tenant", "mount", "route", "kind", "pseudonym", "key_id", "exchange", "reason"), ""
    )
    return {
        "at": NOW * 1000 + number,
        "event": "minted",
        **texts,
        "mount": "cloud",
        "pseudonym": f"p{number}",
        "count": number,
    } | more


def row_of(number, log=0, **more):
    entry = entry_of(number, **more)
    salt = random.Random(number).randbytes(16)
    order = (
        "at",
        "event",
        "actor",
        "tenant",
        "mount",
        "route",
        "kind",
        "pseudonym",
        "key_id",
        "exchange",
        "reason",
        "count",
    )
    text = json.dumps({name: entry[name] for name in order}, separators=(",", ":"), ensure_ascii=False)
    leaf = leaf_hash(hashlib.sha256(salt + text.encode()).digest())
    return {"log": log, "pos": number, "entry": entry, "salt": salt.hex(), "leaf": leaf.hex()}


def leaves(rows):
    return [bytes.fromhex(row["leaf"]) for row in rows]


def note_of(rows, size, log=0, witness=True, signer=None):
    text = Checkpoint(LOGS[log].name, size, root_of(leaves(rows)[:size])).text
    note = signed(text, (signer or LOGS[log],))
    return str(note.with_signature(WITNESS.sign(text, NOW))) if witness else str(note)


class Desk:
    """An auditor's folder."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def run(self, monkeypatch, *arguments):
        monkeypatch.setattr(sys, "argv", ["verify_audit.py", *arguments])
        code = verify_audit.main()
        return code, self.capsys.readouterr().out

    def export(self, monkeypatch, rows, notes, *more):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        given = ("export", self.file("export.jsonl", lines), "--notes", self.file("notes", "\n\n".join(notes)))
        return self.run(monkeypatch, *given, "--key", str(LOGS[0].key), *more)


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(tmp_path, capsys)


ROWS = [row_of(number) for number in range(21)]
NOTES = [note_of(ROWS, size) for size in (0, 5, 8, 20)]

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_published_signatures_verify_and_no_others(public, message, signature):
    public, message, signature = map(bytes.fromhex, (public, message, signature))
    assert verify_audit.signed(public, message, signature)
    assert not verify_audit.signed(public, message + b"\0", signature)
    assert not verify_audit.signed(public, message, signature[:63])
    assert not verify_audit.signed(public[:31], message, signature)
    for at in (0, 20, 31, 32, 50):
        assert not verify_audit.signed(
            public, message, signature[:at] + bytes((signature[at] ^ 1,)) + signature[at + 1 :]
        )
    larger = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not verify_audit.signed(public, message, signature[:32] + larger.to_bytes(32, "little")), "S below L: 5.1.7"
    assert not verify_audit.signed(b"\2" + bytes(31), message, signature), "no point"


def test_a_whole_export_holds(desk, monkeypatch):
    code, said = desk.export(monkeypatch, ROWS, NOTES, "--witness", str(WITNESS.key))
    assert code == 0
    assert "log 0: 20 of 21 entries are as they were signed, 1 not signed yet" in said
    assert said.endswith("OK\n")


def changed(rows, at, **more):
    entry = rows[at]["entry"] | more
    return [*rows[:at], rows[at] | {"entry": entry}, *rows[at + 1 :]]


def renumbered(rows):
    return [row | {"pos": pos} for pos, row in enumerate(rows)]


FORGED = row_of(6, reason="forged")
TAMPERED = {
    "changed": (changed(ROWS, 6, pseudonym="other"), "line 7, entry 6 of log 0: what it says is not what its hash was"),
    "changed-with-its-leaf": ([*ROWS[:6], FORGED, *ROWS[7:]], "entries 5 to 7 at least one is not what was signed"),
    "deleted": ([*ROWS[:6], *ROWS[7:]], "line 7, entry 7 of log 0: entry 6 should stand here"),
    "deleted-and-renumbered": (renumbered([*ROWS[:6], *ROWS[7:]]), "entries 5 to 7 at least one"),
    "inserted": (renumbered([*ROWS[:6], FORGED, *ROWS[6:]]), "entries 5 to 7 at least one"),
    "doubled": ([*ROWS[:7], *ROWS[6:]], "line 8, entry 6 of log 0: entry 7 should stand here"),
    "reordered": ([*ROWS[:6], ROWS[7], ROWS[6], *ROWS[8:]], "line 7, entry 7 of log 0: entry 6 should stand here"),
    "reordered-and-renumbered": (renumbered([*ROWS[:6], ROWS[7], ROWS[6], *ROWS[8:]]), "entries 5 to 7"),
    "first": ([row_of(0, reason="forged"), *ROWS[1:]], "entries 0 to 4 at least one"),
    "truncated": (ROWS[:19], "log 0 ends after 19 entries, but signed 20: its end is missing"),
    "replaced": ([row_of(number, reason="forged") for number in range(21)], "entries 0 to 4 at least one"),
    "emptied": ([], "log 0 ends after 0 entries, but signed 20"),
    "salt-of-another": ([ROWS[0] | {"salt": ROWS[1]["salt"]}, *ROWS[1:]], "line 1, entry 0 of log 0: what it says"),
    "a-log-nobody-signed": ([*ROWS, row_of(0, log=1)], "log 1 has no checkpoint that counts"),
    "no-entry": ([*ROWS, {"log": 0}], "line 22 is no entry of an export"),
    "half-an-entry": ([ROWS[0] | {"entry": {"at": 1}}, *ROWS[1:]], "this is no whole entry, event is not"),
    "an-entry-that-is-none": ([ROWS[0] | {"entry": "text"}, *ROWS[1:]], "this is no whole entry"),
}


@pytest.mark.parametrize(("rows", "said"), TAMPERED.values(), ids=TAMPERED)
def test_says_where_a_log_was_tampered_with(desk, monkeypatch, rows, said):
    code, out = desk.export(monkeypatch, rows, NOTES)
    assert code == 1
    assert f"BROKEN: {'log 0: of ' if said.startswith('entries') else ''}{said}" in out


def test_an_entry_whose_salt_was_erased_keeps_its_place(desk, monkeypatch):
    blank = entry_of(6, pseudonym="", mount="")
    code, said = desk.export(monkeypatch, [*ROWS[:6], ROWS[6] | {"salt": None, "entry": blank}, *ROWS[7:]], NOTES)
    assert (code, "1 entries without salt" in said) == (0, True)
    bent = [*ROWS[:6], ROWS[6] | {"salt": None, "leaf": ROWS[5]["leaf"]}, *ROWS[7:]]
    assert desk.export(monkeypatch, bent, NOTES)[0] == 1


def test_several_logs_of_an_installation_and_members_without_a_table_of_their_own(desk, monkeypatch):
    second = [row_of(number + 100, log=1) | {"pos": number} for number in range(3)]
    flat = [{"log": 1, "salt": row["salt"], "leaf": row["leaf"], "pos": row["pos"], **row["entry"]} for row in second]
    mixed = [ROWS[0], flat[0], *ROWS[1:9], flat[1], flat[2], *ROWS[9:]]
    code, said = desk.export(monkeypatch, mixed, [*NOTES, note_of(second, 3, log=1)])
    assert code == 0
    assert "log 1: 3 of 3 entries are as they were signed, 0 not signed yet" in said


def test_a_log_that_is_trusted_and_not_there_at_all_is_missed(desk, monkeypatch):
    code, said = desk.export(monkeypatch, [], [])
    assert (code, "nothing is here of ['0']" in said) == (1, True)
    code, said = desk.export(monkeypatch, ROWS, NOTES, "--key", str(LOGS[1].key))
    assert (code, "nothing is here of ['1']" in said) == (1, True)
    code, said = desk.run(monkeypatch, "export", desk.file("none", ""), "--key", desk.file("no-key", "# nobody\n"))
    assert (code, "BROKEN" in said) == (1, True)


def test_checkpoints_count_only_under_the_keys_that_are_trusted(desk, monkeypatch):
    strangers = [note_of(ROWS, size, signer=OTHER) for size in (5, 20)]
    code, said = desk.export(monkeypatch, ROWS, strangers)
    assert code == 1
    assert "at 5 entries: not signed by a key you trust; this checkpoint does not count" in said
    assert "log 0 has no checkpoint that counts" in said
    alone = [note_of(ROWS, size, witness=False) for size in (5, 20)]
    assert desk.export(monkeypatch, ROWS, alone)[0] == 0
    code, said = desk.export(monkeypatch, ROWS, alone, "--witness", str(WITNESS.key))
    assert (code, "not signed by ['witness.example/w1']" in said) == (1, True)
    code, said = desk.export(monkeypatch, ROWS, [NOTES[1], alone[1]], "--witness", str(WITNESS.key))
    assert (code, "log 0: 5 of 21 entries are as they were signed, 16 not signed yet" in said) == (0, True)


def test_two_pasts_under_one_key_prove_themselves(desk, monkeypatch):
    code, said = desk.export(monkeypatch, ROWS, [*NOTES, note_of([FORGED, *ROWS[1:]], 8)])
    assert code == 1
    assert "BROKEN: scormveil/aaaa/0 signed two pasts of 8 entries" in said


def test_a_log_that_handed_over_to_a_new_key(desk, monkeypatch):
    text = Checkpoint(LOGS[0].name, 8, root_of(leaves(ROWS)[:8])).text
    handed = str(hand_over(text, LOGS[0], OTHER))
    later = note_of(ROWS, 20, signer=OTHER)
    code, said = desk.export(monkeypatch, ROWS, [NOTES[1], handed, later])
    assert (code, f"hands over to the key {OTHER.key}" in said) == (0, True)
    assert "log 0: 20 of 21" in said
    code, said = desk.export(monkeypatch, ROWS, [NOTES[1], handed, NOTES[3]])
    assert "at 20 entries: not signed by a key you trust" in said
    code, said = desk.export(monkeypatch, ROWS, [NOTES[1], later])
    assert "log 0: 5 of 21" in said


def test_notes_of_the_files_beside_the_database(desk, monkeypatch):
    """Empty lines before each, also before what a crash cut short."""
    written = "".join(f"\n\n{note}" for note in (*NOTES[:2], "scormveil/aaaa/0\n8\nabc", NOTES[3]))
    code, said = desk.export(monkeypatch, ROWS, [written])
    assert (code, "log 0: 20 of 21" in said) == (0, True)


def test_notes_out_of_a_syslog_and_damaged_ones(desk, monkeypatch):
    lines = [f"Sep 21 14:13:20 host scormveil[7]: checkpoint {json.dumps({'note': note})}" for note in NOTES]
    assert desk.export(monkeypatch, ROWS, ["\n".join(lines)])[0] == 0
    code, said = desk.export(monkeypatch, ROWS, [NOTES[0], NOTES[1].replace("\n5\n", "\n05\n"), NOTES[3]])
    assert (code, "a damaged note does not count" in said) == (0, True)
    code, said = desk.export(monkeypatch, ROWS, [NOTES[1], "scormveil/aaaa/0\n8", NOTES[3]])
    assert (code, "log 0: 20 of 21" in said) == (0, True)


def proof_of(index, size=20, rows=ROWS, entry=None, note=None):
    tree = leaves(rows)
    path = inclusion_path(index, size, lambda start, end: root_of(tree[start:end]))
    extra = json.dumps({"entry": entry or rows[index]["entry"], "salt": rows[index]["salt"]}).encode()
    steps = "".join(f"{base64.b64encode(one).decode()}\n" for one in path)
    head = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(extra).decode()}\nindex {index}\n"
    return f"{head}{steps}\n{note or note_of(rows, size)}"


def test_a_proof_says_the_entry_in_words(desk, monkeypatch):
    given = ("--key", desk.file("keys", f"# of last year\n{LOGS[0].key}\n"), "--witness", str(WITNESS.key))
    code, said = desk.run(monkeypatch, "proof", desk.file("6.tlog-proof", proof_of(6)), *given)
    assert code == 0
    assert said.splitlines() == [
        "Entry 6 of the 20 that scormveil/aaaa/0 had when it signed:",
        "  at         2026-09-21 14:13:20.006+00:00",
        "  event      minted",
        "  mount      cloud",
        "  pseudonym  p6",
        "  count      6",
        "  seen by    witness.example/w1 at 2026-09-21 14:13:20+00:00",
        "OK",
    ]
    for index, size in ((0, 8), (7, 8), (19, 20), (4, 5)):
        assert desk.run(monkeypatch, "proof", desk.file("proof", proof_of(index, size)), *given)[0] == 0


BENT = {
    "another-entry": proof_of(6, entry=entry_of(6, pseudonym="other")),
    "another-index": proof_of(6).replace("index 6\n", "index 7\n"),
    "an-index-beyond": proof_of(6).replace("index 6\n", "index 26\n"),
    "a-step-less": "\n".join(line for at, line in enumerate(proof_of(6).split("\n")) if at != 3),
    "a-step-more": proof_of(6).replace("index 6\n", "index 6\n" + base64.b64encode(bytes(32)).decode() + "\n"),
    "another-checkpoint": proof_of(6, note=note_of([FORGED, *ROWS[1:]], 20)),
    "another-key": proof_of(6, note=note_of(ROWS, 20, signer=OTHER)),
}
UNREADABLE = {
    "nothing": "",
    "another-version": proof_of(6).replace("@v1", "@v2"),
    "no-extra": "\n".join(line for line in proof_of(6).split("\n") if not line.startswith("extra")),
    "index-with-zeroes": proof_of(6).replace("index 6\n", "index 06\n"),
    "negative": proof_of(6).replace("index 6\n", "index -6\n"),
    "no-checkpoint": proof_of(6).partition("\n\n")[0],
    "no-base64": proof_of(6).replace("extra ", "extra !"),
    "deep": re.sub("extra .*", "extra " + base64.b64encode(b"[" * 100_000).decode(), proof_of(6)),
    "a-list": re.sub("extra .*", "extra " + base64.b64encode(b"[]").decode(), proof_of(6)),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [*((one, 1) for one in BENT.values()), *((one, 2) for one in UNREADABLE.values())],
    ids=[*BENT, *UNREADABLE],
)
def test_a_proof_that_does_not_hold(desk, monkeypatch, text, expected):
    code, said = desk.run(monkeypatch, "proof", desk.file("proof", text), "--key", str(LOGS[0].key))
    assert code == expected
    assert not said.endswith("OK\n")
    assert ("BROKEN: " if expected == 1 else "CANNOT TELL: ") in said


def test_a_line_and_a_note_that_are_something_else(desk, monkeypatch):
    assert desk.export(monkeypatch, ROWS, ['{"note": 3}', *NOTES])[0] == 0
    given = ("--notes", desk.file("notes", "\n\n".join(NOTES)), "--key", str(LOGS[0].key))
    for line in ("[" * 100_000, "[]", "3", ""):
        code, said = desk.run(monkeypatch, "export", desk.file("bent", line + "\n"), *given)
        assert (code, said.splitlines()[-1]) == (1, "BROKEN: line 1 is no entry of an export")


def test_what_was_given_cannot_be_read(desk, monkeypatch, tmp_path):
    proof = desk.file("proof", proof_of(6))
    for key in ("nonsense", f"{LOGS[0].key}x", str(WITNESS.key), "a+b", ""):
        assert desk.run(monkeypatch, "proof", proof, "--key", key)[0] in ({2} if key else {1}), key
    assert desk.run(monkeypatch, "proof", str(tmp_path / "none"), "--key", str(LOGS[0].key))[0] == 2
    both = [*NOTES, str(signed(Checkpoint("other/0", 0, bytes(32)).text, (OTHER,)))]
    code, said = desk.export(monkeypatch, ROWS, both)
    assert (code, "verify one installation after the other" in said) == (2, True)


def test_it_stands_alone_and_can_be_read_in_ten_minutes(tmp_path):
    """A copy of the one file, without our packages and without site-packages, in a process of its own."""
    copy = tmp_path / "verify_audit.py"
    copy.write_text((ROOT / "tools" / "verify_audit.py").read_text("utf-8"), "utf-8")
    assert len(copy.read_text("utf-8").splitlines()) < 300
    (tmp_path / "proof").write_text(proof_of(6), "utf-8")
    command = [sys.executable, "-I", "-S", str(copy), "proof", str(tmp_path / "proof"), "--key", str(LOGS[0].key)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "OK", "")
