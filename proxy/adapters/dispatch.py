"""SCORM Cloud Dispatch: what a downloaded package does, from the LMS page to the launch.

Sources: published dispatch packages (v1; Engine 20.1 of 2020; v2) and the vendor's loader, driver and support pages, as
summed up in docs/protocol/dispatch.md (A… and B… are the rows of its tables). A package lives for years in an LMS,
so all three generations are declared side by side.

Only the launch (A9, B-ii) carries a person. The host page (A7, B1) has the whole launch address in its own query, but
reads it in the browser: it is fetched without any query.
"""

from proxy.fields import (
    Adapter,
    Add,
    Body,
    Direction,
    Field,
    Keys,
    Kind,
    Route,
    Session,
    Shape,
    Treat,
    header,
    json,
    query,
    url,
)

SCRIPTS = ("application/javascript", "text/javascript", "application/x-javascript")
JSON = ("application/json", "text/json", "text/plain", "text/javascript", "application/javascript")

NOBODY = ("Learner", "Unknown", "Anonymous")
"""What the client puts for a missing name part; the third is ours, see `minimise_names`."""

LAUNCH = Shape(
    keys=Keys(
        named=(
            "methodName",
            "tenant",
            "tenantName",
            "dispatchid",
            "dispatchId",
            "launchsecret",
            "launchtoken",
            "launchToken",
            "appId",
            "cachebuster",
        ),
    ),
    fields=(
        Field(query("learnerid", role="LEARNER_ID"), Kind.SUBJECT, required=True),
        Field(query("fname", role="LEARNER_FNAME"), Kind.GIVEN, blanks=NOBODY),
        Field(query("lname", role="LEARNER_LNAME"), Kind.FAMILY, blanks=NOBODY),
        Field(query("pipeurl", role="PIPE_URL"), Kind.URL, Treat.ORIGIN, why="may hold course, attempt or user ids"),
        Field(query("redirecturl", role="REDIRECT_URL"), Kind.URL, Treat.SEAL, why="v1: the LMS's page with its query"),
        Field(query("referringurl", role="REFERRING_URL"), Kind.URL, Treat.BLANK, why="LMS session and user ids"),
        Field(query("cssurl", role="CSS_URL"), Kind.URL, Treat.ADDRESS, why="names a host, not a person"),
        Field(query("regid", role="_REGISTRATION_ARGUMENT"), Kind.REGISTRATION, Treat.TOKEN),
    ),
)

NESTED = query("URL") / url()

HOST = Shape(
    keys=Keys(named=("cachebuster",), others="pass", forward=False),
    fields=(
        Field(NESTED / query("learnerid", role="LEARNER_ID"), Kind.SUBJECT, required=True),
        Field(NESTED / query("fname", role="LEARNER_FNAME"), Kind.GIVEN, blanks=NOBODY),
        Field(NESTED / query("lname", role="LEARNER_LNAME"), Kind.FAMILY, blanks=NOBODY),
        Field(NESTED / query("pipeurl", role="PIPE_URL"), Kind.URL, Treat.ORIGIN, why="as in the launch"),
        Field(NESTED / query("redirecturl", role="REDIRECT_URL"), Kind.URL, Treat.SEAL, why="as in the launch"),
        Field(NESTED / query("referringurl", role="REFERRING_URL"), Kind.URL, Treat.BLANK, why="as in the launch"),
    ),
)

PRELAUNCH = Shape(
    keys=Keys(
        named=(
            "methodName",
            "tenant",
            "dispatchid",
            "dispatchId",
            "launchsecret",
            "launchtoken",
            "launchToken",
            "appId",
            "cachebuster",
        ),
    ),
    fields=(
        Field(header("DispatchId"), Kind.REGISTRATION, Treat.KEEP, why="the dispatch, not a person"),
        Field(header("DispatchToken"), Kind.REGISTRATION, Treat.KEEP, why="a credential of the package"),
    ),
)

POLL = Shape(
    keys=Keys(
        named=(
            "methodName",
            "registrationId",
            "tenantName",
            "tenant",
            "dispatchId",
            "dispatchid",
            "registrationUpdateDate",
            "appId",
        ),
    ),
    fields=(Field(query("registrationId"), Kind.REGISTRATION, Treat.TOKEN, required=True),),
)

ADAPTER = Adapter(
    name="dispatch",
    faces=Direction.OUTWARD,
    summary="The dispatch client in the LMS page: scripts, pre-launch, host page, launch, polling, closer.",
    request_headers=("launchtoken", "dispatchid", "dispatchtoken", "x-requested-with"),
    routes=(
        Route(
            "dispatch.custom-config",
            ("GET",),
            "/api/cloud/dispatch/{dispatch}/customConfig",
            learned="custom-config",
            request=Shape(keys=Keys(named=("appId", "cachebuster"))),
            answer=Shape(
                body=Body.READ,
                media=JSON,
                keep=("/DispatchClientLoaderFilename",),
                fields=(Field(json("/DispatchClientLoaderFilename"), Kind.URL, Treat.TOKEN),),
            ),
            cors=True,
            why="A2. Every key of the answer becomes a global of the LMS page, so only the one known key passes.",
        ),
        Route(
            "dispatch.prelaunch",
            ("GET",),
            "/{any:**}",
            when=(("methodName", "PreLaunchConfiguration"),),
            learned="prelaunch",
            request=PRELAUNCH,
            answer=Shape(
                body=Body.READ,
                media=JSON,
                keep=("/launchToken",),
                adds=(
                    Add("learnerIdTemplate", "{{learnerId}}"),
                    Add("learnerFirstNameTemplate", "{{learnerFirstName}}"),
                    Add("learnerLastNameTemplate", "{{learnerLastName}}"),
                    Add("learnerFirstNameTemplate", "Learner", policy="minimise_names"),
                    Add("learnerLastNameTemplate", "Anonymous", policy="minimise_names"),
                ),
            ),
            cors=True,
            why="A4. Templates of the answer decide what the browser sends; ours replace the cloud's.",
        ),
        Route(
            "dispatch.poll",
            ("GET",),
            "/{any:**}",
            when=(("methodName", "GetRegistration"),),
            request=POLL,
            answer=Shape(
                body=Body.READ,
                media=JSON,
                keep=("/completionStatus", "/successStatus", "/scoreIsKnown", "/score", "/updated"),
            ),
            session=Session.USES,
            cors=True,
            why="C2. The LMS page asks for the result of non-SCORM content; it uses five fields of the answer.",
        ),
        Route(
            "dispatch.launch",
            ("GET",),
            "/{any:**}",
            when=(("methodName", "Launch"),),
            learned="launch",
            request=LAUNCH,
            session=Session.OPENS,
            why="A9, B2. The one request that names the learner.",
        ),
        Route(
            "dispatch.script.client",
            ("GET",),
            "/{root:**}/dispatch.client.{script:*}.js",
            request=Shape(keys=Keys(named=("cache", "cachebuster"), others="drop")),
            answer=Shape(body=Body.SCRIPT, media=SCRIPTS),
            why="A3, A5. Loader and driver run in the LMS page, where every name can be read.",
        ),
        Route(
            "dispatch.script.scormdriver",
            ("GET",),
            "/{root:**}/scormdriver.js",
            request=Shape(keys=Keys(named=("cache", "cachebuster"), others="drop")),
            answer=Shape(body=Body.SCRIPT, media=SCRIPTS),
            why="A1. Runs in the LMS page.",
        ),
        Route(
            "dispatch.loading",
            ("GET",),
            "/{root:**}/loading.html",
            request=Shape(keys=Keys(others="drop")),
            why="A6. A page that says: please wait.",
        ),
        Route(
            "dispatch.host",
            ("GET",),
            "/{root:**}/DispatchHost{version:*}.html",
            learned="host",
            request=HOST,
            session=Session.OPENS,
            wash=True,
            why="A7, B1. Holds the launch address, doubly encoded, in its query, which its script reads: so it is led to "
            "the same page with pseudonyms in the address, and the cloud is asked for it without any query.",
        ),
        Route(
            "dispatch.closer",
            ("GET",),
            "/{root:**}/Closer{version:*}.html",
            request=Shape(keys=Keys(others="pass")),
            session=Session.USES,
            why="A17. Tells the LMS page that the course has ended.",
        ),
    ),
)
