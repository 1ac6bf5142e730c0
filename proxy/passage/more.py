"""Where an answer of a record store continues: `more` is a path of the store's own making, good for a day at least.

It is not to be interpreted (xAPI 1.0.3 part 3, 2.1.3 and part 2, 4.2.1), may lie outside of the store's base path, and
may hold the question, pseudonyms and all. So the caller gets a path of ours that holds it sealed, and nothing is
translated when it comes back.
"""

import base64
import binascii
import re
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from keys import KeyringError, KeyRoom
from proxy.errors import KeysUnavailable, UnknownRoute, UpstreamRefused
from proxy.identity import Renew
from proxy.passage.mounts import OWN, Mount
from proxy.passage.walk import Walk

PATH = OWN + "more/"
_WRITABLE = re.compile(r"[!-~]+")
"""What can stand in a request line (RFC 9112 section 3); a blank would end the target there."""


class Mores:
    """Seals and opens them."""

    def __init__(self, keys: KeyRoom, renew: Renew) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._keys = keys
        self._renew = renew

    def seal(self, text: str, walk: Walk) -> str:
        """Return the path that stands for what a store calls `more`; `UpstreamRefused` if that leads elsewhere."""
        mount = walk.mount
        here = f"{mount.upstream.origin}{mount.upstream.path}/statements"
        whole = urlsplit(urljoin(here, text))
        origin = f"{whole.scheme}://{whole.netloc}".lower()
        if origin not in {mount.upstream.origin, mount.public.origin} or not _WRITABLE.fullmatch(text):
            raise UpstreamRefused("foreign-more", route=walk.match.route.name)
        target = whole.path + ("?" + whole.query if whole.query else "")
        try:
            sealed = self._keys.envelope.seal(target.encode(), _bound(mount))
        except KeyringError:
            raise KeysUnavailable("more") from None
        return mount.public.path + PATH + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def open(self, mount: Mount, value: str) -> str:
        """Return the store's own target; `UnknownRoute` for anything that we did not give out at this mount."""
        with suppress(ValueError, binascii.Error, KeyringError):
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            if not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()
            return self._keys.envelope.open(sealed, _bound(mount)).decode()
        raise UnknownRoute("more")


def _bound(mount: Mount) -> tuple[str, ...]:
    return ("more", mount.tenant, mount.name)
