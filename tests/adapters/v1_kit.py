"""Calls of the V1 API as the vendor's libraries make them: signed, in the query or in a form. Shares no code with the proxy."""

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from tests.passage.corridor import CLOUD_APP, CLOUD_SECRET, PROXY_HOST, V1_APP, V1_SECRET, Corridor
from tests.passage.wire import Received, http, request

FORM = "application/x-www-form-urlencoded"


def stamp(minutes: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y%m%d%H%M%S")


def sig(pairs, secret: str = V1_SECRET, *, folded: bool = False) -> str:
    kept = [pair for pair in pairs if pair[0] not in ("sig", "filedata")]
    kept.sort(key=lambda pair: pair[0].lower() if folded else pair[0])
    return hashlib.md5((secret + "".join(k + v for k, v in kept)).encode(), usedforsecurity=False).hexdigest()


def signed(
    method: str, app: str = V1_APP, secret: str = V1_SECRET, ts: str = "", *, folded: bool = False, **given: str
) -> list[tuple[str, str]]:
    """The parameters of a call, signed."""
    pairs = [("method", f"rustici.{method}"), *given.items(), ("appid", app), ("ts", ts or stamp())]
    return [*pairs, ("sig", sig(pairs, secret, folded=folded))]


def encoded(pairs) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


async def ask(corridor: Corridor, query="", form=None, headers=None) -> Received:
    """Send the pairs `query`, and the pairs `form` as a body."""
    target = "/api" + (f"?{query if isinstance(query, str) else encoded(query)}" if query else "")
    fields = [("Host", PROXY_HOST), *(headers or {}).items()]
    if form is None:
        answer = await corridor.send(request("GET", target, fields))
    else:
        body = (form if isinstance(form, str) else encoded(form)).encode()
        kind = [] if "Content-Type" in (headers or {}) else [("Content-Type", FORM)]
        answer = await corridor.send(request("POST", target, [*fields, *kind], body))
    assert answer is not None
    return answer


async def call(corridor: Corridor, method: str, *, post: bool = False, **given: str) -> Received:
    pairs = signed(method, **given)
    return await ask(corridor, form=pairs) if post else await ask(corridor, pairs)


def rsp(inside: str, stat: str = "ok") -> bytes:
    body = f'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="{stat}">{inside}</rsp>'
    return http(200, {"Content-Type": "text/xml; charset=utf-8"}, body.encode())


def inside(answer: Received) -> str:
    """What an answer says between `<rsp stat="ok">` and its end."""
    assert answer.status == 200, answer.raw
    assert answer.header("Content-Type") == "text/xml; charset=utf-8"
    text = answer.opened.decode()
    head = '<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok">'
    assert text.startswith(head), text
    assert text.endswith("</rsp>"), text
    return text.removeprefix(head).removesuffix("</rsp>")


def told(received: Received) -> dict[str, str]:
    """The parameters that arrived; their signature is the cloud's and right."""
    raw = received.target.partition("?")[2] if received.start.startswith("GET ") else received.body.decode()
    pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True)
    found = dict(pairs)
    assert len(found) == len(pairs)
    assert found["appid"] == CLOUD_APP
    assert found["sig"].lower() in {sig(pairs, CLOUD_SECRET), sig(pairs, CLOUD_SECRET, folded=True)}
    return found
