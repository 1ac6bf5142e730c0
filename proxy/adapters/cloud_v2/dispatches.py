"""Dispatches: one course for one destination, and where results of its launches are posted."""

from proxy.adapters.cloud_v2.shapes import (
    DONE,
    FILTER,
    LIST,
    MORE,
    NOTHING,
    STAFF,
    TAG_BATCH,
    TAG_LIST,
    TAGS_OF_THINGS,
    TAGS_SHOWN,
)
from proxy.fields import (
    Body,
    Field,
    Keys,
    Kind,
    Route,
    Shape,
    Treat,
    below,
    inside,
    json,
    plain,
    query,
    shows,
    takes,
    words,
)

FLAGS = plain(
    json("/allowNewRegistrations"),
    json("/instanced"),
    json("/registrationCap"),
    json("/expirationDate"),
    json("/enabled"),
)

CREATED = (
    "/destinationId",
    "/courseId",
    "/allowNewRegistrations",
    "/instanced",
    "/registrationCap",
    "/expirationDate",
    "/enabled",
    "/tags/*",
    "/email",
    "/notes",
    "/postBack",
)
CREATED_FIELDS = (
    *FLAGS,
    Field(json("/email"), Kind.EMAIL, Treat.KEEP, why=STAFF),
    Field(json("/notes"), Kind.FREE_TEXT, Treat.KEEP, why="notes of staff"),
    Field(json("/tags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of the dispatch"),
    Field(json("/postBack"), Kind.URL, Treat.POSTBACK, level="dispatch"),
)
UPDATED = (
    "/allowNewRegistrations",
    "/instanced",
    "/registrationCap",
    "/registrationCount",
    "/expirationDate",
    "/enabled",
    "/email",
    "/notes",
    "/postBack",
)
SHOWN = (
    "/destinationId",
    "/destinationName",
    "/courseId",
    "/courseTitle",
    "/updated",
    "/created",
    "/allowNewRegistrations",
    "/enabled",
    "/instanced",
    "/registrationCap",
    "/registrationCount",
    "/registrationResetDate",
    "/expirationDate",
    "/tags",
    "/email",
    "/notes",
)
NOTED = (
    *FLAGS,
    *plain(json("/registrationCount")),
    Field(json("/email"), Kind.EMAIL, Treat.KEEP, why=STAFF),
    Field(json("/notes"), Kind.FREE_TEXT, Treat.KEEP, why="notes of staff"),
)
UPDATE_ONE = (*NOTED, Field(json("/postBack"), Kind.URL, Treat.POSTBACK, level="dispatch", level_of=("dispatchId",)))
UPDATE_MANY = (*NOTED, Field(json("/postBack"), Kind.URL, Treat.POSTBACK, level="dispatches"))

FOUND = (FILTER, TAGS_OF_THINGS)
WHICH = ("courseId",)
CHOSEN = (*plain(query("since"), query("until")), *words(query("datetimeFilter"), query("filterBy")), *FOUND)
IS_ENABLED = plain(query("isEnabled"))
ENABLE = takes("/enabled", fields=plain(json("/enabled")))
ENABLED = shows("/enabled")
CSS = Field(query("cssUrl"), Kind.URL, Treat.KEEP, why="a style sheet")

D = "/dispatch/dispatches"
D1 = "/dispatch/dispatches/{dispatchId}"

ROUTES = (
    Route(
        "cloud.dispatches",
        ("GET",),
        D,
        request=takes(keys=("courseId",), fields=(*LIST, *IS_ENABLED, *FOUND, MORE)),
        answer=shows("/more", "/dispatches/*/id", *below("/dispatches/*/data", SHOWN)),
        why="GetDispatches",
    ),
    Route(
        "cloud.dispatches.create",
        ("POST",),
        D,
        request=takes(
            "/dispatches/*/id",
            *below("/dispatches/*/data", CREATED),
            fields=(
                Field(json("/dispatches/*/id"), Kind.REGISTRATION, Treat.OPAQUE, why="an id of no learner"),
                *inside("/dispatches/*/data", CREATED_FIELDS),
            ),
        ),
        answer=DONE,
        why="CreateDispatches",
    ),
    Route(
        "cloud.dispatches.update",
        ("PUT",),
        D,
        request=takes(*UPDATED, keys=WHICH, fields=(*UPDATE_MANY, *CHOSEN)),
        answer=DONE,
        why="UpdateDispatches",
    ),
    Route("cloud.dispatches.delete", ("DELETE",), D, request=takes(keys=WHICH, fields=CHOSEN), answer=DONE, why="many"),
    Route("cloud.dispatches.tags", ("PUT",), f"{D}/tags", request=TAG_BATCH, answer=DONE, why="several at once"),
    Route("cloud.dispatch", ("GET",), D1, request=NOTHING, answer=shows(*SHOWN), why="GetDispatch"),
    Route(
        "cloud.dispatch.update",
        ("PUT",),
        D1,
        request=takes(*UPDATED, fields=UPDATE_ONE),
        answer=DONE,
        why="UpdateDispatch",
    ),
    Route("cloud.dispatch.delete", ("DELETE",), D1, request=NOTHING, answer=DONE, why="DeleteDispatch"),
    Route("cloud.dispatch.tags", ("GET",), f"{D1}/tags", request=NOTHING, answer=TAGS_SHOWN, why="its tags"),
    Route("cloud.dispatch.tags.change", ("PUT", "DELETE"), f"{D1}/tags", request=TAG_LIST, answer=DONE, why="its tags"),
    Route("cloud.dispatch.enabled", ("GET",), f"{D1}/enabled", request=NOTHING, answer=ENABLED, why="is it on"),
    Route("cloud.dispatch.enable", ("PUT",), f"{D1}/enabled", request=ENABLE, answer=DONE, why="on or off"),
    Route("cloud.dispatch.hash", ("GET",), f"{D1}/hashUserInfo", request=NOTHING, answer=ENABLED, why="as above"),
    Route("cloud.dispatch.hash.set", ("PUT",), f"{D1}/hashUserInfo", request=ENABLE, answer=DONE, why="as above"),
    Route(
        "cloud.dispatch.count",
        ("GET",),
        f"{D1}/registrationCount",
        request=NOTHING,
        answer=shows("/registrationCount", "/lastResetDate"),
        why="GetDispatchRegistrationCount",
    ),
    Route(
        "cloud.dispatch.count.reset", ("DELETE",), f"{D1}/registrationCount", request=NOTHING, answer=DONE, why="to 0"
    ),
    Route(
        "cloud.dispatch.postback.delete",
        ("DELETE",),
        f"{D1}/postback",
        request=NOTHING,
        answer=DONE,
        why="falls back to the course's; `scormveil doctor` says where that leads",
    ),
    Route(
        "cloud.dispatch.lti",
        ("GET",),
        f"{D1}/lti",
        request=NOTHING,
        answer=shows(
            "/url",
            "/consumerKey",
            "/sharedSecret",
            fields=(
                Field(json("/consumerKey"), Kind.FREE_TEXT, Treat.CONSUMER, why="a key of ours that holds the cloud's"),
                Field(json("/sharedSecret"), Kind.FREE_TEXT, Treat.CONSUMER, why="a secret of ours"),
            ),
        ),
        why="GetLtiDispatch. Address, key and secret are ours then: launches are verified and signed anew.",
    ),
    Route(
        "cloud.dispatch.lti13",
        ("GET",),
        f"{D1}/lti13",
        request=NOTHING,
        answer=shows("/targetLinkUri"),
        refuse="lti13",
        why="GetLti13Dispatch",
    ),
    Route(
        "cloud.dispatch.lti13.launch",
        ("GET",),
        f"{D1}/launches",
        request=takes(
            keys=("externalConfig",),
            fields=(
                Field(query("jwt"), Kind.FREE_TEXT, Treat.REFUSE, unless="lti13", why="signed by the LMS, names her"),
            ),
        ),
        answer=Shape(body=Body.STREAM),
        login="none",
        refuse="lti13",
        why="GetLti13DispatchLaunch",
    ),
    Route(
        "cloud.dispatch-zip",
        ("GET",),
        f"{D1}/zip",
        request=Shape(
            body=Body.READ, members=(), keys=Keys(named=("type",)), fields=(CSS,), media=("application/json",)
        ),
        answer=Shape(body=Body.PACKAGE, media=("application/zip", "application/octet-stream")),
        why="GetDispatchZip. A package; rewritten on its way so that it launches through the proxy.",
    ),
)
