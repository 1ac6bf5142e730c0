"""LTI consumers: who asks for the key and the secret of a dispatch gets ones of ours, which hold the cloud's sealed.

So an LMS can launch a dispatch through us as soon as it was told of it, and cannot around us. Nothing is stored: the
consumer key is the envelope of the cloud's key and secret and of the secret that is given out with it. It is as good as
the SEAL key it was made under; once that key is destroyed, the LMS must ask again. What is configured at a mount
(`[[mounts.lti]]`) is good beside it.
"""

import base64
import binascii
import secrets

import orjson

from keys import KeyringError, KeyRoom
from proxy.errors import KeysUnavailable, UpstreamRefused
from proxy.fields import Shape, Treat
from proxy.identity import Renew
from proxy.message import Message
from proxy.passage.mounts import Signer, Signers
from proxy.passage.walk import Walk
from proxy.people import Substitution
from proxy.rewrite import find, put

PREFIX = "svc1."
_SECRET_BYTES = 24
LONGEST = 255
"""Characters that platforms keep of a consumer key (Moodle: `resourcekey varchar(255)`)."""


class Consumers:
    """Seals and opens them."""

    def __init__(self, keys: KeyRoom, renew: Renew) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._keys = keys
        self._renew = renew

    def turn(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Return an answer with a key and a secret of ours in place of the cloud's.

        Raises `UpstreamRefused` for one without the other, and for a pair that would be too long for an LMS.
        """
        if not any(field.treat is Treat.CONSUMER for field in shape.fields):
            return message
        found = find(message, shape)
        pair = [one for one in found.findings if found.field_of(one).treat is Treat.CONSUMER]
        if not pair:
            return message
        declared = [str(field.place) for field in shape.fields if field.treat is Treat.CONSUMER]
        if sorted(one.place for one in pair) != sorted(declared):
            raise UpstreamRefused("half-a-consumer", route=walk.match.route.name)
        key, secret = sorted(pair, key=lambda one: declared.index(one.place))
        given = secrets.token_urlsafe(_SECRET_BYTES)
        sealed = self._seal((key.value.reveal(), secret.value.reveal(), given), walk)
        return put(message, found, [Substitution(key, sealed), Substitution(secret, given)])

    def _seal(self, parts: tuple[str, str, str], walk: Walk) -> str:
        try:
            sealed = self._keys.envelope.seal(orjson.dumps(parts), _bound(walk))
        except KeyringError:
            raise KeysUnavailable("consumer") from None
        text = PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        if len(text) > LONGEST:
            raise UpstreamRefused("consumer-too-long", route=walk.match.route.name)
        return text

    async def open(self, key: str, walk: Walk) -> Signers | None:
        """Return whose secrets a consumer key of ours stands for; None if it is none."""
        value = key.removeprefix(PREFIX)
        if value == key:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            if not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()
            cloud_key, cloud_secret, given = orjson.loads(self._keys.envelope.open(sealed, _bound(walk)))
        except (KeyringError, ValueError, binascii.Error):
            return None
        return Signers(Signer(key, given), Signer(cloud_key, cloud_secret))


def _bound(walk: Walk) -> tuple[str, ...]:
    """Given out at the mount of the API, used at the one of the launches: they share the tenant."""
    return ("consumer", walk.mount.tenant)
