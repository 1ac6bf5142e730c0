"""A witness: answers each submission, one after the other, and remembers before it signs. Blocking, thread-safe."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus

from proxy.errors import WitnessFailed
from proxy.tlog.note import NoteInvalid, NoteKey, NoteSigner
from proxy.witness.judging import CONTRADICTIONS, Refusal, Seen, judge
from proxy.witness.place import Settings, WitnessPlace, house_of
from proxy.witness.wire import SIZE_TYPE, read_submission

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `origin` and `size` are of a checkpoint that a trusted key signed, for the log of the witness."""

    status: HTTPStatus
    body: str
    kind: str = PLAIN
    reason: str = ""
    origin: str = ""
    size: int = 0


class Witness:
    """One key, and what was seen of each log under it. `clock` gives seconds since 1970 (UTC)."""

    def __init__(self, place: WitnessPlace, clock: Callable[[], float]) -> None:
        """Remember where; nothing is opened yet."""
        self._place = place
        self._clock = clock
        self._turn = threading.Lock()
        self._settings = Settings("", "", ())
        self._signer = NoteSigner("", b"")
        self._seen: dict[str, Seen] = {}

    def open(self) -> Settings:
        """Keep other processes out, then read settings, key and what was seen. WitnessFailed."""
        self._place.hold()
        try:
            self._settings = self._place.settings()
            self._signer = self._place.signer(self._settings.name)
            self._seen = self._place.seen(self._signer.key)
        except WitnessFailed:
            self._place.release()
            raise
        return self._settings

    def close(self) -> None:
        """Let another process have it."""
        with self._turn:
            self._place.release()

    @property
    def key(self) -> NoteKey:
        """Under which its signatures are verified."""
        return self._signer.key

    def answer(self, body: bytes) -> Answer:
        """Answer the body of an add-checkpoint request. What is signed is on disk before this returns.

        Looking at what was seen and remembering the new checkpoint are one step, whoever else asks meanwhile.
        """
        try:
            submission = read_submission(body)
        except NoteInvalid as wrong:
            return Answer(HTTPStatus.BAD_REQUEST, f"{wrong.reason}\n", reason=wrong.reason)
        origin, size = submission.checkpoint.origin, submission.checkpoint.size
        with self._turn:
            seen = self._seen.get(origin) or self._first_of(origin)
            try:
                now = judge(seen, submission, self._settings.keys_of(origin), self._signer, int(self._clock()))
                self._place.remember(origin, now)
            except Refusal as refused:
                if refused.reason in CONTRADICTIONS:
                    with suppress(WitnessFailed):  # it is refused all the same
                        self._place.keep_refused(origin, submission.note)
                return _refused(refused, origin, size)
            except WitnessFailed as failed:
                return Answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{failed.reason}\n", reason=failed.reason)
            self._seen[origin] = now
        mine = now.note.signatures[-1].line if now.note else ""
        return Answer(HTTPStatus.OK, mine, origin=origin, size=size)

    def _first_of(self, origin: str) -> Seen:
        """A log that was never seen begins with what the other logs of its installation have told of their keys."""
        kin = [seen for one, seen in self._seen.items() if house_of(one) == house_of(origin)]
        learned = dict.fromkeys(replace(key, name=origin) for seen in kin for key in seen.learned)
        retired = dict.fromkeys(replace(key, name=origin) for seen in kin for key in seen.retired)
        return Seen(None, tuple(learned), tuple(retired))


def _refused(refused: Refusal, origin: str, size: int) -> Answer:
    known = refused.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}
    told = (origin, size) if known else ("", 0)
    if refused.size is None:
        return Answer(refused.status, f"{refused.reason}\n", PLAIN, refused.reason, *told)
    return Answer(refused.status, f"{refused.size}\n", SIZE_TYPE, refused.reason, *told)
