"""A cloud that answers what a test laid down, over a real socket, and remembers what it was asked."""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

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
    """What a cloud answers: a page by path, or by path and query; a number is a status."""

    pages: dict = field(default_factory=lambda: dict(EMPTY))
    asked: list = field(default_factory=list)
    ahead: timedelta = timedelta()
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

    def answer(self, target):
        parts = urlsplit(target)
        path = parts.path.removeprefix("/api/v2")
        query = dict(parse_qsl(parts.query))
        for name in (f"{path}?{parts.query}", path):
            if name in self.pages and not (name == path and "learningStandard" in query):
                return self.pages[name]
        return {"settingItems": []} if path.endswith("/configuration") else 404

    def serve(self):
        account = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Say nothing."""

            def date_time_string(self, _timestamp=None):
                return format_datetime(datetime.now(UTC) + account.ahead, usegmt=True)

            def do_GET(self):
                account.asked.append((self.command, self.path, self.headers["Authorization"]))
                page = account.answer(self.path)
                status, body = (
                    (page, b'{"message": "no"}') if isinstance(page, int) else (200, json.dumps(page).encode())
                )
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  as http.server names them

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.origin = f"http://127.0.0.1:{server.server_port}"
        return server
