"""Applications, their keys and their configuration; ping and about. Only management keys may touch the first two."""

import uuid
from typing import Any

from proxy.demo.cloud import settings
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import App, Credential
from proxy.demo.cloud.settings import Level
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.configuration import change, forget
from proxy.demo.cloud.v2.lists import Kind, page

_KIND = Kind(
    "applications",
    fields={"id": lambda app: app.id, "name": lambda app: app.name},
    stamps={"updated": lambda app: app.updated, "created": lambda app: app.created},
)


def rows() -> tuple[Row, ...]:
    """All operations of these resources."""
    apps, keys = "/appManagement/applications", "/appManagement/{childAppId}/credentials"
    return (
        Row("GET", "/ping", lambda call: {"apiMessage": "API is alive", "currentTime": iso(call.now)}),
        Row("GET", "/about", lambda _call: {"version": "sandbox", "distribution": "SCORM Cloud sandbox"}),
        Row("GET", "/appManagement/applicationList", _infos, manages=True),
        Row("GET", apps, _list, manages=True),
        Row("POST", apps, _create, manages=True),
        Row("GET", apps + "/{childAppId}", lambda call: _info(call, _child(call)), manages=True),
        Row("PUT", apps + "/{childAppId}", _update, manages=True),
        Row("DELETE", apps + "/{childAppId}", _delete, manages=True),
        Row("GET", keys, lambda call: {"credentials": [_key(one) for one in _child(call).keys.values()]}, manages=True),
        Row("POST", keys, _new_key, manages=True),
        Row("PUT", keys + "/{credentialId}", _update_key, manages=True),
        Row("DELETE", keys + "/{credentialId}", _delete_key, manages=True),
        Row("GET", "/appManagement/configuration", _configuration),
        Row("POST", "/appManagement/configuration", lambda call: change(call, _level(call))),
        Row("DELETE", "/appManagement/configuration/{settingId}", lambda call: forget(call, _level(call))),
    )


def _child(call: Call) -> App:
    asked = call.path["childAppId"]
    found = next((one for one in call.realm.children() if one.id == asked), None)
    if found is None:
        raise Refused(404, f"Application [{asked}] was not found.")
    return found


def _info(call: Call, app: App) -> dict[str, Any]:
    made = {
        "id": app.id,
        "name": app.name,
        "createDate": iso(app.created),
        "updateDate": iso(app.updated),
        "allowDelete": app.allow_delete,
    }
    if call.flag("includeCourseCount"):
        made["courseCount"] = len(app.books.courses.all())
    if call.flag("includeRegistrationCount"):
        made["registrationCount"] = len(app.books.registrations())
    return made


def _infos(call: Call) -> Answer:
    return page(call, _KIND, call.realm.children(), lambda app: _info(call, app))


def _list(call: Call) -> dict[str, Any]:
    return {"applications": [{"id": app.id, "name": app.name} for app in call.realm.children()]}


def _create(call: Call) -> dict[str, Any]:
    app_id = uuid.uuid4().hex[:10].upper()
    app = call.realm.found(app_id, str(call.need("name")), allow_delete=False)
    return {"id": app.id, "name": app.name}


def _update(call: Call) -> None:
    app = _child(call)
    app.name = call.body.get("name", app.name)
    app.allow_delete = call.body.get("allowDelete", app.allow_delete)
    app.updated = call.now


def _delete(call: Call) -> None:
    app = _child(call)
    if app.books.registrations() or app.books.courses.all():
        raise Refused(400, f"Application [{app.id}] still has content.")
    del call.realm.apps[app.id]


def _key(one: Credential) -> dict[str, Any]:
    """A key with its secret: lists tell it, too."""
    made = {"id": one.id, "name": one.name, "status": "Active" if one.active else "Inactive"}
    made |= {"created": iso(one.created), "updated": iso(one.updated)}
    return made | {"credential": one.secret, "pensCredential": f"pens-{one.id}"}


def _new_key(call: Call) -> dict[str, Any]:
    key = call.realm.new_key(_child(call), str(call.body.get("name", "")))
    key.active = call.body.get("active", True)
    return _key(key)


def _one_key(call: Call) -> Credential:
    found = _child(call).keys.get(call.path["credentialId"])
    if found is None:
        raise Refused(404, f"Credential [{call.path['credentialId']}] was not found.")
    return found


def _update_key(call: Call) -> None:
    key = _one_key(call)
    key.name, key.active = call.body.get("name", key.name), call.body.get("active", key.active)
    key.updated = call.now


def _delete_key(call: Call) -> None:
    del _child(call).keys[_one_key(call).id]


def _scope(call: Call) -> tuple[str, bool] | None:
    standard = call.query.get("learningStandard")
    if standard and "singleSco" not in call.query:
        raise Refused(400, "singleSco is required with learningStandard.")
    return (standard, call.flag("singleSco")) if standard else None


def _level(call: Call) -> dict[str, str]:
    scope = _scope(call)
    return call.app.settings if scope is None else call.app.standards.setdefault(scope, {})


def _configuration(call: Call) -> dict[str, Any]:
    scope = _scope(call)
    levels = [Level("application", call.app.settings)]
    if scope is not None:
        levels = call.app.application_levels(scope[0], single=scope[1])
    return settings.shown(levels, metadata=call.flag("includeMetadata"))
