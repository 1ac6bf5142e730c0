"""OAuth 2 bearer tokens: signed, not stored, not revocable, with scopes as `read`, `write:course`, `admin`.

Which operation needs which scope is published for single pages only (`launchLink` reads); the rule here is the method's
verb, and the resource that the path begins with.
"""

from typing import Any

from proxy.demo.cloud.realm import App
from proxy.demo.cloud.v2.calling import Call, Refused, Row, moment

_VERBS = {"GET": "read", "HEAD": "read", "POST": "write", "PUT": "write", "DELETE": "delete"}
_RESOURCES = {
    "courses": "course",
    "registrations": "registration",
    "learner": "learner",
    "dispatch": "dispatch",
    "invitations": "invitation",
    "appManagement": "application",
    "contentConnectors": "contentConnector",
    "reporting": "reporting",
    "xapi": "xapi",
}
_LONGEST = 365 * 86_400
_USUAL = 3_600


def permits(scopes: frozenset[str] | None, row: Row) -> bool:
    """Whether a token's scopes are enough; None stands for a key, which has all."""
    if scopes is None or "admin" in scopes:
        return True
    if row.scope:
        return row.scope in scopes or row.scope.partition(":")[0] in scopes
    verb, resource = _VERBS[row.method], _RESOURCES.get(row.path.split("/")[1], "")
    return not resource or bool({verb, f"{verb}:{resource}"} & scopes)


def rows() -> tuple[Row, ...]:
    """Both ways to a token; either kind of application may ask."""
    return (
        Row("POST", "/oauth/authenticate/application/token", _app_token, scope="admin"),
        Row("POST", "/appManagement/token", _token, scope="admin", manages=True),
    )


def _app_token(call: Call) -> dict[str, Any]:
    scopes = call.fields.get("scope", "").split()
    if not scopes:
        raise Refused(400, "scope is required.")
    text = call.fields.get("expiration") or str(_USUAL)
    seconds = int(text) if text.isdecimal() else 0
    return {"access_token": _signed(call, call.app, scopes, seconds), "expires_in": seconds, "token_type": "bearer"}


def _token(call: Call) -> dict[str, Any]:
    permissions = call.need("permissions")
    named = permissions.get("applicationName")
    app = call.app
    if call.app.manages and named:
        app = next((one for one in call.realm.children() if named in {one.id, one.name}), app)
    seconds = round(moment(str(call.need("expiry"))) - call.now)
    return {"result": _signed(call, app, list(permissions.get("scopes") or []), seconds)}


def _signed(call: Call, app: App, scopes: list[str], seconds: int) -> str:
    if not 0 < seconds <= _LONGEST:
        raise Refused(400, "The expiry is out of range.")
    return call.site.seals.sign("oauth", {"app": app.id, "scopes": scopes}, seconds)
