"""One request to the record store as its handlers see it, read strictly (xAPI 1.0.3 part 3)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from proxy.demo.cloud.lrs import checks
from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.lrs.refused import Refused
from proxy.demo.cloud.realm import App


@dataclass(frozen=True)
class Call:
    """A request that was let in; `holder` is the launch whose credential it came with, None for the application's."""

    app: App
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: float
    holder: Holder | None = None

    def only(self, allowed: Collection[str], needed: Collection[str] = ()) -> None:
        """Refuse parameters that the resource does not have, and their absence."""
        if not set(needed) <= set(self.query) <= set(allowed):
            raise Refused(400, f"parameters: {', '.join(sorted(self.query))}")

    def agent(self, name: str = "agent") -> dict[str, Any]:
        """An agent in a parameter."""
        value = read_json(self.query[name].encode())
        checked(checks.identified, value)
        found: dict[str, Any] = value
        return found

    def moment(self, name: str) -> float | None:
        """A timestamp in a parameter."""
        if name not in self.query:
            return None
        checked(checks.moment, self.query[name])
        return seconds_of(self.query[name])

    def flag(self, name: str) -> bool:
        """`true` or `false` in a parameter."""
        value = self.query.get(name, "false")
        if value not in {"true", "false"}:
            raise Refused(400, f"{name}: {value}")
        return value == "true"

    def registration(self) -> str:
        """The registration in a parameter, "" if there is none."""
        value = self.query.get("registration", "")
        if value:
            checked(checks.uuid_text, value)
        return value.lower()


@dataclass(frozen=True)
class Answer:
    """What is answered; `body` is JSON-able, or bytes together with `media`."""

    body: Any = None
    status: int = 200
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def checked(check: checks.Check, value: Any) -> None:
    """Run a check; what it does not like is a 400."""
    try:
        check(value)
    except checks.Invalid as invalid:
        raise Refused(400, f"{invalid.place}: {json.dumps(value)[:200]}") from None


def read_json(body: bytes) -> Any:
    """JSON in UTF-8 without a byte-order mark and without a member twice; 400 for anything else."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        return json.loads(body.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Refused(400, f"no JSON: {body[:80]!r}") from None


def seconds_of(text: str) -> float:
    """An ISO 8601 time as seconds since the epoch."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def identifier(agent: Mapping[str, Any]) -> str:
    """What alone says who an agent is (part 2, 2.4.2): two agents are one if this is equal. "" for a nameless group."""
    found = {name: agent[name] for name in checks.IDENTIFIERS if name in agent}
    return json.dumps(found, sort_keys=True) if found else ""
