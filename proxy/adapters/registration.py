"""The result of a registration, as SCORM Cloud writes it in API answers and postbacks alike.

Source: the official client's RegistrationSchema; docs/protocol/scorm-cloud-api.md. What is kept is what the vendor calls
the big four (completion, success, score, time) with the dates and ids that go with them; everything below
`activityDetails`, `runtime` and their like is detail.
"""

from proxy.fields import Field, Kind, json

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

LEARNER = (
    Field(json("/learner/id"), Kind.SUBJECT),
    Field(json("/learner/firstName"), Kind.GIVEN),
    Field(json("/learner/lastName"), Kind.FAMILY),
    Field(json("/learner/email"), Kind.EMAIL),
)
