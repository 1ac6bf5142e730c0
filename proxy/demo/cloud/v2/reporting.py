"""Reportage: the account's owner, and links into the reporting pages of the web site."""

from typing import Any
from urllib.parse import quote, urlencode

from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.v2.calling import Call, Refused, Row

_PERMISSIONS = {"NONAV", "DOWNONLY", "FREENAV"}
_SECONDS = 3_600


def rows() -> tuple[Row, ...]:
    """All operations of reporting."""
    return (
        Row("GET", "/reporting/accountInfo", _account),
        Row("GET", "/reporting/reportageAuth", _auth),
        Row("GET", "/reporting/reportageLink", _link),
    )


def _account(call: Call) -> dict[str, Any]:
    registrations = len(call.app.books.registrations())
    return {
        "email": call.realm.owner,
        "firstName": "Sam",
        "lastName": "Owner",
        "company": "Sandbox",
        "accountType": "trial",
        "regLimit": 100_000,
        "strictLimit": False,
        "createDate": iso(call.app.created),
        "usage": {
            "monthStart": iso(call.now),
            "regCount": registrations,
            "totalRegistrations": registrations,
            "totalCourses": len(call.app.books.courses.all()),
        },
    }


def _auth(call: Call) -> dict[str, Any]:
    """A token as a piece of query, as the client's `queryString` says; the words are V1's."""
    permission = call.asked("navPermission")
    if permission.upper() not in _PERMISSIONS:
        raise Refused(400, f"navPermission [{permission}] is not known.")
    claims = {"app": call.app.id, "nav": permission, "admin": call.flag("admin")}
    return {"authEnabled": True, "queryString": f"auth={call.site.seals.sign('reportage', claims, _SECONDS)}"}


def _link(call: Call) -> dict[str, Any]:
    auth, target = call.asked("auth"), call.asked("reportUrl")
    query = urlencode({"appId": call.app.id, "reportUrl": target}, quote_via=quote)
    return {"reportageLink": f"{call.site.origin}/Reportage/launch?{query}&{auth}"}
