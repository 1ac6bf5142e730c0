"""The statement resource: xAPI 1.0.3 part 3 section 2.1."""

from proxy.adapters.xapi.old_forms import OLD_FORMS
from proxy.adapters.xapi.statement import FORMS, OLD_STATEMENT, SENT, STATEMENT, STORED
from proxy.fields import (
    Body,
    Field,
    Keys,
    Kind,
    Route,
    Session,
    Shape,
    Treat,
    below,
    formed,
    inside,
    json,
    query,
    read_as_old,
)

JSON = ("application/json",)
FILTERS = (
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "format",
    "attachments",
    "ascending",
)
AGENT = Field(query("agent") / json(""), Kind.ACCOUNT, Treat.AGENT, why="whose statements; only the identifier counts")

OLD_SENT = read_as_old(SENT)
OLD = Shape(
    body=Body.READ,
    media=JSON,
    fields=OLD_SENT,
    members=OLD_STATEMENT,
    forms=OLD_FORMS,
    many=Shape(
        body=Body.READ,
        media=JSON,
        fields=inside("/*", OLD_SENT),
        members=below("/*", OLD_STATEMENT),
        forms=formed("/*", OLD_FORMS),
    ),
)
OLD_PUT = Shape(
    body=Body.READ,
    media=JSON,
    keys=Keys(named=("statementId",)),
    fields=OLD_SENT,
    members=OLD_STATEMENT,
    forms=OLD_FORMS,
)
SEND = Shape(
    body=Body.READ,
    media=JSON,
    fields=SENT,
    members=STATEMENT,
    forms=FORMS,
    many=Shape(
        body=Body.READ,
        media=JSON,
        fields=inside("/*", SENT),
        members=below("/*", STATEMENT),
        forms=formed("/*", FORMS),
    ),
    old=OLD,
    mixed=True,
)
ONE = Shape(body=Body.READ, media=JSON, fields=(*STORED, *inside("/statements/*", STORED)), mixed=True)
"""One statement as it is; Ralph puts it into a list of results all the same."""
SOME = Shape(
    body=Body.READ,
    media=JSON,
    fields=(
        *inside("/statements/*", STORED),
        Field(json("/more"), Kind.URL, Treat.MORE, why="a path of the store's with the question in it"),
    ),
    mixed=True,
)
IDS = Shape(body=Body.READ, media=JSON)

ROUTES = (
    Route(
        "xapi.statements.one",
        ("GET",),
        "/statements",
        when=(("statementId", "*"),),
        request=Shape(keys=Keys(named=("statementId", "format", "attachments"))),
        answer=ONE,
        session=Session.USES,
        cors=True,
        why="One statement by its id.",
    ),
    Route(
        "xapi.statements.voided",
        ("GET",),
        "/statements",
        when=(("voidedStatementId", "*"),),
        request=Shape(keys=Keys(named=("voidedStatementId", "format", "attachments"))),
        answer=ONE,
        session=Session.USES,
        cors=True,
        why="One voided statement: voiding is no erasure, the actor is still in it.",
    ),
    Route(
        "xapi.statements.find",
        ("GET",),
        "/statements",
        request=Shape(keys=Keys(named=FILTERS), fields=(AGENT,)),
        answer=SOME,
        session=Session.USES,
        cors=True,
        why="Statements by filter, page by page.",
    ),
    Route(
        "xapi.statements.more",
        ("GET",),
        "/.scormveil/more/{sealed}",
        answer=SOME,
        request=Shape(keys=Keys(others="pass")),
        session=Session.USES,
        cors=True,
        continues="more",
        why="The next page of an answer, at the path that the store gave for it.",
    ),
    Route(
        "xapi.statements.put",
        ("PUT",),
        "/statements",
        request=Shape(
            body=SEND.body,
            media=SEND.media,
            keys=Keys(named=("statementId",)),
            fields=SEND.fields,
            members=SEND.members,
            forms=FORMS,
            old=OLD_PUT,
            mixed=True,
        ),
        answer=Shape(),
        session=Session.USES,
        cors=True,
        why="Stores one statement.",
    ),
    Route(
        "xapi.statements.post",
        ("POST",),
        "/statements",
        request=SEND,
        answer=IDS,
        session=Session.USES,
        cors=True,
        why="Stores one statement or several.",
    ),
)
