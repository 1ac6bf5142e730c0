"""What several operations of SCORM Cloud's API v2 have in common.

Sources: the official Python client 5.0.0 (paths, parameters, members), the vendor's API documentation, and what both
leave open, in docs/protocol/scorm-cloud-api.md.
"""

from proxy.fields import Field, Kind, Treat, below, csv, json, plain, query, shows, takes, words

NOTHING = takes()
"""No body, or the `{}` that the official client sends with every POST, PUT and DELETE."""

DONE = shows()
"""204, or an answer nobody needs."""

LIST = (
    *plain(query("since"), query("until"), query("includeTotalCount")),
    *words(query("datetimeFilter"), query("filterBy"), query("orderBy")),
)
"""Query keys of every list. Sorting by a name sorts pseudonyms; `filterBy` only says what `filter` is compared with."""

TIMES = plain(query("since"), query("until"))

MORE = Field(query("more"), Kind.FREE_TEXT, Treat.KEEP, why="the cloud's own mark of a place in a list, opaque")

FILTER = Field(query("filter"), Kind.FREE_TEXT, Treat.KEEP, why="searches courses, dispatches, labels: not learners")

TAGS_OF_THINGS = Field(query("tags") / csv(), Kind.FREE_TEXT, Treat.KEEP, why="tags of courses and dispatches")

TAG_LIST = takes("/tags/*", fields=(Field(json("/tags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of no learner"),))

TAG_BATCH = takes(
    "/ids/*",
    "/tags/*",
    fields=(
        Field(
            json("/ids/*"), Kind.FREE_TEXT, Treat.OPAQUE, why="ids of courses, dispatches, destinations, invitations"
        ),
        Field(json("/tags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of no learner"),
    ),
)

LAUNCH_AUTH = (
    "/launchAuth/type",
    *below("/launchAuth/options", ("/ipAddress", "/fingerprint", "/expiry", "/slidingExpiry")),
)
LAUNCH_AUTH_FIELDS = (
    *words(json("/launchAuth/type")),
    *plain(
        json("/launchAuth/options/ipAddress"),
        json("/launchAuth/options/fingerprint"),
        json("/launchAuth/options/expiry"),
        json("/launchAuth/options/slidingExpiry"),
    ),
)
"""Whether the cloud compares address and browser of whoever follows a link: a yes or no, not the address."""

TAGS_SHOWN = shows("/tags/*")

LEARNER_TAG_LIST = (Field(json("/tags/*"), Kind.TAG),)

DETAIL_FLAGS = (
    Field(query("includeChildResults"), Kind.FREE_TEXT, Treat.DETAIL, why="asks for details"),
    Field(query("includeInteractionsAndObjectives"), Kind.FREE_TEXT, Treat.DETAIL, why="asks for details"),
    Field(query("includeRuntime"), Kind.FREE_TEXT, Treat.DETAIL, why="asks for details"),
)

RESULT = shows("/result")

SETTINGS_SHOWN = shows("/settingItems", fields=(Field(json("/settingItems"), Kind.URL, Treat.SETTINGS),))

STATEMENTS_SHOWN = shows("/statements", "/more")
"""xAPI statements are details: only an audience for details gets them, with the pseudonyms that the cloud has."""

STAFF = "an account holder at the cloud, not a learner"
