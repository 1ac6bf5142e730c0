"""LTI 1.1 launches: signed by the LMS with a key of ours, signed anew with the cloud's (RFC 5849, HMAC).

A launch is good once, and for five minutes. Nonces are remembered by the process that saw them. So that a launch which
is sent again to another process does not pass unnoticed, it leaves with the sender's time and with a nonce that follows
from the sender's: the cloud, which has to remember nonces too, sees the same launch twice.
"""

import hashlib
from collections import deque
from collections.abc import Callable

from proxy.errors import NotPermitted, UnreadableBody
from proxy.message import Message
from proxy.passage.consumers import Consumers
from proxy.passage.destinations import Destination
from proxy.passage.mounts import Signers
from proxy.passage.signatures import Verified
from proxy.passage.walk import Walk
from proxy.rewrite.signatures import oauth1
from proxy.rewrite.signatures.parameters import is_form, parameters_of, with_changes

NAME = "oauth1"
MOST_NONCES = 100_000
"""Launches within ten minutes that one process takes; each weighs some 100 bytes."""
_VERSION = frozenset({"", "1.0"})


class Nonces:
    """Which launches were seen in the time in which they could be sent again. They are noted once they are verified."""

    def __init__(self, most: int = MOST_NONCES) -> None:
        """Remember up to `most`."""
        self._most = most
        self._seen: set[bytes] = set()
        self._order: deque[tuple[float, bytes]] = deque()

    def note(self, key: str, stamp: str, nonce: str, now: float) -> str:
        """Note a launch; returns "" if it is new, else why it must be refused: `replayed`, or `too-many-launches`."""
        while self._order and self._order[0][0] < now:
            self._seen.discard(self._order.popleft()[1])
        digest = _digest(key, stamp, nonce)
        if digest in self._seen:
            return "replayed"
        if len(self._seen) >= self._most:
            return "too-many-launches"
        self._seen.add(digest)
        self._order.append((now + 2 * oauth1.WINDOW_SECONDS, digest))
        return ""


class OAuth1Signatures:
    """See `proxy.passage.signatures.Scheme`. `clock` gives unix seconds."""

    name = NAME

    def __init__(self, clock: Callable[[], float], consumers: Consumers, nonces: Nonces | None = None) -> None:
        """Remember the clock, who opens the keys that we gave out, and what was seen before."""
        self._clock = clock
        self._consumers = consumers
        self._nonces = nonces or Nonces()

    async def verify(self, message: Message, walk: Walk) -> Verified:
        """See `Scheme`. The signature is asked for first: a stranger learns nothing of times and nonces."""
        route = walk.match.route.name
        pairs = parameters_of(message)
        named = dict(pairs)
        if not is_form(message) or "oauth_body_hash" in named or "authorization" in message.headers:
            # A form carries its signature itself; a second one elsewhere could be the one the cloud goes by.
            raise UnreadableBody("not-a-signed-form", route=route)
        key = named.get("oauth_consumer_key", "")
        signers = _configured(walk, key) or await self._consumers.open(key, walk)
        if signers is None:
            raise NotPermitted("unknown-key", route=route, place="oauth_consumer_key")
        by, given = named.get("oauth_signature_method", ""), named.get("oauth_signature", "")
        address = _public(walk) + message.path
        held = oauth1.holds(given, message.method, address, pairs, signers.caller.secret, by=by)
        if not held or named.get("oauth_version", "") not in _VERSION:
            raise NotPermitted("bad-signature", route=route, place="oauth_signature")
        stamp, nonce, now = named.get("oauth_timestamp", ""), named.get("oauth_nonce", ""), self._clock()
        sent = oauth1.seconds_of(stamp)
        if sent is None or abs(now - sent) > oauth1.WINDOW_SECONDS:
            raise NotPermitted("stale", route=route, place="oauth_timestamp")
        reason = self._nonces.note(signers.caller.key, stamp, nonce, now) if nonce else "replayed"
        if reason:
            raise NotPermitted(reason, route=route, place="oauth_nonce")
        return Verified(signers, by)

    def sign(self, message: Message, verified: Verified, to: Destination) -> Message:
        """See `Scheme`."""
        by, cloud = str(verified.manner), verified.signers.cloud
        named = dict(parameters_of(message))
        nonce = _digest(verified.signers.caller.key, named.get("oauth_timestamp", ""), named.get("oauth_nonce", ""))
        ready = with_changes(message, {"oauth_consumer_key": cloud.key, "oauth_nonce": nonce.hex()})
        address = f"{to.origin}{to.base}{ready.path}"
        signature = oauth1.signature(ready.method, address, parameters_of(ready), cloud.secret, by=by)
        return with_changes(ready, {"oauth_signature": signature})


def _configured(walk: Walk, key: str) -> Signers | None:
    return next((one for one in walk.mount.signers.get(NAME, ()) if one.caller.key == key and key), None)


def _public(walk: Walk) -> str:
    """The public address of the host that the message is for, without its path."""
    base = walk.mount.public
    return f"{base.origin}{base.path}" + (f"/~{walk.alias}" if walk.alias else "")


def _digest(key: str, stamp: str, nonce: str) -> bytes:
    return hashlib.sha256(f"{key}\n{stamp}\n{nonce}".encode("utf-8", "surrogatepass")).digest()[:16]
