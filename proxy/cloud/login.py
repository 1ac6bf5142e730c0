"""The credential of an application: its id and its secret key, which never print."""

import base64
import hashlib
from collections.abc import Iterable
from typing import NoReturn

_UNSIGNED = frozenset({"sig", "filedata"})


class AppLogin:
    """Application id and secret key, as both generations of the API use them."""

    __slots__ = ("_secret", "app_id")

    def __init__(self, app_id: str, secret: str) -> None:
        """Remember both."""
        self.app_id = app_id
        self._secret = secret

    def basic(self) -> str:
        """The Authorization value of API v2 (HTTP Basic, RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.app_id}:{self._secret}".encode()).decode("ascii")

    def signature(self, pairs: Iterable[tuple[str, str]]) -> str:
        """The `sig` of a V1 call: MD5 of the secret and every name and raw value, sorted by name in ordinal order.

        docs/protocol/scorm-cloud-api.md, section 5. `sig` and `filedata` are not signed.
        """
        kept = sorted((name, value) for name, value in pairs if name not in _UNSIGNED)
        text = self._secret + "".join(name + value for name, value in kept)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def __repr__(self) -> str:
        return "<AppLogin>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an AppLogin is not pickled")
