"""What an application shares, whom it invites, and where it pushes statements."""

from collections.abc import Mapping
from typing import Any

from proxy.cloud import Reader, Rows, part
from proxy.doctor.addresses import Ours, Whose, host_of
from proxy.doctor.findings import Finding
from proxy.doctor.settings import of_address

_Looked = tuple[Rows, list[Finding]]


async def destinations(reader: Reader, _ours: Ours, application: str, limit: int) -> _Looked:
    """Destinations of dispatches: hashed names, LTI 1.3, launches bound to a browser."""
    rows = await reader.rows("/dispatch/destinations", "destinations", limit=limit)
    found: list[Finding] = []
    for row in rows.rows:
        name, data = str(row.get("id", "")), _inner(row, "data")
        where = f"destination {name}"
        if any(_inner(data, "lti13Data").values()):
            found.append(Finding("lti13", application, where))
        options = _inner(_inner(data, "launchAuth"), "options")
        bound = [word for word in ("ipAddress", "fingerprint") if options.get(word) is True]
        if bound:
            found.append(Finding("bound-to-browser", application, where, detail=", ".join(bound)))
        hashed = await reader.one(f"/dispatch/destinations/{part(name)}/dispatches/hashUserInfo")
        if hashed.get("enabled") is True:
            found.append(Finding("hash-user-info", application, where))
    return rows, found


async def dispatches(reader: Reader, _ours: Ours, application: str, limit: int) -> _Looked:
    """Dispatches: where their results go cannot be read; hashed names can, one by one."""
    rows = await reader.rows("/dispatch/dispatches", "dispatches", limit=limit)
    found: list[Finding] = []
    if rows.rows:
        found.append(Finding("dispatch-postbacks-unseen", application, "dispatches", count=len(rows.rows)))
    for row in rows.rows:
        name = str(row.get("id", ""))
        hashed = await reader.one(f"/dispatch/dispatches/{part(name)}/hashUserInfo")
        if hashed.get("enabled") is True:
            found.append(Finding("hash-user-info", application, f"dispatch {name}"))
    return rows, found


async def invitations(reader: Reader, ours: Ours, application: str, limit: int) -> _Looked:
    """Invitations: the cloud deals with people by itself there; and where their results go."""
    rows = await reader.rows("/invitations", "invitations", limit=limit)
    found: list[Finding] = []
    for kind, public in (("private", False), ("public", True)):
        mine = [row for row in rows.rows if (row.get("isPublic") is True) is public]
        if mine:
            found.append(Finding(f"{kind}-invitations", application, f"{kind} invitations", count=len(mine)))
        for row in mine:
            name = str(row.get("id", ""))
            whole = await reader.one(f"/invitations/{kind}/{part(name)}")
            url = _inner(whole, "postBack").get("url")
            found += of_address(url if isinstance(url, str) else "", ours, application, f"invitation {name}: postBack")
    return rows, found


async def pipes(reader: Reader, ours: Ours, application: str, _limit: int) -> _Looked:
    """Pipes that push statements elsewhere."""
    rows = await reader.rows("/xapi/statementPipes", "xapiStatementPipes")
    found: list[Finding] = []
    for row in rows.rows:
        url = _inner(row, "target").get("url")
        target = url if isinstance(url, str) else ""
        if ours.whose(target) is not Whose.OURS:
            where = f"statement pipe {row.get('id', '')}"
            found.append(Finding("statement-pipe", application, where, host_of(target), values=(target,)))
    return rows, found


async def credentials(reader: Reader, _ours: Ours, application: str, limit: int) -> _Looked:
    """Credentials of the record store: who has one needs no proxy. Their secrets are read and not kept."""
    rows = await reader.rows("/xapi/credentials", "xapiCredentials", limit=limit)
    found = [
        Finding("xapi-credential", application, f"xAPI credential {row.get('id', '')}", detail=_level(row))
        for row in rows.rows
        if row.get("isEnabled") is not False
    ]
    return Rows(tuple({"id": row.get("id")} for row in rows.rows), rows.whole), found


def _level(row: Mapping[str, Any]) -> str:
    level = _inner(row, "permissionsLevel").get("xapiCredentialPermissionsLevel")
    return level if isinstance(level, str) else ""


def _inner(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = row.get(name)
    return inner if isinstance(inner, dict) else {}
