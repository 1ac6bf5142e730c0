"""Learners. They are no objects of their own there: id, names and address are fields of each registration."""

from proxy.adapters.cloud_v2.shapes import DONE, LEARNER_TAG_LIST
from proxy.fields import Field, Kind, Route, Treat, json, path, query, shows, takes

HER = Field(path("learnerId"), Kind.SUBJECT)

L = "/learner/{learnerId}"

ROUTES = (
    Route(
        "cloud.learners.tags",
        ("PUT",),
        "/learner/tags",
        request=takes("/ids/*", "/tags/*", fields=(Field(json("/ids/*"), Kind.SUBJECT), *LEARNER_TAG_LIST)),
        answer=DONE,
        why="PutLearnerTagsBatch",
    ),
    Route(
        "cloud.learner.tags",
        ("GET",),
        f"{L}/tags",
        request=takes(fields=(HER,)),
        answer=shows("/tags/*", fields=LEARNER_TAG_LIST),
        why="GetLearnerTags",
    ),
    Route(
        "cloud.learner.tags.change",
        ("PUT", "DELETE"),
        f"{L}/tags",
        request=takes("/tags/*", fields=(HER, *LEARNER_TAG_LIST)),
        answer=DONE,
        why="PutLearnerTags, DeleteLearnerTags",
    ),
    Route(
        "cloud.learner.update",
        ("POST",),
        f"{L}/updateInfo",
        request=takes(
            "/id",
            "/email",
            "/firstName",
            "/lastName",
            fields=(
                HER,
                Field(json("/id"), Kind.SUBJECT),
                Field(json("/email"), Kind.EMAIL, Treat.OMIT, why="an empty one would overwrite what is stored"),
                Field(json("/firstName"), Kind.GIVEN),
                Field(json("/lastName"), Kind.FAMILY),
            ),
        ),
        answer=DONE,
        why="UpdateLearnerInfo. Another id in the body than in the path would be another person: refused.",
    ),
    Route(
        "cloud.learner.delete",
        ("POST",),
        f"{L}/delete-information",
        request=takes(
            fields=(HER, Field(query("userEmail"), Kind.EMAIL, Treat.KEEP, why="an owner of the realm; gets a mail"))
        ),
        answer=DONE,
        why="DeleteAllLearnerData, at the cloud only; `scormveil people erase` forgets her here as well",
    ),
)
