"""Where people are in an xAPI statement: xAPI 1.0.3 part 2 section 2.4, and what IEEE 9274.1.1 (2.0) added to it.

A SubStatement is an object of a statement with an actor, an object and a context of its own; it is never nested
(1.0.3 part 2, 2.4.4.3). contextAgents and contextGroups are new in 2.0; a store of 1.0 refuses them itself.
"""

from proxy.fields import Field, Kind, Treat, below, formed, inside, json

DEFINITION = (
    "/name/@language",
    "/description/@language",
    "/type",
    "/moreInfo",
    "/interactionType",
    "/correctResponsesPattern/*",
    *below("/choices/*", ("/id", "/description/@language")),
    *below("/scale/*", ("/id", "/description/@language")),
    *below("/source/*", ("/id", "/description/@language")),
    *below("/target/*", ("/id", "/description/@language")),
    *below("/steps/*", ("/id", "/description/@language")),
    "/extensions",
)
ACTIVITY = ("/objectType", "/id", *below("/definition", DEFINITION))
AGENT = ("/name", "/mbox", "/mbox_sha1sum", "/openid", "/account/**", "/member/**")
CONTEXT = (
    "/registration",
    "/instructor",
    "/team",
    *below("/contextAgents/*", ("/objectType", "/agent", "/relevantTypes/*")),
    *below("/contextGroups/*", ("/objectType", "/group", "/relevantTypes/*")),
    *below("/contextActivities/parent", ACTIVITY),
    *below("/contextActivities/parent/*", ACTIVITY),
    *below("/contextActivities/grouping", ACTIVITY),
    *below("/contextActivities/grouping/*", ACTIVITY),
    *below("/contextActivities/category", ACTIVITY),
    *below("/contextActivities/category/*", ACTIVITY),
    *below("/contextActivities/other", ACTIVITY),
    *below("/contextActivities/other/*", ACTIVITY),
    "/revision",
    "/platform",
    "/language",
    *below("/statement", ("/objectType", "/id")),
    "/extensions",
)
RESULT = (
    *below("/score", ("/scaled", "/raw", "/min", "/max")),
    "/success",
    "/completion",
    "/response",
    "/duration",
    "/extensions",
)
ATTACHMENT = (
    "/usageType",
    "/display/@language",
    "/description/@language",
    "/contentType",
    "/length",
    "/sha2",
    "/fileUrl",
)
CORE = (
    "/actor",
    "/verb/id",
    "/verb/display/@language",
    *below("/result", RESULT),
    *below("/context", CONTEXT),
    "/timestamp",
    *below("/attachments/*", ATTACHMENT),
)
STATEMENT = (
    "/id",
    *CORE,
    "/stored",
    "/authority/**",
    "/version",
    *below("/object", (*ACTIVITY, *AGENT)),
    *below("/object", CORE),
    *below("/object/object", (*ACTIVITY, *AGENT)),
)
"""Every member that a statement may have; another one could be a name that nobody looks at."""

DEFINITION_FORMS = (
    ("/type", "iri"),
    ("/moreInfo", "iri"),
    ("/interactionType", "word"),
    ("/correctResponsesPattern", "texts"),
    ("/choices/*/id", "text"),
    ("/scale/*/id", "text"),
    ("/source/*/id", "text"),
    ("/target/*/id", "text"),
    ("/steps/*/id", "text"),
)
ACTIVITY_FORMS = (("/objectType", "word"), *formed("/definition", DEFINITION_FORMS))
"""An activity's own id depends on what the object is: the id of a StatementRef is none of an activity."""
CONTEXT_FORMS = (
    ("/registration", "uuid"),
    ("/language", "language"),
    ("/statement/objectType", "word"),
    ("/statement/id", "uuid"),
    ("/contextAgents/*/objectType", "word"),
    ("/contextAgents/*/relevantTypes/*", "iri"),
    ("/contextGroups/*/objectType", "word"),
    ("/contextGroups/*/relevantTypes/*", "iri"),
    ("/contextActivities/parent/*/id", "iri"),
    ("/contextActivities/grouping/*/id", "iri"),
    ("/contextActivities/category/*/id", "iri"),
    ("/contextActivities/other/*/id", "iri"),
    ("/contextActivities/parent/id", "iri"),
    ("/contextActivities/grouping/id", "iri"),
    ("/contextActivities/category/id", "iri"),
    ("/contextActivities/other/id", "iri"),
    *formed("/contextActivities/parent/*", ACTIVITY_FORMS),
    *formed("/contextActivities/grouping/*", ACTIVITY_FORMS),
    *formed("/contextActivities/category/*", ACTIVITY_FORMS),
    *formed("/contextActivities/other/*", ACTIVITY_FORMS),
    *formed("/contextActivities/parent", ACTIVITY_FORMS),
    *formed("/contextActivities/grouping", ACTIVITY_FORMS),
    *formed("/contextActivities/category", ACTIVITY_FORMS),
    *formed("/contextActivities/other", ACTIVITY_FORMS),
)
CORE_FORMS = (
    ("/verb/id", "iri"),
    ("/object/id", "id"),
    *formed("/object", ACTIVITY_FORMS),
    ("/result/score/scaled", "number"),
    ("/result/score/raw", "number"),
    ("/result/score/min", "number"),
    ("/result/score/max", "number"),
    ("/result/success", "boolean"),
    ("/result/completion", "boolean"),
    ("/result/duration", "duration"),
    *formed("/context", CONTEXT_FORMS),
    ("/timestamp", "time"),
    ("/attachments/*/usageType", "iri"),
    ("/attachments/*/contentType", "media"),
    ("/attachments/*/length", "number"),
    ("/attachments/*/sha2", "digest"),
    ("/attachments/*/fileUrl", "text"),
)
FORMS = (
    ("/id", "uuid"),
    ("/stored", "time"),
    ("/version", "version"),
    *CORE_FORMS,
    *formed("/object", CORE_FORMS),
)
"""How everything in a statement is written that is nobody's text; another thing in its place could be a name."""

WRITTEN = "what somebody wrote; the identities of the exchange in it are replaced, all others guarded"

DEFINITION_FIELDS = (
    Field(json("/name/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/choices/*/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/scale/*/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/source/*/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/target/*/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/steps/*/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/correctResponsesPattern/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/extensions"), Kind.FREE_TEXT, Treat.EXTENSIONS, why="policy, by IRI"),
)
CONTEXT_FIELDS = (
    Field(json("/instructor"), Kind.ACCOUNT, Treat.AGENT, why="teachers are people, too"),
    Field(json("/team"), Kind.ACCOUNT, Treat.AGENT, why="a group with its members"),
    Field(json("/contextAgents/*/agent"), Kind.ACCOUNT, Treat.AGENT, why="2.0"),
    Field(json("/contextGroups/*/group"), Kind.ACCOUNT, Treat.AGENT, why="2.0"),
    Field(json("/revision"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/platform"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/extensions"), Kind.FREE_TEXT, Treat.EXTENSIONS, why="policy, by IRI"),
    *inside("/contextActivities/*/definition", DEFINITION_FIELDS),
    *inside("/contextActivities/*/*/definition", DEFINITION_FIELDS),
)
CORE_FIELDS = (
    Field(json("/actor"), Kind.ACCOUNT, Treat.AGENT, why="who did it"),
    Field(json("/object"), Kind.ACCOUNT, Treat.AGENT, reading="object", why="to whom, if it was done to somebody"),
    Field(json("/verb/display/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/result/response"), Kind.FREE_TEXT, Treat.TEXT, why="what a learner answered"),
    Field(json("/result/extensions"), Kind.FREE_TEXT, Treat.EXTENSIONS, why="policy, by IRI"),
    *inside("/context", CONTEXT_FIELDS),
    *inside("/object/definition", DEFINITION_FIELDS),
    Field(json("/attachments/*/display/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/attachments/*/description/*"), Kind.FREE_TEXT, Treat.TEXT, why=WRITTEN),
    Field(json("/attachments/*/fileUrl"), Kind.FREE_TEXT, Treat.TEXT, why="may name who handed it in"),
)
PEOPLE = (*CORE_FIELDS, *inside("/object", CORE_FIELDS))
"""A statement's fields, those of a SubStatement among them."""

OLD_STATEMENT = (*STATEMENT, "/verb", "/voided", "/inProgress", "/object/verb", "/object/inProgress")
"""0.9 and 0.95: a verb is a word, a statement says whether it is in progress or voided."""

SENT = (
    *PEOPLE,
    Field(json("/authority"), Kind.ACCOUNT, Treat.DROP, why="the store makes it of the login, which is ours"),
)
STORED = (*PEOPLE, Field(json("/authority"), Kind.ACCOUNT, Treat.AGENT, why="restored if it is somebody of ours"))
