"""Verify audit logs of scormveil with nothing but Python 3.11: no package, no network, no code of the product.

    verify_audit.py proof  PROOF  --key KEY ...                    one entry, from `scormveil audit prove`
    verify_audit.py export EXPORT --notes NOTES ... --key KEY ...  whole logs, from `scormveil audit export`

KEY is the log's public key, or a file with one a line, from somebody else than whom you audit: a witness, last year's
report. With --witness KEY (repeatable) only checkpoints count that all these witnesses signed, too. Exit code 0:
everything holds. 1: something does not, and it is said where. 2: cannot be told. What is verified:

1. A checkpoint names the log, its number of entries and their root hash (C2SP tlog-checkpoint, signed-note; RFC 8032).
2. The root is that of a Merkle tree (RFC 6962): whoever changes, inserts, removes or reorders entries gets another.
3. A leaf holds SHA-256(salt + entry as JSON). Where the salt was erased, what an entry said cannot be shown any more.
"""

import argparse
import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

MEMBERS = "at event actor tenant mount route kind pseudonym key_id exchange reason count".split()  # noqa: SIM905
LOG_KEY, WITNESS_KEY = 1, 4


class Broken(Exception):
    """Something is not as it should be."""


# --- Ed25519, RFC 8032, section 5.1. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z (section 5.1.4). -------
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    rest = times(number >> 1, add(point, point)) if number else (0, 1, 1, 0)
    return add(rest, point) if number & 1 else rest


def point_of(raw):
    """Section 5.1.3; None if these 32 bytes are no point."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def signed(public, message, signature):
    """Section 5.1.7: whether S*B = R + k*A, with k = SHA-512(R, A, message)."""
    base, a, r = map(point_of, ((4 * pow(5, -1, P) % P).to_bytes(32, "little"), public, signature[:32]))
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or len(public) != 32 or a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, base), add(r, times(k, a))
    return all((left[at] * right[2] - right[at] * left[2]) % P == 0 for at in (0, 1))


# --- Signed notes (C2SP signed-note, tlog-cosignature) and checkpoints (C2SP tlog-checkpoint) -----------------------
class Key(NamedTuple):
    """A public key. `kind` is 1 for logs and 4 for witnesses, which sign their time, too."""

    name: str
    kind: int
    public: bytes

    def hash(self):
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:4]

    def signed_at(self, note):
        """The time that a witness signed, in seconds since 1970; 0 for a log's signature; None without a valid one."""
        for name, key_hash, value in note.signatures:
            if (name, key_hash) == (self.name, self.hash()):
                at = int.from_bytes(value[:8], "big") if self.kind == WITNESS_KEY else 0
                head = f"cosignature/v1\ntime {at}\n" if self.kind == WITNESS_KEY else ""
                if signed(self.public, (head + note.text).encode(), value[-64:]):
                    return at
        return None


def key_of(written, kind):
    """Read a key as it is published: name+hash+base64 of kind and key."""
    name, digits, coded = (*written.strip().split("+", 2), "", "")[:3]
    raw = base64.b64decode(coded) or bytes(1)
    key = Key(name, raw[0], raw[1:])
    if key.kind != kind or len(key.public) != 32 or digits != key.hash().hex():
        raise ValueError(f"this is no public key of a {'log' if kind == LOG_KEY else 'witness'}: {written!r}")
    return key


class Checkpoint:
    def __init__(self, written):
        body, blank, rows = written.rpartition("\n\n")
        self.text, self.signatures = body + "\n", []
        self.origin, size, root, *self.more = body.split("\n")
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        if not blank or str(self.size) != size or self.size < 0 or len(self.root) != 32:
            raise ValueError
        for row in rows.splitlines():
            _, name, coded = row.split(" ")
            raw = base64.b64decode(coded, validate=True)
            self.signatures.append((name, raw[:4], raw[4:]))


def believed(notes, given, witnesses):
    """The root at each size of one log that a trusted key and every witness signed; says why others do not count.

    A trusted key counts for every log of its installation (the name up to the last /). A log hands over to another key
    in a checkpoint with a line `key <new key>` that both sign.
    """
    good, roots, origin = {}, {}, notes[0].origin
    house = origin.rpartition("/")[0] or origin
    keys = [one._replace(name=origin) for one in given if one.name == origin or one.name.rpartition("/")[0] == house]
    for note in sorted(notes, key=lambda one: one.size):
        missing = [one.name for one in witnesses if one.signed_at(note) is None]
        if all(key.signed_at(note) is None for key in keys):
            print(f"{origin} at {note.size} entries: not signed by a key you trust; this checkpoint does not count")
            continue
        for line in note.more:
            new = key_of(line[4:], LOG_KEY) if line.startswith("key ") else None
            if new and new.name == origin and new.signed_at(note) is not None:
                print(f"{origin} at {note.size} entries: the log hands over to the key {line[4:]}")
                keys = [new]
        if roots.setdefault(note.size, note.root) != note.root:
            raise Broken(f"{origin} signed two pasts of {note.size} entries; these two checkpoints prove it")
        if missing:
            print(f"{origin} at {note.size} entries: not signed by {missing}; this checkpoint does not count")
        else:
            good[note.size] = note.root
    return good


# --- The tree, RFC 6962, section 2.1 ---------------------------------------------------------------------------------
def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_of(salt, entry):
    """The leaf of an entry: its members in their order, in JSON without spaces."""
    for name in MEMBERS:
        kind = int if name in ("at", "count") else str
        if len(salt) != 16 or not isinstance(entry, dict) or type(entry.get(name)) is not kind:
            raise Broken(f"this is no whole entry, {name} is not what it should be: {entry}")
    text = json.dumps({name: entry[name] for name in MEMBERS}, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"\x00" + hashlib.sha256(salt + text.encode()).digest()).digest()


class Tree:
    def __init__(self):  # no leaf yet; `roots` are those of its complete subtrees, the largest first
        self.size, self.roots = 0, []

    def append(self, leaf):
        number = self.size
        while number & 1:
            leaf, number = node(self.roots.pop(), leaf), number >> 1
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        top = self.roots[-1]
        for left in self.roots[-2::-1]:
            top = node(left, top)
        return top


def root_by_path(leaf, index, size, path):
    """The root that a proof of inclusion leads to: section 2.1.1, read backwards."""
    if size == 1 or not path:
        return leaf if size == 1 and not path else b"a proof of another length leads to no root"
    left = 1 << ((size - 1).bit_length() - 1)  # the largest power of two below the size
    if index < left:
        return node(root_by_path(leaf, index, left, path[:-1]), path[-1])
    return node(path[-1], root_by_path(leaf, index - left, size - left, path[:-1]))


# --- The two commands ------------------------------------------------------------------------------------------------
def verify_proof(text, keys, witnesses):
    """A proof file (C2SP tlog-proof): extra data, index, path, empty line, checkpoint."""
    head, _, note = text.partition("\n\n")
    magic, extra, index, *path = head.split("\n")
    number = int(index.removeprefix("index "))
    if magic != "c2sp.org/tlog-proof@v1" or index != f"index {number}" or number < 0:
        raise ValueError("this is no proof file")
    shown = json.loads(base64.b64decode(extra.removeprefix("extra "), validate=True))
    salt, entry, checkpoint = bytes.fromhex(shown["salt"]), shown["entry"], Checkpoint(note)
    if not believed([checkpoint], keys, witnesses):
        raise Broken("the checkpoint of this proof does not count")
    size, leaf = checkpoint.size, leaf_of(salt, entry)
    if number >= size or root_by_path(leaf, number, size, [base64.b64decode(one) for one in path]) != checkpoint.root:
        raise Broken(f"this is not entry {number} of {checkpoint.origin}: the proof leads to another root")
    print(f"Entry {number} of the {size} that {checkpoint.origin} had when it signed:")
    print(f"  {'at':<10} {datetime.fromtimestamp(entry['at'] / 1000, UTC).isoformat(' ', 'milliseconds')}")
    print("".join(f"  {name:<10} {entry[name]}\n" for name in MEMBERS[1:] if entry[name]), end="")
    for one in witnesses:
        print(f"  {'seen by':<10} {one.name} at {datetime.fromtimestamp(one.signed_at(checkpoint), UTC)}")


def verify_export(lines, notes, keys, witnesses):
    """Whole logs: every line a JSON object with log, pos, entry (or its members), salt (null: erased) and leaf."""
    trees, good, hidden = {}, {}, 0
    for log in sorted({note.origin.rpartition("/")[2] for note in notes}):
        some = [note for note in notes if note.origin.rpartition("/")[2] == log]
        if len({note.origin for note in some}) > 1:
            raise ValueError(f"there are notes of several logs {log}: verify one installation after the other")
        good[log], trees[log] = believed(some, keys, witnesses), Tree()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            log, pos, leaf = str(row["log"]), row["pos"], bytes.fromhex(row["leaf"])
            salt = None if row["salt"] is None else bytes.fromhex(row["salt"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Broken(f"line {number} is no entry of an export") from None
        tree, where = trees.setdefault(log, Tree()), f"line {number}, entry {pos} of log {log}"
        if pos != tree.size:
            raise Broken(f"{where}: entry {tree.size} should stand here; entries are missing, doubled or out of order")
        if salt is not None and leaf_of(salt, row.get("entry", row)) != leaf:
            raise Broken(f"{where}: what it says is not what its hash was made from")
        hidden += salt is None
        tree.append(leaf)
        root = good.get(log, {}).get(tree.size)
        if root is not None and root != tree.root():
            before = max((size for size in good[log] if size < tree.size), default=0)
            raise Broken(f"log {log}: of entries {before} to {pos} at least one is not what was signed; all before are")
    if absent := ({one.name.rpartition("/")[2] for one in keys} or {"at all"}) - {*trees}:
        raise Broken(f"nothing is here of {sorted(absent)}: a log whose key you trust is in no export and no note")
    for log, tree in trees.items():
        if (last := max(good.get(log, ()), default=-1)) < 0:
            raise Broken(f"log {log} has no checkpoint that counts, so nothing vouches for its {tree.size} entries")
        if last > tree.size:
            raise Broken(f"log {log} ends after {tree.size} entries, but signed {last}: its end is missing")
        print(f"log {log}: {last} of {tree.size} entries are as they were signed, {tree.size - last} not signed yet")
    print(f"{hidden} entries without salt: they have their places, what they said cannot be shown any more")


def keys_from(given, kind):
    """Keys as they stand in arguments or in the files that arguments name."""
    texts = [Path(one).read_text("utf-8") if Path(one).is_file() else one for one in given]
    return [key_of(line, kind) for text in texts for line in text.splitlines() if line.strip() and line[0] != "#"]


def notes_from(path):
    """The checkpoints in a file: notes with empty lines between, or JSON with a `note` from a syslog."""
    text = path.read_text("utf-8")
    parts = [bare for part in text.split("\n\n") if (bare := part.strip("\n"))]
    found = [f"{body}\n\n{rows}\n" for body, rows in pairwise(parts) if rows.startswith("\N{EM DASH} ")]
    found += [json.loads(line[line.index('{"note": ') :])["note"] for line in text.splitlines() if '{"note": ' in line]
    for one in map(str, found):
        try:
            yield Checkpoint(one)
        except ValueError:
            print(f"{path}: a damaged note does not count: {one[:60]!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("proof", "export"))
    parser.add_argument("file", type=Path)
    for option in ("--key", "--witness", "--notes"):
        parser.add_argument(option, action="append", default=[], required=option == "--key")
    given = parser.parse_args()
    try:
        keys, witnesses = keys_from(given.key, LOG_KEY), keys_from(given.witness, WITNESS_KEY)
        notes = [note for one in given.notes for note in notes_from(Path(one))]
        with given.file.open(encoding="utf-8") as file:
            if given.what == "proof":
                verify_proof(file.read(), keys, witnesses)
            else:
                verify_export(file, notes, keys, witnesses)
    except Broken as broken:
        print(f"BROKEN: {broken}")
        return 1
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as trouble:
        why = f"{trouble.filename}: {trouble.strerror}" if isinstance(trouble, OSError) else ascii(str(trouble)[:90])
        print(f"CANNOT TELL: a file cannot be read, is damaged or of another kind; have it sent again. {why}")
        return 2
    print("OK")
    return 0


if __name__ == "__main__":
    sys.exit(main())
