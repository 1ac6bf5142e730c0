"""LTI: what an administrator copies into a platform, and the last step of an LTI 1.3 launch.

The token of an LTI 1.3 launch is read without its signature being checked: this sandbox has no platform's keys.
"""

import base64
import json
from typing import Any

from proxy.demo.cloud.model import Launch, Learner
from proxy.demo.cloud.outcomes import consumer_key
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row

_JWT_PARTS = 3


def rows() -> tuple[Row, ...]:
    """All operations about LTI but the destination's."""
    one = "/dispatch/dispatches/{dispatchId}"
    return (
        Row("GET", one + "/lti", _lti),
        Row("GET", one + "/lti13", lambda call: {"targetLinkUri": _target(call)}),
        Row("GET", one + "/launches", _launch, open=True),
    )


def _target(call: Call) -> str:
    return f"{call.site.origin}/lti13/target/{call.dispatch().secret[:20]}"


def _lti(call: Call) -> dict[str, Any]:
    """Address, key and secret of an LTI 1.1 launch; the address' form is an inference."""
    one = call.dispatch()
    return {
        "url": f"{call.site.origin}/lti/launch/{one.secret[:20]}",
        "consumerKey": consumer_key(call.app.id, one),
        "sharedSecret": one.secret,
    }


def _launch(call: Call) -> Answer:
    """Redirects to the course; claims are those of the LTI 1.3 standard."""
    call.asked("externalConfig")
    claims = _claims(call.asked("jwt"))
    if not claims.get("sub"):
        raise Refused(400, "The token names no learner.")
    learner = Learner(
        str(claims["sub"]), str(claims.get("given_name", "")), str(claims.get("family_name", "")),
        str(claims.get("email", "")),
    )  # fmt: skip
    found = call.realm.dispatch(call.path["dispatchId"])
    if found is None:
        raise Refused(404, f"Dispatch [{call.path['dispatchId']}] was not found.")
    app, dispatch = found
    browser = call.headers.get("User-Agent", "")
    registration = app.books.launch(dispatch, Launch(learner, "", "", "", "", browser))
    if registration is None:
        raise Refused(403, "No more registrations are allowed.")
    return Answer(b"", status=302, headers={"Location": call.site.launch_page(app, registration, "")})


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)) if len(parts) == _JWT_PARTS else b"[]"
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "The token cannot be read.")
    return found
