"""Second chances: what is refused here only because the recording had no proxy in it, or another one than ours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxy.passage import Request
from proxy.passage.mounts import OWN
from proxy.rewrite import replace_identities
from proxy.trace.cast import Cast
from proxy.trace.run import Outcome, Visit

_SEALED = frozenset({"unknown-route", "seal-failed", "not-permitted"})
_ON_TRUST = "sealed by the proxy that recorded it, which alone can open it: taken on trust"
_LAUNCHED = "the launch link is taken to have been asked for through the proxy; whom it launches is assumed"
_SUCCEEDED = frozenset({2, 3})


@dataclass(frozen=True, slots=True, repr=False)
class Chance:
    """What to try: with further cookies, and another request; None: take it as passed."""

    note: str
    request: Request | None = None
    cookies: tuple[str, ...] = ()
    keeps: bool = False
    """What was found in the first try stays told, and so does the first refusal if the second fails."""


class Second:
    """Gives them."""

    def __init__(self, cast: Cast) -> None:
        """Remember who stands in for people who are not in the recording."""
        self._cast = cast

    async def chance(self, visit: Visit, request: Request, outcome: Outcome, naming: Sequence[int]) -> Chance | None:
        """Return what to try; None for a refusal that stands. `naming`: numbers of answers that named somebody."""
        refusal = outcome.refusal
        if refusal is None or outcome.left:
            return None
        mount = visit.mount
        path = request.target.partition("?")[0]
        if OWN in path and refusal.code in _SEALED and visit.entry.status // 100 in _SUCCEEDED:
            launches = f"{OWN}launch/" in path
            return Chance(_ON_TRUST, cookies=(await self._cast.session(mount),) if launches else ())
        if refusal.code == "session-missing" and self._cast.may_ask_links(mount, outcome.route):
            return Chance(_LAUNCHED, request, (await self._cast.session(mount),))
        if refusal.code == "leak-suspected" and naming:
            return await self._as_if_told_pseudonyms(request, outcome, naming)
        return None

    async def _as_if_told_pseudonyms(self, request: Request, outcome: Outcome, naming: Sequence[int]) -> Chance | None:
        """A course that has a name from the cloud gets a pseudonym from it behind the proxy, and repeats that."""
        people = outcome.walk.people() if outcome.walk is not None else ()
        pairs = [(known, self._cast.text_for(person, known)) for person in people for known in person.cleartexts]
        try:
            body = (await request.read(0)).decode("utf-8")
        except UnicodeDecodeError:
            return None
        text, target = replace_identities(body, pairs).encode(), replace_identities(request.target, pairs)

        async def read(_limit: int) -> bytes:
            return text

        answers = ", ".join(str(one) for one in naming[:3])
        note = (
            f"passes if the course has the name from the cloud (see the answer of {answers}), which then has a "
            "pseudonym; the same name typed by the learner is refused"
        )
        return Chance(note, replace(request, target=target, read=read), keeps=True)
