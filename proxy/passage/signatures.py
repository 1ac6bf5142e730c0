"""Signed requests: verified before anything in them is translated, signed anew once nothing changes any more.

A signature covers what we must change, so the sender signs with a secret of ours and we sign with the cloud's. A route
names its scheme (`Route.signed`); the mount holds the secrets (`Mount.signers`), by scheme, one pair for each sender.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from proxy.errors import InternalFault, NotPermitted
from proxy.message import Message
from proxy.passage.destinations import Destination
from proxy.passage.mounts import Signers
from proxy.passage.walk import Walk
from proxy.rewrite.signatures import v1
from proxy.rewrite.signatures.parameters import parameters_of, with_changes


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """A signature that held: whose secrets, and the scheme's note of how the sender writes it. It does not print."""

    signers: Signers
    manner: object = None


class Scheme(Protocol):
    """One way to sign requests."""

    name: str

    async def verify(self, message: Message, walk: Walk) -> Verified:
        """Return what signing needs, or raise `NotPermitted`: bad-signature, unknown-key, stale, replayed.

        `message` is as received; its target is the path below the mount (`walk.mount.public` tells the rest) and the
        query.
        """

    def sign(self, message: Message, verified: Verified, to: Destination) -> Message:
        """Return `message` signed for `to`; its target is the path below `to.base` and the query, as they are sent."""


class Signatures:
    """The schemes by name."""

    def __init__(self, schemes: Iterable[Scheme] = ()) -> None:
        """Remember the schemes."""
        self._schemes = {scheme.name: scheme for scheme in schemes}

    async def verify(self, message: Message, walk: Walk) -> Verified | None:
        """Verify a message of a signed route; None where the route is not signed. Raises `NotPermitted`."""
        route = walk.match.route
        if not route.signed:
            return None
        verified = await self._scheme(route.signed).verify(message, walk)
        walk.actor = "browser" if route.launches else "caller"
        return verified

    def sign(self, message: Message, verified: Verified | None, to: Destination, walk: Walk) -> Message:
        """Sign the message that is about to leave, if its route is signed."""
        if verified is None:
            return message
        return self._scheme(walk.match.route.signed).sign(message, verified, to)

    def _scheme(self, name: str) -> Scheme:
        scheme = self._schemes.get(name)
        if scheme is None:
            raise InternalFault("no-such-scheme")
        return scheme


class V1Signatures:
    """The V1 API of SCORM Cloud: `appid`, `ts` and `sig` among the parameters. `clock` gives unix seconds."""

    name = "v1"

    def __init__(self, clock: Callable[[], float]) -> None:
        """Remember the clock."""
        self._clock = clock

    async def verify(self, message: Message, walk: Walk) -> Verified:
        """See `Scheme`. A right signature is asked for before the time is looked at."""
        pairs = parameters_of(message)
        named = dict(pairs)
        route = walk.match.route.name
        known = walk.mount.signers.get(self.name, ())
        signers = next((one for one in known if one.caller.key == named.get("appid")), None)
        if signers is None:
            raise NotPermitted("unknown-key", route=route, place="appid")
        manner = v1.manner_of(pairs, signers.caller.secret, named.get("sig", ""))
        if manner is None:
            raise NotPermitted("bad-signature", route=route, place="sig")
        sent = v1.seconds_of(named.get("ts", ""))
        if sent is None or abs(self._clock() - sent) > v1.WINDOW_SECONDS:
            raise NotPermitted("stale", route=route, place="ts")
        return Verified(signers, manner)

    def sign(self, message: Message, verified: Verified, _to: Destination) -> Message:
        """See `Scheme`. The time stays the sender's: a call is never good for longer than it was."""
        assert isinstance(verified.manner, v1.Manner)
        cloud = verified.signers.cloud
        known = with_changes(message, {"appid": cloud.key})
        return with_changes(known, {"sig": v1.signature(parameters_of(known), cloud.secret, verified.manner)})
