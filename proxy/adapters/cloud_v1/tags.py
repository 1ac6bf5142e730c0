"""`rustici.tagging.*`: tags of learners and registrations, often a department, a manager, a number of an employee."""

from proxy.adapters.cloud_v1.common import (
    CALL,
    ERROR,
    FORM,
    LEARNER_ID,
    READ,
    REGISTRATION,
    SIGNED,
    STATUS,
    WHO_CALLS,
    XML,
)
from proxy.fields import Field, Keys, Kind, Route, Shape, csv, query, xml

OF_LEARNER = Shape(body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, LEARNER_ID))
OF_REGISTRATION = Shape(body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, REGISTRATION))

TAG = Field(query("tag"), Kind.TAG, person="tag")
TAGS = Field(query("tags") / csv(), Kind.TAG, person="tag")

LEARNER_TAG = Shape(body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, LEARNER_ID, TAG))
LEARNER_TAGS = Shape(
    body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, LEARNER_ID, TAGS)
)
REGISTRATION_TAG = Shape(
    body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, REGISTRATION, TAG)
)
REGISTRATION_TAGS = Shape(
    body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, REGISTRATION, TAGS)
)

FOUND = Shape(
    body=READ,
    media=XML,
    keep=(*STATUS, "/rsp/tags/tag"),
    fields=(ERROR, Field(xml("/rsp/tags/tag"), Kind.TAG, person="tag")),
)
DONE = Shape(body=READ, media=XML, keep=STATUS, fields=(ERROR,))

ROUTES = (
    Route(
        "v1.tags.learner",
        CALL,
        "/",
        when=(("method", "rustici.tagging.getLearnerTags"),),
        request=OF_LEARNER,
        answer=FOUND,
        signed="v1",
        why="The LMS reads its own tags again.",
    ),
    Route(
        "v1.tags.set-learner",
        CALL,
        "/",
        when=(("method", "rustici.tagging.setLearnerTags"),),
        request=LEARNER_TAGS,
        answer=DONE,
        signed="v1",
        why="A tag becomes a pseudonym; what it says of a person stays here.",
    ),
    Route(
        "v1.tags.add-learner",
        CALL,
        "/",
        when=(("method", "rustici.tagging.addLearnerTag"),),
        request=LEARNER_TAG,
        answer=DONE,
        signed="v1",
        why="As setLearnerTags.",
    ),
    Route(
        "v1.tags.remove-learner",
        CALL,
        "/",
        when=(("method", "rustici.tagging.removeLearnerTag"),),
        request=LEARNER_TAG,
        answer=DONE,
        signed="v1",
        why="As setLearnerTags.",
    ),
    Route(
        "v1.tags.registration",
        CALL,
        "/",
        when=(("method", "rustici.tagging.getRegistrationTags"),),
        request=OF_REGISTRATION,
        answer=FOUND,
        signed="v1",
        why="As getLearnerTags.",
    ),
    Route(
        "v1.tags.set-registration",
        CALL,
        "/",
        when=(("method", "rustici.tagging.setRegistrationTags"),),
        request=REGISTRATION_TAGS,
        answer=DONE,
        signed="v1",
        why="As setLearnerTags.",
    ),
    Route(
        "v1.tags.add-registration",
        CALL,
        "/",
        when=(("method", "rustici.tagging.addRegistrationTag"),),
        request=REGISTRATION_TAG,
        answer=DONE,
        signed="v1",
        why="As setLearnerTags.",
    ),
    Route(
        "v1.tags.remove-registration",
        CALL,
        "/",
        when=(("method", "rustici.tagging.removeRegistrationTag"),),
        request=REGISTRATION_TAG,
        answer=DONE,
        signed="v1",
        why="As setLearnerTags.",
    ),
)
