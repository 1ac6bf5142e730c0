"""Destinations: whose LMS may launch dispatched courses."""

from proxy.adapters.cloud_v2.dispatches import ENABLE, ENABLED, FOUND, IS_ENABLED, SHOWN
from proxy.adapters.cloud_v2.shapes import (
    DONE,
    LAUNCH_AUTH,
    LAUNCH_AUTH_FIELDS,
    LIST,
    MORE,
    NOTHING,
    RESULT,
    STAFF,
    TAG_BATCH,
    TAG_LIST,
    TAGS_SHOWN,
)
from proxy.fields import Field, Kind, Route, Treat, below, inside, json, plain, query, shows, takes

LTI13 = Field(
    json("/lti13Data"),
    Kind.URL,
    Treat.REFUSE,
    unless="lti13",
    why="the LTI 1.3 flow goes from the LMS to the cloud directly, with a signed token that names the learner",
)

DESTINATION = ("/name", "/updated", "/created", "/tags/*", "/email", "/notes", *LAUNCH_AUTH, "/lti13Data")
DESTINATION_FIELDS = (
    Field(json("/name"), Kind.FREE_TEXT, Treat.KEEP, why="a client organisation"),
    Field(json("/email"), Kind.EMAIL, Treat.KEEP, why=STAFF),
    Field(json("/notes"), Kind.FREE_TEXT, Treat.KEEP, why="notes of staff"),
    Field(json("/tags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of the destination"),
    *plain(json("/updated"), json("/created")),
    *LAUNCH_AUTH_FIELDS,
    LTI13,
)
DESTINATION_SHOWN = ("/dispatchCount", *DESTINATION)

COUNT = plain(query("includeDispatchCount"))

P = "/dispatch/destinations"
P1 = "/dispatch/destinations/{destinationId}"

ROUTES = (
    Route(
        "cloud.destinations",
        ("GET",),
        P,
        request=takes(keys=("courseId",), fields=(*LIST, *COUNT, *FOUND, MORE)),
        answer=shows("/more", "/destinations/*/id", *below("/destinations/*/data", DESTINATION_SHOWN)),
        why="GetDestinations",
    ),
    Route(
        "cloud.destinations.create",
        ("POST",),
        P,
        request=takes(
            "/destinations/*/id",
            *below("/destinations/*/data", DESTINATION),
            fields=inside("/destinations/*/data", DESTINATION_FIELDS),
        ),
        answer=DONE,
        why="CreateDestinations",
    ),
    Route("cloud.destinations.tags", ("PUT",), f"{P}/tags", request=TAG_BATCH, answer=DONE, why="several at once"),
    Route(
        "cloud.destination",
        ("GET",),
        P1,
        request=takes(fields=COUNT),
        answer=shows(*DESTINATION_SHOWN),
        why="GetDestination",
    ),
    Route(
        "cloud.destination.set",
        ("PUT",),
        P1,
        request=takes(*DESTINATION, fields=DESTINATION_FIELDS),
        answer=DONE,
        why="SetDestination",
    ),
    Route("cloud.destination.delete", ("DELETE",), P1, request=NOTHING, answer=DONE, why="DeleteDestination"),
    Route("cloud.destination.tags", ("GET",), f"{P1}/tags", request=NOTHING, answer=TAGS_SHOWN, why="its tags"),
    Route(
        "cloud.destination.tags.change", ("PUT", "DELETE"), f"{P1}/tags", request=TAG_LIST, answer=DONE, why="its tags"
    ),
    Route(
        "cloud.destination.lti13",
        ("GET",),
        f"{P1}/lti13",
        request=NOTHING,
        answer=shows("/publicKey", "/oidcLoginInitiationsUrl", "/redirectUri", "/jsonWebKeySetUrl"),
        refuse="lti13",
        why="GetLti13ToolConfigurationSchema. Its flow cannot be rewritten without the LMS's signing key.",
    ),
    Route(
        "cloud.destination.dispatches",
        ("GET",),
        f"{P1}/dispatches",
        request=takes(keys=("courseId",), fields=(*LIST, *IS_ENABLED, *FOUND, MORE)),
        answer=shows("/more", "/dispatches/*/id", *below("/dispatches/*/data", SHOWN)),
        why="GetDestinationDispatches",
    ),
    Route(
        "cloud.destination.dispatches.delete",
        ("DELETE",),
        f"{P1}/dispatches",
        request=NOTHING,
        answer=DONE,
        why="DeleteDestinationDispatches",
    ),
    Route(
        "cloud.destination.enable",
        ("POST",),
        f"{P1}/dispatches/enabled",
        request=ENABLE,
        answer=DONE,
        why="all of them",
    ),
    Route(
        "cloud.destination.hash",
        ("GET",),
        f"{P1}/dispatches/hashUserInfo",
        request=NOTHING,
        answer=ENABLED,
        why="GetDestinationHashUserInfo",
    ),
    Route(
        "cloud.destination.hash.set",
        ("PUT",),
        f"{P1}/dispatches/hashUserInfo",
        request=ENABLE,
        answer=DONE,
        why="the cloud's own, unkeyed hashing in the browser; of no use before ours",
    ),
    Route(
        "cloud.destination.instancing",
        ("POST",),
        f"{P1}/dispatches/registrationInstancing",
        request=ENABLE,
        answer=DONE,
        why="EnableRegistrationInstancing",
    ),
    Route(
        "cloud.destination.count",
        ("GET",),
        f"{P1}/dispatches/registrationCount",
        request=NOTHING,
        answer=RESULT,
        why="GetDestinationDispatchRegistrationCount",
    ),
    Route(
        "cloud.destination.count.reset",
        ("DELETE",),
        f"{P1}/dispatches/registrationCount",
        request=NOTHING,
        answer=DONE,
        why="ResetDestinationDispatchRegistrationCount",
    ),
    Route(
        "cloud.destination.zip",
        ("GET",),
        f"{P1}/dispatches/zip",
        refuse="several-packages",
        why="GetDestinationDispatchZip. Packages are rewritten one by one: ask for each dispatch's zip.",
    ),
)
