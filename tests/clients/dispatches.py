"""Calls about destinations, dispatches and LTI."""

import base64
import json
from datetime import UTC, datetime

import rustici_software_cloud_v2 as sc

from tests.clients import tags
from tests.clients.account import filters
from tests.clients.courses import COURSE, FETCHED
from tests.clients.planted import LI, SEAN, ZOE
from tests.clients.registrations import post_back
from tests.clients.scene import Step

DESTINATION = "campus-2"
DISPATCH = "dispatch-1"
SECOND = "dispatch-2"
LATER = datetime(2031, 1, 1, tzinfo=UTC)


def steps():
    """Everything but deletions."""
    return [*_destinations(), *_dispatches(), *_of_one(), *_of_all(), *_lti(), *_tags()]


def _destination(scene, name):
    planting = scene.planting
    root = "https://lms.example.org/lti"
    return sc.DestinationSchema(
        name=f"{name} {planting.text('note', SEAN)}",
        tags=[planting.tag()],
        email=scene.owner,
        notes=planting.text("note", LI),
        launch_auth=sc.LaunchAuthSchema(type="cookies", options=sc.LaunchAuthOptionsSchema(fingerprint=True)),
        lti13_data=sc.Lti13PlatformConfigurationSchema(
            client_id="client",
            platform_issuer_identifier="https://lms.example.org",
            deployment_id="1",
            oidc_authorization_endpoint=f"{root}/authorise",
            json_web_key_set_url=f"{root}/keys",
            access_token_url=f"{root}/token",
        ),
    )


def _destinations():
    one = {"destination_id": DESTINATION}
    return [
        Step(
            "CreateDestinations",
            lambda s: {
                "body": sc.DestinationListSchema(
                    destinations=[sc.DestinationIdSchema(id=DESTINATION, data=_destination(s, "First"))]
                )
            },
        ),
        Step("SetDestination", lambda s: one | {"body": _destination(s, "Second")}),
        Step(
            "GetDestination",
            lambda s: one | {"include_dispatch_count": True},
            lambda a, s: (
                a.name == _destination(s, "Second").name
                and a.lti13_data.access_token_url
                and a.notes == s.planting.text("note", LI)
            ),
        ),
        Step("GetDestinations", lambda s: filters(s, tags=[s.planting.tag()], include_dispatch_count=True)),
        Step(
            "GetDestinations",
            lambda s: {"filter": "Second", "filter_by": "destination_name", "include_total_count": True},
            lambda a, s: [each.id for each in a.destinations] == [DESTINATION],
        ),
        Step("UpdateDestinationHashUserInfo", lambda s: one | {"body": sc.EnabledSchema(enabled=False)}),
        Step("GetDestinationHashUserInfo", lambda s: one, lambda a, s: a.enabled is False),
        Step("GetLti13ToolConfigurationSchema", lambda s: one, lambda a, s: a.oidc_login_initiations_url),
    ]


def _properties(scene, note="first"):
    return {
        "allow_new_registrations": True,
        "instanced": True,
        "registration_cap": 100,
        "expiration_date": LATER,
        "enabled": True,
        "email": scene.owner,
        "notes": f"{note} {scene.planting.text('note')}",
        "post_back": post_back(scene, ZOE),
    }


def _dispatches():
    def made(scene, course):
        return sc.CreateDispatchSchema(
            destination_id=DESTINATION, course_id=course, tags=[scene.planting.tag()], **_properties(scene)
        )

    return [
        Step(
            "CreateDispatches",
            lambda s: {
                "body": sc.CreateDispatchListSchema(
                    dispatches=[
                        sc.CreateDispatchIdSchema(id=DISPATCH, data=made(s, COURSE)),
                        sc.CreateDispatchIdSchema(id=SECOND, data=made(s, FETCHED)),
                    ]
                )
            },
        ),
        Step("GetDispatches", lambda s: filters(s, tags=[s.planting.tag()], course_id=COURSE)),
        Step(
            "GetDispatches",
            lambda s: {"course_id": COURSE, "is_enabled": True, "include_total_count": True},
            lambda a, s: (
                [one.id for one in a.dispatches] == [DISPATCH] and s.planting.tag() in a.dispatches[0].data.tags
            ),
        ),
        Step("GetDestinationDispatches", lambda s: filters(s, destination_id=DESTINATION, tags=[s.planting.tag()])),
        Step(
            "GetDestinationDispatches",
            lambda s: {"destination_id": DESTINATION, "order_by": "dispatch_id_desc"},
            lambda a, s: [one.id for one in a.dispatches] == [SECOND, DISPATCH] and a.dispatches[0].data.notes,
        ),
        Step("UpdateDispatches", lambda s: _filtered(s) | {"body": sc.UpdateDispatchSchema(**_properties(s, "many"))}),
        Step(
            "UpdateDispatches",
            lambda s: {"course_id": COURSE, "body": sc.UpdateDispatchSchema(**_properties(s, "many"))},
        ),
        Step(
            "UpdateDispatch",
            lambda s: {"dispatch_id": SECOND, "body": sc.UpdateDispatchSchema(**_properties(s, "one"))},
        ),
        Step(
            "GetDispatch",
            lambda s: {"dispatch_id": SECOND},
            lambda a, s: (
                a.notes == _properties(s, "one")["notes"]
                and a.email == s.owner
                and (a.registration_cap, a.course_id) == (100, FETCHED)
            ),
        ),
    ]


def _filtered(scene):
    given = filters(scene, tags=[scene.planting.tag()])
    del given["include_total_count"]
    return given


def _of_one():
    one = {"dispatch_id": DISPATCH}
    return [
        Step("SetDispatchEnabled", lambda s: one | {"body": sc.EnabledSchema(enabled=True)}),
        Step("GetDispatchEnabled", lambda s: one, lambda a, s: a.enabled is True),
        Step("UpdateDispatchHashUserInfo", lambda s: one | {"body": sc.EnabledSchema(enabled=True)}),
        Step("GetDispatchHashUserInfo", lambda s: one, lambda a, s: a.enabled is True),
        Step("ResetDispatchRegistrationCount", lambda s: one),
        Step(
            "GetDispatchRegistrationCount", lambda s: one, lambda a, s: a.registration_count == 0 and a.last_reset_date
        ),
        Step(
            "GetDispatchZip",
            lambda s: one | {"type": "SCORM_12", "css_url": s.planting.url("/look.css")},
            lambda a, s: a.startswith(b"PK"),
        ),
        Step("DeleteDispatchPostbackInfo", lambda s: one),
    ]


def _of_all():
    one = {"destination_id": DESTINATION}
    return [
        Step("SetDestinationDispatchEnabled", lambda s: one | {"body": sc.EnabledSchema(enabled=True)}),
        Step("EnableRegistrationInstancing", lambda s: one | {"body": sc.EnabledSchema(enabled=True)}),
        Step("ResetDestinationDispatchRegistrationCount", lambda s: one),
        Step("GetDestinationDispatchRegistrationCount", lambda s: one, lambda a, s: a.result == 0),
        Step(
            "GetDestinationDispatchZip",
            lambda s: one | {"type": "SCORM_12", "css_url": s.planting.url("/look.css"), "tags": [s.planting.tag()]},
            lambda a, s: a.startswith(b"PK"),
        ),
    ]


def _encoded(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def id_token(scene):
    """A token as a platform signs it; its signature is nobody's."""
    planted = "token" in scene.planting.classes
    claims = {"iss": "https://lms.example.org", "sub": ZOE.id if planted else "somebody"}
    if planted:
        claims |= {"given_name": ZOE.first, "family_name": ZOE.last, "name": ZOE.full, "email": ZOE.email}
    return f"{_encoded({'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}.c2lnbmF0dXJl"


def _lti():
    one = {"dispatch_id": DISPATCH}
    return [
        Step("GetLtiDispatch", lambda s: one, lambda a, s: a.url and a.consumer_key and a.shared_secret),
        Step("GetLti13Dispatch", lambda s: one, lambda a, s: a.target_link_uri),
        Step(
            "GetLti13DispatchLaunch",
            lambda s: one | {"external_config": s.planting.text("extra"), "jwt": id_token(s)},
        ),
    ]


def _tags():
    return [
        *tags.steps("Destination", "destination_id", lambda s: DESTINATION, people=(ZOE, LI)),
        *tags.steps("Dispatch", "dispatch_id", lambda s: DISPATCH, people=(ZOE, LI)),
    ]


def endings():
    """Deletions, last of all."""
    return [
        Step("DeleteDispatch", lambda s: {"dispatch_id": SECOND}),
        Step("DeleteDispatches", _filtered),
        Step("DeleteDispatches", lambda s: {"course_id": COURSE}),
        Step("GetDispatches", lambda s: {"course_id": COURSE}, lambda a, s: a.dispatches == []),
        Step("DeleteDestinationDispatches", lambda s: {"destination_id": DESTINATION}),
        Step("DeleteDestination", lambda s: {"destination_id": DESTINATION}),
    ]
