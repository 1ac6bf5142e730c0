"""What all calls of the V1 API share: parameters that say who calls, the shape of an answer, and of its error.

Source: docs/protocol/scorm-cloud-api.md section 2. A call may be a GET or a POST; its parameters may stand in the query
or in a form and are one set. The answer is XML, `<rsp stat="ok">` or `<rsp stat="fail"><err code msg/></rsp>`, both
with status 200.
"""

from proxy.fields import Body, Field, Kind, Treat, query, xml

CALL = ("GET", "POST")
FORM = ("application/x-www-form-urlencoded",)
XML = ("text/xml", "application/xml")

SIGNED = ("method", "ts", "origin", "cachebuster", "format")
"""`origin` names the client library, `cachebuster` is a number, `format` the answer's: there is only XML."""

WHO_CALLS = (
    Field(query("appid"), Kind.FREE_TEXT, Treat.KEEP, why="the application; the cloud's own when it is signed anew"),
    Field(query("sig"), Kind.FREE_TEXT, Treat.KEEP, why="verified with the LMS's secret, made anew with the cloud's"),
)

STATUS = ("/rsp/@stat", "/rsp/err/@code", "/rsp/err/@msg", "/rsp/success")

ERROR = Field(xml("/rsp/err/@msg"), Kind.FREE_TEXT, Treat.TEXT, why="quotes ids")

REGISTRATION = Field(query("regid"), Kind.REGISTRATION, person="registration")
LEARNER_ID = Field(query("learnerid"), Kind.SUBJECT)

PARTS = "where results are posted; ours instead, the LMS's stays here"

WHERE_RESULTS_GO = (
    Field(query("postbackurl", "url"), Kind.URL, Treat.PART, level="registration", level_of=("regid",), why=PARTS),
    Field(query("authtype", "auth"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
    Field(query("urlname", "user"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
    Field(query("urlpass", "password"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
    Field(query("resultsformat", "results"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
)

DETAIL = Field(query("resultsformat"), Kind.FREE_TEXT, Treat.DETAIL, why="activity or full; without it: course")

READ = Body.READ
