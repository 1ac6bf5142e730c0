"""Access to the record store, and pipes by which the cloud moves statements itself."""

from proxy.adapters.cloud_v2.shapes import DONE, FILTER, LIST, MORE, NOTHING, RESULT
from proxy.fields import Field, Kind, Route, Treat, below, json, path, shows, takes

NAME = Field(json("/name"), Kind.FREE_TEXT, Treat.KEEP, why="a label that staff gave")
XAPI = ("/id", "/name", "/info", "/secret", "/isEnabled", "/auth", "/permissionsLevel")
XAPI_SET = (
    "/name",
    "/info",
    "/secret",
    "/isEnabled",
    "/auth",
    "/auth/xapiCredentialAuthType",
    "/permissionsLevel",
    "/permissionsLevel/xapiCredentialPermissionsLevel",
)
XAPI_FIELDS = (
    NAME,
    Field(json("/info"), Kind.FREE_TEXT, Treat.KEEP, why="a label that staff gave"),
    Field(json("/secret"), Kind.FREE_TEXT, Treat.KEEP, why="a credential of the record store, the LMS's own choice"),
)
PIPE = ("/source/url", "/source/userName", "/source/password", "/target/url", "/target/userName", "/target/password")
PIPE_FIELDS = (
    Field(json("/source/url"), Kind.URL, Treat.KEEP, why="the exception says so: its statements name people"),
    Field(json("/source/userName"), Kind.FREE_TEXT, Treat.KEEP, why="a credential the cloud needs for it"),
    Field(json("/source/password"), Kind.FREE_TEXT, Treat.KEEP, why="a credential the cloud needs for it"),
    Field(json("/target/url"), Kind.URL, Treat.KEEP, why="gets statements with pseudonyms, never through us"),
    Field(json("/target/userName"), Kind.FREE_TEXT, Treat.KEEP, why="a credential the cloud needs for it"),
    Field(json("/target/password"), Kind.FREE_TEXT, Treat.KEEP, why="a credential the cloud needs for it"),
)
PIPE_SHOWN = (
    "/id",
    "/lastForwardedStatementDate",
    "/moreUrl",
    "/attempts",
    "/visibleAfter",
    "/source/url",
    "/target/url",
)

X = "/xapi/credentials"
X1 = "/xapi/credentials/{xapiCredentialId}"
S = "/xapi/statementPipes"
S1 = "/xapi/statementPipes/{statementPipeId}"

ONE_XAPI = takes(fields=(Field(path("xapiCredentialId"), Kind.FREE_TEXT, Treat.KEEP, why="a login, no secret"),))

ROUTES = (
    Route(
        "cloud.xapi.credentials",
        ("GET",),
        X,
        request=takes(fields=(*LIST, FILTER, MORE)),
        answer=shows("/more", *below("/xapiCredentials/*", XAPI)),
        why="GetXapiCredentials",
    ),
    Route(
        "cloud.xapi.credential.create",
        ("POST",),
        X,
        request=takes(*XAPI_SET, fields=XAPI_FIELDS),
        answer=RESULT,
        why="CreateXapiCredential",
    ),
    Route("cloud.xapi.credential", ("GET",), X1, request=ONE_XAPI, answer=shows(*XAPI), why="GetXapiCredential"),
    Route(
        "cloud.xapi.credential.set",
        ("PUT",),
        X1,
        request=takes(*XAPI_SET, fields=(*XAPI_FIELDS, *ONE_XAPI.fields)),
        answer=DONE,
        why="SetXapiCredential",
    ),
    Route("cloud.xapi.credential.delete", ("DELETE",), X1, request=ONE_XAPI, answer=DONE, why="DeleteXapiCredential"),
    Route(
        "cloud.pipes",
        ("GET",),
        S,
        request=NOTHING,
        answer=shows(*below("/xapiStatementPipes/*", PIPE_SHOWN)),
        why="GetStatementPipes, without the passwords",
    ),
    Route(
        "cloud.pipe.create",
        ("POST",),
        S,
        request=takes(*PIPE, fields=PIPE_FIELDS),
        answer=RESULT,
        refuse="statement-pipes",
        why="CreateStatementPipe. The cloud would fetch or push statements itself, around the proxy.",
    ),
    Route("cloud.pipe", ("GET",), S1, request=NOTHING, answer=shows(*PIPE_SHOWN), why="GetStatementPipe"),
    Route(
        "cloud.pipe.set",
        ("PUT",),
        S1,
        request=takes(*PIPE, fields=PIPE_FIELDS),
        answer=RESULT,
        refuse="statement-pipes",
        why="SetStatementPipe",
    ),
    Route("cloud.pipe.delete", ("DELETE",), S1, request=NOTHING, answer=DONE, why="DeleteStatementPipe"),
)
