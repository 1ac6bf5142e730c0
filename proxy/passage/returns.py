"""Return addresses: an LMS address the browser must come back to, encrypted inside an address of the proxy.

A v1 package hands the cloud the full address of an LMS page, query included, as the place to go at the end. The cloud
needs only something the browser can be sent to. It gets `PUBLIC/.scormveil/return/SEALED`; the proxy answers with a
redirect to the LMS. Only addresses of the mount's LMS origins are sealed, so nobody can use it to redirect elsewhere.
And it opens only in the browser of the learner it was sealed for: the cloud has it, and what it holds may name her.
"""

import base64
import binascii
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from keys import KeyringError, KeyRoom
from proxy.errors import FieldInvalid, KeysUnavailable, UnknownRoute
from proxy.identity import Renew
from proxy.passage.mounts import Mount

PATH = "/.scormveil/return/"


class Returns:
    """Seals and opens return addresses."""

    def __init__(self, keys: KeyRoom, renew: Renew) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._keys = keys
        self._renew = renew

    async def catch_up(self, address: str) -> None:
        """If `address` holds what another node sealed under a newer keyring than ours, get that one first."""
        sealed = _sealed_in(address.partition(PATH)[2])
        with suppress(KeyringError):
            if sealed and not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()

    def seal(self, mount: Mount, address: str, owner: str) -> str:
        """Return the proxy address that stands for an LMS address, for the learner with the pseudonym `owner`."""
        try:
            sealed = self._keys.envelope.seal(address.encode(), _bound(mount, owner))
        except KeyringError:
            raise KeysUnavailable("return-address") from None
        return f"{mount.public.origin}{mount.public.path}{PATH}{_text(sealed)}"

    def made(self, mount: Mount, address: str, owners: Iterable[str], *, place: str) -> bool:
        """Tell whether `address` is the return address of one of `owners`; `FieldInvalid` if it only looks like one."""
        base = f"{mount.public.origin}{mount.public.path}"
        if not address.startswith(base + PATH):
            return False
        try:
            self.open(mount, address.removeprefix(base), owners)
        except UnknownRoute:
            raise FieldInvalid("return-address", place=place) from None
        return True

    def open(self, mount: Mount, path: str, owners: Iterable[str]) -> str:
        """Return the LMS address behind a return path; `UnknownRoute` for anything we did not seal for `owners`."""
        value = path.removeprefix(PATH)
        sealed = _sealed_in(value)
        if sealed:
            for owner in owners:
                with suppress(KeyringError):
                    return self._keys.envelope.open(sealed, _bound(mount, owner)).decode()
        raise UnknownRoute("return-address")


def _bound(mount: Mount, owner: str) -> tuple[str, ...]:
    """Where sessions are not asked for, there is nobody to bind an address to."""
    return ("return", mount.tenant, mount.name, owner if mount.policy.refuse_without_session else "")


def _sealed_in(value: str) -> bytes:
    """The sealed bytes that a path holds, none if it is not exactly what we would write."""
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return b""
    return sealed if _text(sealed) == value else b""  # the decoder overlooks signs that are none of its letters


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def origin_of(address: str, *, place: str) -> str:
    """Return the origin of an http(s) address, in lower case; `FieldInvalid` if it has none."""
    try:
        parts = urlsplit(address)
        netloc = parts.netloc
    except ValueError:
        raise FieldInvalid("address", place=place) from None
    if parts.scheme not in {"http", "https"} or not netloc or "@" in netloc:
        raise FieldInvalid("address", place=place)
    return f"{parts.scheme}://{netloc}".lower()
