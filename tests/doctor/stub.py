"""A cloud that answers what a test laid down, over a real socket, and remembers what it was asked."""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

DELETE = "/delete-information"
EMPTY = {
    "/appManagement/configuration": {"settingItems": []},
    "/courses": {"courses": []},
    "/dispatch/destinations": {"destinations": []},
    "/dispatch/dispatches": {"dispatches": []},
    "/invitations": {"invitations": []},
    "/xapi/statementPipes": {"xapiStatementPipes": []},
    "/xapi/credentials": {"xapiCredentials": []},
    "/registrations": {"registrations": []},
}


@dataclass
class Account:
    """What a cloud answers: a page by path, or by path and query; a number is a status.

    `held` are registrations by learner id, listed for `learnerId=`. A deletion is answered `deletes`, and done after
    `slow` more lists of hers.
    """

    pages: dict = field(default_factory=lambda: dict(EMPTY))
    asked: list = field(default_factory=list)
    ahead: timedelta = timedelta()
    held: dict = field(default_factory=dict)
    deletes: int = 204
    slow: int = 0
    waiting: dict = field(default_factory=dict)
    origin: str = ""

    def says(self, path, page):
        self.pages[path] = page

    def settings(self, path, *, source="application", **values):
        """Explicit settings at a level."""
        items = [
            {"id": name, "explicitValue": value, "effectiveValue": value, "effectiveValueSource": source}
            for name, value in values.items()
        ]
        self.says(path, {"settingItems": items})

    @property
    def deletions(self):
        """(learner id, address) of every deletion that was asked for."""
        targets = [urlsplit(target) for method, target, _ in self.asked if method == "POST"]
        return [
            (unquote(one.path.removesuffix(DELETE).rpartition("/")[2]), dict(parse_qsl(one.query))["userEmail"])
            for one in targets
            if one.path.endswith(DELETE)
        ]

    def answer(self, method, target):
        parts = urlsplit(target)
        path, query = parts.path.removeprefix("/api/v2"), dict(parse_qsl(parts.query))
        if method == "POST" and path.endswith(DELETE):
            return self._delete(unquote(path.removesuffix(DELETE).rpartition("/")[2]))
        for name in (f"{path}?{parts.query}", path):
            if name in self.pages and not (name == path and {"learningStandard", "learnerId"} & query.keys()):
                return self.pages[name]
        if "learnerId" in query:
            return self._listed(query["learnerId"])
        return {"settingItems": []} if path.endswith("/configuration") else 404

    def _delete(self, learner):
        if self.deletes == 204 and learner not in self.held:
            return 404
        if self.deletes == 204:
            self.waiting[learner] = self.slow
        return self.deletes

    def _listed(self, learner):
        if learner in self.waiting:
            self.waiting[learner] -= 1
            if self.waiting[learner] < 0:
                self.held.pop(learner, None)
        return {"registrations": [{"id": one, "learner": {"id": learner}} for one in self.held.get(learner, ())]}

    def serve(self):
        """Listen; whoever calls this closes the server."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.origin = f"http://127.0.0.1:{server.server_port}"
        return server


def _handler(account):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """Say nothing."""

        def date_time_string(self, _timestamp=None):
            return format_datetime(datetime.now(UTC) + account.ahead, usegmt=True)

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            account.asked.append((self.command, self.path, self.headers["Authorization"]))
            page = account.answer(self.command, self.path)
            status = page if isinstance(page, int) else 200
            body = b'{"message": "no"}' if isinstance(page, int) else json.dumps(page).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if status == 204 else body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  as http.server names them

    return Handler
