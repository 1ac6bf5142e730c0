"""Running the table of calls: the official client, unmodified, against whatever address it is given.

A `Step` names an operation and says with what it is called; a `Scene` is one run: where the client goes, what was planted,
what was made on the way. `run(scene, steps)` is synchronous (the client is): call it in a thread. It stops at nothing: a
refused call is an `Outcome` with a status and no answer, so that a run through a proxy that refuses some operations can be
compared with a direct one, step by step.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rustici_software_cloud_v2 as sc
import urllib3

from tests.clients.planted import Planting
from tests.inventory.extract import CLIENT


@dataclass(frozen=True)
class Account:
    """What a stock integration sets: host (with or without a slash at its end), username, password."""

    host: str
    username: str
    password: str


@dataclass
class Scene:
    """One run. `made` holds ids and values that steps kept; one that could not be made reads as `not-made`.

    `owner` is the address of the account's owner (staff: real on both ways). `write_statements` plants xAPI statements at
    the cloud, as courses do; `open_link` opens a launch link as a browser would; `accept` is somebody who follows the
    public invitation of that id.
    """

    normal: Account
    manager: Account
    owner: str
    planting: Planting = field(default_factory=Planting)
    folder: Path = Path()
    write_statements: Callable[["Scene"], None] = lambda _scene: None
    open_link: Callable[[str], None] = lambda _link: None
    accept: Callable[[str], None] = lambda _invitation: None
    made: dict[str, Any] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, Any] = field(default_factory=dict)

    def get(self, name):
        """Something an earlier step kept."""
        return self.made.get(name, "not-made")

    def client(self, account):
        """The official client for an account; nothing but these three is set."""
        if account.username not in self._clients:
            cfg = sc.Configuration()
            cfg.host, cfg.username, cfg.password = account.host, account.username, account.password
            self._clients[account.username] = sc.ApiClient(cfg)
        return self._clients[account.username]

    def row(self, operation):
        """What the inventory says about an operation."""
        if not self._rows:
            self._rows = {one["operation"]: one for one in json.loads(CLIENT.read_text("utf-8"))}
        return self._rows[operation]

    def call(self, operation, given):
        """Call an operation by its name with the client's own parameter names; `body` is whatever it calls its body."""
        row = self.row(operation)
        body = next((one["python"] for one in row["parameters"] if one["in"] == "body"), "")
        given = {body if name == "body" else name: value for name, value in given.items()}
        managing = "APP_MANAGEMENT" in row["auth"] and "APP_NORMAL" not in row["auth"]
        client = self.client(self.manager if managing else self.normal)
        method = getattr(getattr(sc, row["api"])(client), f"{row['call']}_with_http_info")
        client.last_response = None
        return Outcome.of(operation, row, client, method, given)

    def close(self):
        """Let go of the connections."""
        for client in self._clients.values():
            client.rest_client.pool_manager.clear()


def _headers(given):
    """Headers by their usual spelling, however they were sent."""
    return {name.title(): value for name, value in given.items()}


@dataclass
class Outcome:
    """What became of one call. `answer` is the deserialised object (bytes for downloads), `raw` the text received."""

    operation: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    answer: Any = None
    raw: str = ""
    error: str = ""
    """Why there is no answer: the body of a refusal, or what the client could not read."""
    wrong: str = ""
    """What the step expected and did not find."""

    @property
    def ok(self):
        """Answered, readable, and holding what was expected."""
        return not self.error and not self.wrong

    @classmethod
    def of(cls, operation, row, client, method, given):
        """Make the call."""
        made = cls(operation)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the client's own, about its older operations
                answer, made.status, headers = method(**given)
        except sc.rest.ApiException as refused:
            made.status, made.error = refused.status, str(refused.body or refused.reason)
            made.headers = _headers(refused.headers or {})
            return made
        except (ValueError, TypeError, AttributeError, urllib3.exceptions.HTTPError) as unreadable:
            made.error = f"{type(unreadable).__name__}: {unreadable}"
            return made
        made.headers = _headers(headers)
        if row["response"] and row["response"]["model"] == "file":
            file = Path(answer)
            made.answer = file.read_bytes()
            file.unlink()
        else:
            made.answer, made.raw = answer, str(client.last_response.data or "")
        return made


@dataclass(frozen=True)
class Step:
    """One call of the table.

    `given` makes the client's arguments; `holds` is asked whether the answer holds what was created (False or an
    AssertionError says no); `keep` names what to remember of the answer, `of` takes it out;
    `before` is what has to happen first that is no call of the client.
    """

    operation: str
    given: Callable[[Scene], dict[str, Any]] = lambda _scene: {}
    holds: Callable[[Any, Scene], Any] | None = None
    keep: str = ""
    of: Callable[[Any], Any] = lambda answer: answer.result
    before: Callable[[Scene], None] = lambda _scene: None

    def run(self, scene):
        """Make the call and look at what came back."""
        trouble = ""
        try:
            self.before(scene)
        except (AssertionError, OSError, LookupError, ValueError) as failed:
            trouble = f"before it: {type(failed).__name__}: {failed}"
        outcome = scene.call(self.operation, self.given(scene))
        outcome.wrong = trouble
        if outcome.error or trouble:
            return outcome
        if self.keep:
            scene.made[self.keep] = self.of(outcome.answer)
        try:
            if self.holds is not None and self.holds(outcome.answer, scene) is False:
                outcome.wrong = "the answer does not hold what was created"
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError, StopIteration) as missing:
            outcome.wrong = f"{type(missing).__name__}: {missing}"
        return outcome


def run(scene, steps):
    """All outcomes, in order. Blocking."""
    try:
        return [step.run(scene) for step in steps]
    finally:
        scene.close()
