"""Credentials of the LRS, statement pipes, content connectors: kept as they were sent."""

import uuid
from typing import Any

from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.lists import Kind, page

_KIND = Kind(
    "xapiCredentials",
    fields={"id": lambda one: one["id"], "name": lambda one: one["name"]},
    stamps={"updated": lambda one: one["_updated"], "created": lambda one: one["_created"]},
)
_NEEDED = ("name", "secret", "isEnabled", "auth", "permissionsLevel")


def rows() -> tuple[Row, ...]:
    """All operations of the three resources."""
    keys, pipes, connectors = "/xapi/credentials", "/xapi/statementPipes", "/contentConnectors"
    key, pipe, connector = keys + "/{xapiCredentialId}", pipes + "/{statementPipeId}", connectors + "/{connectorId}"
    return (
        Row("GET", keys, lambda call: page(call, _KIND, list(call.app.xapi_keys.values()), _open)),
        Row("POST", keys, _new_key),
        Row("GET", key, lambda call: _open(_key(call))),
        Row("PUT", key, lambda call: _key(call).update(_fields(call), _updated=call.now)),
        Row("DELETE", key, lambda call: call.app.xapi_keys.pop(_key(call)["id"]) and None),
        Row("GET", pipes, lambda call: {"xapiStatementPipes": list(call.app.pipes.values())}),
        Row("POST", pipes, _new_pipe),
        Row("GET", pipe, _pipe),
        Row("PUT", pipe, _update_pipe),
        Row("DELETE", pipe, lambda call: call.app.pipes.pop(_pipe(call)["id"]) and None),
        Row("GET", connectors, _connectors),
        Row("POST", connectors, _new_connector),
        Row("PUT", connector, lambda call: _connector(call).update(call.body)),
        Row("DELETE", connector, lambda call: call.app.connectors.pop(_connector(call)["connectorId"]) and None),
    )


def _open(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if not name.startswith("_")}


def _fields(call: Call) -> dict[str, Any]:
    return {name: call.need(name) for name in _NEEDED} | {"info": call.body.get("info") or ""}


def _key(call: Call) -> dict[str, Any]:
    asked = call.path["xapiCredentialId"]
    if asked not in call.app.xapi_keys:
        raise Refused(404, f"Credential [{asked}] was not found.")
    return call.app.xapi_keys[asked]


def _new_key(call: Call) -> dict[str, Any]:
    made = {"id": str(uuid.uuid4()), **_fields(call), "_created": call.now, "_updated": call.now}
    call.app.xapi_keys[made["id"]] = made
    return {"result": made["id"]}


def _pipe(call: Call) -> dict[str, Any]:
    asked = call.path["statementPipeId"]
    if asked not in call.app.pipes:
        raise Refused(404, f"Statement pipe [{asked}] was not found.")
    return call.app.pipes[asked]


def _new_pipe(call: Call) -> dict[str, Any]:
    made = {"id": str(uuid.uuid4()), "attempts": 0, "target": call.need("target")}
    made |= {"source": call.body["source"]} if call.body.get("source") else {}
    call.app.pipes[made["id"]] = made
    return {"result": made["id"]}


def _update_pipe(call: Call) -> dict[str, Any]:
    one = _pipe(call)
    one |= {name: call.body[name] for name in ("source", "target") if call.body.get(name)}
    return {"result": one["id"]}


def _connectors(call: Call) -> dict[str, Any]:
    found = [dict(one) for one in call.app.connectors.values()]
    if call.flag("includeAdditionalInstanceInformation"):
        found = [one | {"additionalInstanceInformation": {}} for one in found]
    return {"connectorEntries": found}


def _connector(call: Call) -> dict[str, Any]:
    asked = call.path["connectorId"]
    if asked not in call.app.connectors:
        raise Refused(404, f"Connector [{asked}] was not found.")
    return call.app.connectors[asked]


def _new_connector(call: Call) -> Answer:
    made = {"connectorId": str(uuid.uuid4()), "contentConnectorType": call.need("contentConnectorType")}
    made |= {"configuration": call.need("configuration"), "enabled": call.body.get("enabled", True)}
    call.app.connectors[made["connectorId"]] = made
    return Answer({"result": made["connectorId"]})
