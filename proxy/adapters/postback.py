"""Postbacks of SCORM Cloud: the cloud reports a result to the LMS.

Sources: the vendor's postback guide and the official client; docs/protocol/scorm-cloud-api.md section 3. The payload is the
JSON of GetRegistrationProgress. The cloud repeats on 4xx, 5xx and time-out, up to 70 times, and takes 3xx for success.
The request enters the trusted side, so it is re-identified; of the LMS's answer only "accepted" travels back.
"""

from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Shape, json

HIGH_LEVEL = (
    "/id",
    "/instance",
    "/xapiRegistrationId",
    "/updated",
    "/registrationCompletion",
    "/registrationCompletionAmount",
    "/registrationSuccess",
    "/score/scaled",
    "/totalSecondsTracked",
    "/createdDate",
    "/firstAccessDate",
    "/lastAccessDate",
    "/completedDate",
    "/course/id",
    "/course/title",
    "/course/version",
    "/learner/id",
    "/learner/firstName",
    "/learner/lastName",
    "/learner/email",
)

ADAPTER = Adapter(
    name="postback",
    faces=Direction.INWARD,
    summary="Results pushed by the cloud, relayed to the LMS with the real person and without details.",
    request_headers=("authorization",),
    routes=(
        Route(
            "postback.json",
            ("POST",),
            "/",
            request=Shape(
                body=Body.READ,
                media=("application/json",),
                keys=Keys(),
                keep=HIGH_LEVEL,
                fields=(
                    Field(json("/learner/id"), Kind.SUBJECT),
                    Field(json("/learner/firstName"), Kind.GIVEN),
                    Field(json("/learner/lastName"), Kind.FAMILY),
                    Field(json("/learner/email"), Kind.EMAIL),
                ),
            ),
            answer=Shape(body=Body.NONE),
            why="One registration's result.",
        ),
    ),
)
