"""Postbacks of SCORM Cloud: the cloud reports a result to the LMS.

Sources: the vendor's postback guide and the official client; docs/protocol/scorm-cloud-api.md section 3. The payload is the
JSON of GetRegistrationProgress. The cloud repeats on 4xx, 5xx and time-out, up to 70 times, and takes 3xx for success.
The request enters the trusted side, so it is re-identified; of the LMS's answer only "accepted" travels back.
"""

from proxy.adapters.registration import HIGH_LEVEL, LEARNER
from proxy.fields import Adapter, Body, Direction, Keys, Route, Shape

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
                results="",
                fields=LEARNER,
            ),
            answer=Shape(body=Body.NONE),
            why="One registration's result.",
        ),
    ),
)
