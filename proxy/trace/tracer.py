"""Walks a recording through the corridor, request by request, and notes what becomes of each.

The corridor is the product's own: what is not noted here by looking at it is not claimed. The other side is the file
(`Replay`), the browser is `Jar` and `Twins`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from proxy.errors import ProxyError
from proxy.guard import Watch, inspect
from proxy.message import Direction, Headers, Message, media_of
from proxy.passage import Mount, Mounts, Request
from proxy.people import Person
from proxy.trace.browser import Jar, Twins
from proxy.trace.har import Recorded
from proxy.trace.hosts import Hosts, Side, Where
from proxy.trace.lines import Line, Verdict
from proxy.trace.replay import lacks_answer, was_refused
from proxy.trace.run import SEARCHED, Outcome, Run, Visit
from proxy.trace.second import Second
from proxy.trace.signing import signed_by_us

HARMLESS = frozenset({"debug-log", "server-log"})
"""Reasons of declared refusals that no course waits for."""
_NOT_OURS = {Side.LMS: Verdict.LMS, Side.BROWSER: Verdict.LOCAL, Side.EXTERNAL: Verdict.ALLOWED}
_OF_THE_CONNECTION = ("cookie", "content-length", "host", "connection", "transfer-encoding")
_FOUND = 302


class Tracer:
    """One recording. `trace` takes its entries in their order."""

    def __init__(
        self,
        run: Run,
        second: Second,
        *,
        mounts: Mounts,
        hosts: Hosts,
        people: dict[str, Person],
        clock: Callable[[], float],
        spoken: Callable[[Recorded], str],
    ) -> None:
        """Remember the corridor, whose addresses are whose, and whom it has met.

        `spoken` names the declared route that a request to an unknown host has the form of. `clock` gives unix seconds.
        """
        self._run = run
        self._second = second
        self._mounts = mounts
        self._hosts = hosts
        self._people = people
        self._clock = clock
        self._spoken = spoken
        self._jar, self._twins, self._keys = Jar(), Twins(), Twins()
        self._watches: dict[str, tuple[Person, Watch]] = {}
        self._around: set[str] = set()
        self._naming: list[int] = []
        """Numbers of answers that named somebody in clear."""

    async def trace(self, entry: Recorded) -> tuple[Line, Outcome]:
        """Say what becomes of one request."""
        where = self._hosts.where(entry.url)
        line = Line(entry.number, entry.method, entry.url, where.side.value, where.host)
        if where.mount is None:
            self._elsewhere(entry, where, line)
            return line, Outcome()
        line.side = f"{where.side.value} ~{where.alias}" if where.alias else where.side.value
        line.path = where.target.partition("?")[0]
        line.notes += _notes(entry, where)
        if self._is_needless_preflight(entry, where):
            line.verdict = Verdict.NEEDLESS
            line.notes.append("a preflight between hosts of the cloud, which are one origin behind the proxy")
            return line, Outcome()
        return line, await self._walk(Visit(entry, where, self._mount(where)), line)

    def _elsewhere(self, entry: Recorded, where: Where, line: Line) -> None:
        """A request to a host that no mount covers: whose business it is depends on who asked."""
        line.verdict = _NOT_OURS.get(where.side, Verdict.AROUND)
        if where.side is not Side.OTHER:
            return
        asker = self._hosts.where(entry.asked_by) if entry.asked_by else None
        spoken = self._spoken(entry)
        if asker is not None and asker.side is Side.LMS and not spoken and where.host not in self._around:
            line.verdict = Verdict.LMS
            line.notes.append("asked for by a page of the LMS")
            return
        self._around.add(where.host)
        if spoken:
            line.notes.append(f"it has the form of {spoken}: the host is the cloud's")

    def _is_needless_preflight(self, entry: Recorded, where: Where) -> bool:
        origin = entry.headers.get("origin")
        if entry.method != "OPTIONS" or where.side is not Side.CLOUD or not origin:
            return False
        asker = self._hosts.where(origin)
        return asker.side is Side.CLOUD and asker.netloc == where.netloc

    async def _walk(self, visit: Visit, line: Line) -> Outcome:
        request = self._request(visit)
        outcome = await self._run.through(visit, request)
        if outcome.refusal is not None:
            outcome = await self._again(visit, request, outcome, line)
        elif not outcome.left and _leads_to_itself(outcome, request):
            outcome = await self._washed(visit, request, outcome, line)
        _tell(line, visit.mount, outcome)
        _settle(visit.entry, line, outcome)
        if outcome.reply is not None:
            self._look(visit, outcome, line)
        return outcome

    async def _again(self, visit: Visit, request: Request, outcome: Outcome, line: Line) -> Outcome:
        """What was refused only because the recording had no proxy, or another one, is tried as it would have been."""
        second = await self._second.chance(visit, request, outcome, self._naming)
        if second is None:
            return outcome
        self._jar.take(visit.where.netloc, second.cookies)
        if second.request is None:
            line.notes.append(second.note)
            return replace(outcome, refusal=None)
        again = await self._run.through(visit, self._with_cookies(second.request, visit.where))
        if again.refusal is not None:
            return outcome if second.keeps else again
        line.notes.append(second.note)
        return replace(again, identities=outcome.identities, uncovered=outcome.uncovered) if second.keeps else again

    async def _washed(self, visit: Visit, request: Request, outcome: Outcome, line: Line) -> Outcome:
        """The browser is led to the same page with pseudonyms in its address, and asks once more."""
        entry, location = visit.entry, outcome.headers.get("location")
        self._jar.take(visit.where.netloc, outcome.headers.all("set-cookie"))
        if entry.status // 100 == 3:  # noqa: PLR2004  redirection: then the file has that second request, too
            self._twins.learn(entry.answer_headers.get("location"), location)
            return outcome
        line.notes.append("the browser is led to the same page with pseudonyms in its address")
        self._keys.learn(
            request.target, "/" + location.partition("://")[2].partition("/")[2]
        )  # a course's key is there
        follow = replace(request, target="/" + location.partition("://")[2].partition("/")[2])
        second = await self._run.through(visit, self._with_cookies(follow, visit.where))
        return replace(second, identities=outcome.identities, uncovered=outcome.uncovered)

    def _mount(self, where: Where) -> Mount:
        assert where.mount is not None
        try:
            return self._mounts.find(where.netloc, where.target.partition("?")[0])[0]
        except ProxyError:
            return where.mount

    def _request(self, visit: Visit) -> Request:
        """The request as it would reach the proxy."""
        entry, where, mount = visit.entry, visit.where, visit.mount
        target, body = where.target, entry.body or b""
        fields = Headers((name, self._field(name, value)) for name, value in entry.headers)
        fields = fields.without(*_OF_THE_CONNECTION)
        if where.side is Side.CLOUD:
            path, mark, query = target.partition("?")
            target = path + mark + mount.book.turn_in(query.encode("ascii")).decode("ascii")
            body = mount.book.turn_in(body)
        if entry.socket:  # browsers do not always note the field
            fields = fields.having(("Upgrade", "websocket"))
        target, body = self._twins.ours(target), self._twins.ours_in(body)
        media, charset = media_of(fields.get("content-type"))
        message = Message(Direction.OUTWARD, entry.method, 0, target, fields, media if body else "", charset, body)
        ours = signed_by_us(mount, self._clock(), message)
        request = Request(where.netloc, entry.method, ours.target, ours.headers, reading(ours.body))
        return self._with_cookies(request, where)

    def _field(self, name: str, value: str) -> str:
        """A header field as the browser would send it here: of our origin, and with the keys that it got from us."""
        if name.lower() == "origin":
            return self._hosts.turned(value)
        return self._keys.ours(self._twins.ours(value)) if name.lower() == "authorization" else value

    def _with_cookies(self, request: Request, where: Where) -> Request:
        line = self._jar.line(where.netloc, request.target.partition("?")[0])
        fields = request.headers.without("cookie")
        return replace(request, headers=fields.having(("Cookie", line)) if line else fields)

    def _look(self, visit: Visit, outcome: Outcome, line: Line) -> None:
        """What the answer says of people and of other hosts; and what later requests will repeat of it."""
        entry = visit.entry
        line.loaded, line.mentioned = outcome.foreign.loaded, outcome.foreign.mentioned
        self._jar.take(visit.where.netloc, outcome.headers.all("set-cookie"))
        book, location = visit.mount.book, outcome.headers.get("location")
        if location and outcome.left:
            recorded = book.turn_in(entry.answer_headers.get("location").encode("utf-8", "replace"))
            self._twins.learn(recorded.decode("utf-8", "replace"), location)
        if media_of(outcome.headers.get("content-type"))[0].endswith("json"):
            self._twins.learn_json(book.turn_in(entry.answer or b""), outcome.body)
        line.named = self._named(entry, outcome) if outcome.left else []
        if line.named:
            self._naming.append(line.number)

    def _named(self, entry: Recorded, outcome: Outcome) -> list[str]:
        """Kinds of identity that the recorded answer holds in clear, of everybody known so far."""
        pieces = [(name.lower(), value.encode("utf-8", "surrogatepass")) for name, value in entry.answer_headers]
        pieces.append(("body", (entry.answer or b"")[:SEARCHED] if outcome.is_text else b""))
        kinds: dict[str, None] = {}
        for token, person in self._people.items():
            held = self._watches.get(token)
            if held is None or held[0] is not person:
                held = self._watches[token] = (person, Watch(person.cleartexts))
            kinds |= {hit.kind.value: None for hit in inspect(pieces, held[1])}
        return list(kinds)


def judge_absent_answers(lines: Sequence[Line]) -> None:
    """An answer that the file lacks is proven by another of its route: what is asked for at the end is never read."""
    proven = {line.route for line in lines if line.verdict is Verdict.PASSES}
    for line in lines:
        if line.lacks_answer and line.route in proven and "body not in the file" not in line.notes:
            line.verdict, line.advice = Verdict.PASSES, ""


def reading(body: bytes) -> Callable[[int], Awaitable[bytes]]:
    """Return a function that reads `body`, as a request has one; how much may be read, the corridor sees to itself."""

    async def read(_limit: int) -> bytes:
        return body

    return read


def _notes(entry: Recorded, where: Where) -> list[str]:
    notes = ["recorded behind a proxy"] if where.side is Side.PROXY else []
    notes += ["body not in the file"] if entry.body is None else []
    return notes + (["a service worker answered it; behind the proxy there is none"] if entry.by_worker else [])


def _leads_to_itself(outcome: Outcome, request: Request) -> bool:
    reply = outcome.reply
    same = request.target.partition("?")[0] + "?" in outcome.headers.get("location")
    return reply is not None and reply.status == _FOUND and same


def _tell(line: Line, mount: Mount, outcome: Outcome) -> None:
    line.mount, line.route = mount.name, outcome.route
    line.template = outcome.declared.path if outcome.declared is not None else ""
    line.identities, line.answered, line.uncovered = outcome.identities, outcome.answered, outcome.uncovered


def _settle(entry: Recorded, line: Line, outcome: Outcome) -> None:
    refusal = outcome.refusal
    if refusal is not None:
        line.code, line.reason, line.place = refusal.code, refusal.reason, refusal.place
        line.at_answer = outcome.left
        kept_back = refusal.reason in HARMLESS and not outcome.left
        line.verdict = Verdict.KEPT_BACK if kept_back else Verdict.REFUSED
        return
    if entry.body is None:
        line.verdict = Verdict.UNPROVEN
    if outcome.left and outcome.reads_answer and lacks_answer(entry):
        line.verdict, line.lacks_answer = Verdict.UNPROVEN, True
        refused = was_refused(entry)
        line.notes.append(
            "refused when it was recorded: its answer is not known" if refused else "answer not in the file"
        )
