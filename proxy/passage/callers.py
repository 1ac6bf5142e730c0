"""Who calls, and as whom we call on: credentials are exchanged at the door, so that the cloud's own stay in here.

Upstream's word on who somebody is would not do where people are shown: it is upstream's own people from whom names are
kept, and a stranger may have an account there, plant a pseudonym in it, and read it back through us.
"""

import base64
import binascii
import hmac

from proxy.errors import NotPermitted
from proxy.passage.bearers import Bearers
from proxy.passage.learner_tokens import LearnerTokens
from proxy.passage.mounts import Login
from proxy.passage.ports import Request
from proxy.passage.walk import Walk


class Callers:
    """Admits them."""

    def __init__(self, bearers: Bearers, tokens: LearnerTokens) -> None:
        """Remember who opens tokens."""
        self._bearers = bearers
        self._tokens = tokens

    async def admit(self, request: Request, walk: Walk) -> None:
        """Check the caller's credential and say which one leaves; `NotPermitted`.

        Compared in constant time. A bearer token must be one of ours, given out at this mount.
        """
        mount, route = walk.mount, walk.match.route
        if route.details and not mount.audience.details:
            raise NotPermitted("details", route=route.name)
        if route.login == "none":  # the address itself says who comes, signed by whoever sends her
            return
        login, credential = _logins(walk)
        _check_application(walk)
        given = request.headers.get("authorization")
        if len(request.headers.all("authorization")) > 1:
            # We would look at one of them, and upstream at the other.
            raise NotPermitted("caller", route=route.name)
        if mount.adapter.callers_only and await self._tokens.admit(given, walk):
            return
        if login is None:
            self._trust(given, walk)
        elif given[:7].lower() == "bearer ":
            walk.login = "Bearer " + await self._bearers.open(mount, given[7:].strip())
            walk.actor = "caller"
        elif hmac.compare_digest(given.encode("utf-8", "surrogateescape"), login.header.encode()):
            walk.actor = "caller"
        else:
            raise NotPermitted("caller", route=route.name)
        walk.login = walk.login or (credential.header if credential is not None else "")

    @staticmethod
    def _trust(given: str, walk: Walk) -> None:
        """Where upstream's login is trusted, it must be that of an application that is the operator's."""
        allowed = walk.mount.applications
        if allowed and _user(given) not in allowed:
            raise NotPermitted("application", route=walk.match.route.name)


def _logins(walk: Walk) -> tuple[Login | None, Login | None]:
    mount = walk.mount
    if walk.match.route.login != "management":
        return mount.caller, mount.credential
    if mount.management_caller is None or mount.management_credential is None:
        raise NotPermitted("management", route=walk.match.route.name)
    return mount.management_caller, mount.management_credential


def _check_application(walk: Walk) -> None:
    child, allowed = walk.match.captures.get("childAppId"), walk.mount.applications
    if child is not None and allowed and child not in allowed:
        raise NotPermitted("application", route=walk.match.route.name)


def _user(given: str) -> str:
    """The user of a Basic login (RFC 7617); "" if it is none."""
    scheme, _, value = given.partition(" ")
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[0] if scheme.lower() == "basic" else ""
