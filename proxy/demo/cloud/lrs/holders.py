"""Courses that run: each launch of an AU has a session with a credential of its own (cmi5, sections 8.1.2 and 8.2)."""

import base64
import secrets
import uuid
from dataclasses import dataclass, field


@dataclass
class Holder:
    """One launch. cmi5 hands its credential out once, at the fetch address; the older launch has it in its address."""

    registration: str
    activity: str
    kind: str
    """cmi5 | tincan."""
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    fetch_key: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    fetched: bool = False

    @property
    def token(self) -> str:
        """What stands behind `Basic ` (cmi5 8.2.2; RFC 7617)."""
        return base64.b64encode(f"{self.session}:{self.secret}".encode()).decode()
