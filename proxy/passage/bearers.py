"""Bearer tokens: the caller gets one of ours, which holds the cloud's own sealed.

A token of the cloud cannot be revoked and would be good at the cloud itself, around us. So what the caller holds is
good here only, and only at the mount that gave it. Nothing is stored; the cloud's own expiry and scopes still hold.
"""

import base64
import binascii
from contextlib import suppress

from keys import KeyringError, KeyRoom
from proxy.errors import KeysUnavailable, NotPermitted
from proxy.identity import Renew
from proxy.passage.mounts import Mount

_PREFIX = "svb1."


class Bearers:
    """Seals and opens them."""

    def __init__(self, keys: KeyRoom, renew: Renew) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._keys = keys
        self._renew = renew

    def seal(self, mount: Mount, token: str) -> str:
        """Return the token of ours that stands for `token` of the cloud."""
        try:
            sealed = self._keys.envelope.seal(token.encode(), _bound(mount))
        except KeyringError:
            raise KeysUnavailable("bearer") from None
        return _PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def open(self, mount: Mount, token: str) -> str:
        """Return the cloud's token; `NotPermitted` for anything we did not give out at this mount."""
        value = token.removeprefix(_PREFIX)
        with suppress(ValueError, binascii.Error, KeyringError):
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            if not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()
            if token.startswith(_PREFIX):
                return self._keys.envelope.open(sealed, _bound(mount)).decode()
        raise NotPermitted("caller")


def _bound(mount: Mount) -> tuple[str, ...]:
    return ("bearer", mount.tenant, mount.name)
