"""Instances of a registration: attempts at one version of a course after another."""

from typing import Any

from proxy.demo.cloud import settings
from proxy.demo.cloud.model import Registration
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.configuration import change, forget
from proxy.demo.cloud.v2.lists import page
from proxy.demo.cloud.v2.registrations import KIND, launches, told


def rows() -> tuple[Row, ...]:
    """All operations of instances."""
    base = "/registrations/{registrationId}/instances"
    one = base + "/{instanceId}"
    return (
        Row("GET", base, _list),
        Row("POST", base, lambda call: call.app.books.next_instance(call.registration())),
        Row("GET", one, lambda call: told(call, instance(call))),
        Row("DELETE", one, _delete),
        Row("GET", one + "/configuration", _configuration),
        Row("POST", one + "/configuration", lambda call: change(call, instance(call).settings)),
        Row("DELETE", one + "/configuration/{settingId}", lambda call: forget(call, instance(call).settings)),
        Row("GET", one + "/launchHistory", lambda call: launches(call, instance(call))),
    )


def instance(call: Call) -> Registration:
    """The instance that the path names; refuses with 404."""
    registration, asked = call.registration(), call.path["instanceId"]
    found = next((one for one in [registration, *registration.past] if str(one.instance) == asked), None)
    if found is None:
        raise Refused(404, f"Instance [{asked}] of registration [{registration.id}] was not found.")
    return found


def _list(call: Call) -> Answer:
    registration = call.registration()
    return page(call, KIND, [*registration.past, registration], lambda one: told(call, one))


def _delete(call: Call) -> None:
    """The last instance takes the registration with it."""
    registration, found = call.registration(), instance(call)
    call.deletion()
    if found is not registration:
        registration.past.remove(found)
    elif registration.past:
        latest = registration.past.pop()
        kept = registration.past
        registration.__dict__.update(latest.__dict__)
        registration.past = kept
    else:
        call.app.books.forget(registration)


def _configuration(call: Call) -> dict[str, Any]:
    return settings.shown(call.app.levels(instance(call)), metadata=call.flag("includeMetadata"))
