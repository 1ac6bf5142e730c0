"""How a log hands over to a new key: in a checkpoint that both keys sign, with the new one in an extension line.

A signature line names a key by 4 bytes of its hash, so nobody can learn a key from signatures alone. A checkpoint may
have extension lines (C2SP tlog-checkpoint, "Note text"); ours is `key <published key>`. Whoever trusted the old key has
the new one under its signature, and sees by the other signature that the log holds the new one.
"""

from collections.abc import Sequence
from typing import Final

from proxy.tlog.note import LOG_KEY, Note, NoteInvalid, NoteKey, NoteSigner, parse_key, signed

_WORD: Final = "key "
_FIRST: Final = 3


def hand_over(text: str, old: NoteSigner, new: NoteSigner) -> Note:
    """The checkpoint `text` (three lines), with which `old` hands over to `new`."""
    return signed(f"{text}{_WORD}{new.key}\n", (old, new))


def successor(note: Note, trusted: Sequence[NoteKey]) -> NoteKey | None:
    """The key to which the log hands over, if one that is trusted signed that and the new one did, too; else None."""
    lines = note.text.splitlines()
    named = [line.removeprefix(_WORD) for line in lines[_FIRST:] if line.startswith(_WORD)]
    if len(named) != 1 or not any(note.signed_by(one) for one in trusted):
        return None
    try:
        key = parse_key(named[0])
    except NoteInvalid:
        return None
    if key.kind != LOG_KEY or key.name != lines[0] or key in trusted or not note.signed_by(key):
        return None
    return key
