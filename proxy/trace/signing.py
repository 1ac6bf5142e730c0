"""Signed requests of a recording are signed anew: nobody here has the sender's secret, or needs it.

The signature of the file was made with the cloud's secret, or with one of the installation that recorded it. With the
stand-ins of a trace (`proxy.tracing`) it is made again, so that what is told is what becomes of the request; whether
its own signature held, only the running proxy can say.
"""

from dataclasses import replace
from datetime import UTC, datetime

from proxy.errors import ProxyError
from proxy.message import Message
from proxy.passage import Mount, Signers
from proxy.rewrite.signatures import oauth1, v1
from proxy.rewrite.signatures.parameters import parameters_of, with_changes

_COURSE_KEY = "svl1."
"""How a key begins that a course got from this very house."""
_OAUTH, _V1 = "oauth1", "v1"


def signed_by_us(mount: Mount, now: float, message: Message) -> Message:
    """Return a request with the stand-ins of `mount` where it has a login or a signature."""
    given = message.headers.get("authorization")
    if mount.caller is not None and given and _COURSE_KEY not in given:
        message = replace(message, headers=message.headers.having(("Authorization", mount.caller.header)))
    try:
        named = dict(parameters_of(message))
    except ProxyError:
        return message
    if "oauth_signature" in named:
        return _oauth(mount, now, message, named)
    return _v1(mount, now, message, named) if {"appid", "sig", "ts"} <= named.keys() else message


def _signers(mount: Mount, scheme: str, key: str) -> Signers | None:
    known = mount.signers.get(scheme, ())
    return next((one for one in known if key in {one.caller.key, one.cloud.key}), None)


def _oauth(mount: Mount, now: float, message: Message, named: dict[str, str]) -> Message:
    signers = _signers(mount, _OAUTH, named.get("oauth_consumer_key", ""))
    by = named.get("oauth_signature_method", "")
    if signers is None or by not in oauth1.METHODS:
        return message
    ready = with_changes(message, {"oauth_consumer_key": signers.caller.key, "oauth_timestamp": str(int(now))})
    address = mount.public.origin + message.path
    signature = oauth1.signature(message.method, address, parameters_of(ready), signers.caller.secret, by=by)
    return with_changes(ready, {"oauth_signature": signature})


def _v1(mount: Mount, now: float, message: Message, named: dict[str, str]) -> Message:
    signers = _signers(mount, _V1, named["appid"])
    if signers is None:
        return message
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d%H%M%S")
    ready = with_changes(message, {"appid": signers.caller.key, "ts": stamp})
    signature = v1.signature(parameters_of(ready), signers.caller.secret, v1.Manner())
    return with_changes(ready, {"sig": signature})
