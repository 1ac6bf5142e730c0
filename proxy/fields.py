"""The vocabulary in which protocol adapters say where people live in a message.

Declarations are data: an adapter module holds `Route` and `Field` values and nothing that runs. Places nest with `/`,
because identities hide in formats within formats::

    query("URL") / url() / query("learnerid")     # a query value that is itself an address
    form("data") / json("/learner/id")            # a JSON text in a form field

A `Place` names carriers from the outside in. At the top level `query`, `path` and `header` look at the message itself,
the others at its body. After a step they look at the value which that step gave.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from proxy.errors import AdapterInvalid
from proxy.people import Direction as Direction
from proxy.people import Kind as Kind
from proxy.places import Place as Place
from proxy.places import Step as Step
from proxy.places import cmi as cmi
from proxy.places import csv as csv
from proxy.places import form as form
from proxy.places import header as header
from proxy.places import ini as ini
from proxy.places import json as json
from proxy.places import lines as lines
from proxy.places import lz as lz
from proxy.places import path as path
from proxy.places import query as query
from proxy.places import table as table
from proxy.places import text as text
from proxy.places import url as url
from proxy.places import xml as xml
from proxy.treatments import Treat as Treat


@dataclass(frozen=True, slots=True)
class Field:
    """One place and what lives there. `person` groups the fields of one human within a message.

    `blanks` are words a client puts there when it knows nothing; they say nothing of a person. `new`: a registration
    named here may be a new one, so that its id may get a pseudonym; elsewhere only ids that have one are translated.
    `exact`: an id nobody knows is refused, because part of one would say as much as the whole. `unless` names the
    exception under which a REFUSE lets the value pass. For POSTBACK and SETTINGS `level` says whose results are meant,
    and `level_of` the path's variables that say which, where no registration or dispatch is named beside them. For
    AGENT `reading` has the words `object` (it may be another thing than an agent) and `old` (xAPI 0.9 and 0.95); for
    TOKEN the words that may stand there, in any case, if not every one may.
    """

    place: Place
    kind: Kind
    treat: Treat = Treat.TRANSLATE
    person: str = "learner"
    required: bool = False
    blanks: tuple[str, ...] = ()
    new: bool = False
    exact: bool = False
    level: str = ""
    level_of: tuple[str, ...] = ()
    unless: str = ""
    reading: str = ""
    why: str = ""


class Body(StrEnum):
    """How the body of a message is handled."""

    NONE = "none"
    """There must be none."""
    READ = "read"
    """Read whole (up to the limit), opened by its media type, rewritten."""
    STREAM = "stream"
    """Passed on chunk by chunk; addresses are turned in text types. Answers only: course files and pages."""
    SCRIPT = "script"
    """Read whole, compared with the pinned digest, addresses turned. It will run in the LMS page."""
    PACKAGE = "package"
    """A dispatch zip: read whole and rewritten like `scormveil package rewrite`."""
    FILE = "file"
    """A download of course content, passed on unread; of an error only its text is."""
    DOCUMENT = "document"
    """Bytes of any type that are not altered: outward what can be read as text is guarded, the rest is policy."""
    UPLOAD = "upload"
    """A multipart form with a file of course content: its part names and texts are read, the file is not."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Which query keys a request may have. `others` says what happens to keys that are neither named nor a field's."""

    named: tuple[str, ...] = ()
    others: str = "refuse"
    """refuse | drop | pass (the guard still reads them)."""
    forward: bool = True
    """False: the request goes on without any query; the page reads its address in the browser."""


@dataclass(frozen=True, slots=True)
class Add:
    """A member that the proxy itself puts into a JSON answer; with `policy` only where that policy is on."""

    key: str
    value: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What one half of an exchange looks like.

    `media` are the content types allowed (with `Body.NONE` none is). `keep` is the allow-list of JSON pointers of an
    answer; what it does not name is removed before anyone sees it. With `keep` empty everything stays. `details` are
    further pointers that only an audience for details sees. `results` is where registrations stand in the answer (""
    for one alone): there an audience's own list of fields holds. `stream_list` is the pointer of a list at the root
    (`/registrations`) that is carried on while it comes, some elements at a time. `adds` are members the proxy puts
    in itself after that. `members` are the pointers (request) that a JSON body may have; any other member is refused.
    `parts` are the names of an upload's parts. `whose` is a person (`Field.person`) whom a request must name somehow.
    """

    body: Body = Body.NONE
    media: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    keys: Keys = field(default=Keys())
    keep: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    results: str | None = None
    adds: tuple[Add, ...] = ()
    stream_list: str = ""
    members: tuple[str, ...] | None = None
    parts: tuple[str, ...] = ()
    whose: str = ""
    many: "Shape | None" = None
    """The shape of a JSON list of such things, if the body is one."""
    old: "Shape | None" = None
    """The shape of what a client of xAPI 0.9 or 0.95 sends: it says so in its version header, or has none."""
    mixed: bool = False
    """The body may also be multipart/mixed: this, and the attachments it speaks of (xAPI 1.0.3 part 3, 1.5.2)."""
    forms: tuple[tuple[str, str], ...] = ()
    """How values of a JSON body are written that are nobody's text: pointer and form (`proxy.rewrite.forms`)."""
    one_set: bool = False
    """The fields of a form body are parameters like those of the query: `query(…)` and `keys` speak of both."""


NOTHING_KEPT = ("/nothing",)
"""The allow-list of an answer of which nobody needs anything; it may be empty, too."""


class Session(StrEnum):
    """What a route has to do with the session that a launch opens."""

    NONE = "none"
    OPENS = "opens"
    USES = "uses"
    """The session's identities are guarded against if there is a session."""
    NEEDS = "needs"
    """Without a session the message is refused: its body could hold an identity nobody could recognise."""


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of exchange.

    `path` is a template: `/a/{id}/b`, where `{id}` is one segment, `{rest:**}` any number of segments (also none) and
    `{x:*}` part of a segment; it begins with `~/` for the further hosts of a mount, and is empty where only the mount's
    `routes` say where. `when` lists query conditions `(key, value)`, where `*` is any value. A route with `refuse` is
    recognised and refused, unless the mount makes an exception of it. `details`: the whole answer is detail, so that
    only an audience for details may ask. `login` names the credential it takes: "" the application's, "management" that
    of the realm, "none". `learned` ("launch", "prelaunch", "custom-config") also matches that path of every registered
    package; for launches the steps' roles then name the query keys ("host": the package of the launch address nested in
    `URL`). `cors` allows the LMS's pages to call the route across origins. `wash`: a request that names a person is
    answered with a redirect to the same page with her pseudonym in its address, so that not even the page's own script
    sees her. `signed` names the scheme by which the request is verified, and signed anew once it is rewritten
    (`proxy.passage.signatures`). `launches` is the query key of a registration whose learner a browser launches by this
    request. `continues`: the variable `sealed` of the path holds where to ask, as Treat.MORE ("more") or FETCH
    ("fetch") sealed it.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    when: tuple[tuple[str, str], ...] = ()
    request: Shape = field(default=Shape())
    answer: Shape = field(default=Shape(body=Body.STREAM))
    session: Session = Session.NONE
    cors: bool = False
    learned: str = ""
    wash: bool = False
    refuse: str = ""
    details: bool = False
    login: str = ""
    signed: str = ""
    launches: str = ""
    continues: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Adapter:
    """Everything one protocol declares. `faces` is the direction of its requests."""

    name: str
    faces: Direction
    summary: str
    routes: tuple[Route, ...]
    request_headers: tuple[str, ...] = ()
    """Header fields that may travel outward beside the ones every message needs; all others are dropped."""
    answer_headers: tuple[str, ...] = ()
    """Header fields of answers that go on beside the usual ones; pages of other origins may read them."""
    crowd: bool = False
    """Calls between servers: a message without a session is searched for everybody seen lately."""
    callers_only: bool = False
    """People are shown only to who presents the platform's own key: others who come, courses, see pseudonyms."""
    withholds_addresses: bool = False
    """E-mail addresses in free text are withheld, whoever's they are."""
    error_texts: bool = False
    """Texts of errors go on whole; of others only what SCORM Cloud's API puts into its own."""
    alternate_syntax: bool = False
    """A POST with `method` in its query is another request, written into a form (xAPI 1.0.3 part 3, 1.3)."""

    def route(self, name: str) -> Route:
        """Return the route called `name`; `AdapterInvalid` if there is none."""
        for candidate in self.routes:
            if candidate.name == name:
                return candidate
        raise AdapterInvalid("no-such-route", route=name)


def plain(*places: Place) -> tuple[Field, ...]:
    """Declare numbers, times and truth values."""
    return tuple(Field(one, Kind.FREE_TEXT, Treat.PLAIN, why="a number, a time or a truth value") for one in places)


def words(*places: Place) -> tuple[Field, ...]:
    """Declare words of the protocol."""
    return tuple(Field(one, Kind.FREE_TEXT, Treat.TOKEN, why="a word of the protocol") for one in places)


def about(person: str, *fields: Field) -> tuple[Field, ...]:
    """Group `fields` under one human."""
    return tuple(replace(one, person=person) for one in fields)


def read_as_old(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Agents among `fields` are written as in xAPI 0.9 and 0.95."""
    return tuple(
        replace(one, reading=f"{one.reading} old".strip()) if one.treat is Treat.AGENT else one for one in fields
    )


def inside(pointer: str, fields: Sequence[Field]) -> tuple[Field, ...]:
    """Move fields of a JSON object to where that object stands in another: below `pointer`."""
    return tuple(
        replace(one, place=Place((Step("json", pointer + one.place.steps[0].selector), *one.place.steps[1:])))
        for one in fields
    )


def packed(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Move fields of a body into a body that LZString packed."""
    return tuple(replace(one, place=lz() / one.place) for one in fields)


def below(pointer: str, pointers: Sequence[str]) -> tuple[str, ...]:
    """Move JSON pointers to below `pointer`."""
    return tuple(pointer + one for one in pointers)


def formed(pointer: str, forms: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Move forms of a JSON object's values to where that object stands in another."""
    return tuple((pointer + one, form) for one, form in forms)


def takes(
    *members: str, fields: tuple[Field, ...] = (), keys: tuple[str, ...] = (), media: str = "application/json"
) -> Shape:
    """Return a request that may have a body of these members (or pairs, of a form) and no others, and these keys."""
    return Shape(body=Body.READ, media=(media,), keys=Keys(named=keys), fields=fields, members=members)


def shows(
    *keep: str,
    fields: tuple[Field, ...] = (),
    details: tuple[str, ...] = (),
    results: str | None = None,
    stream_list: str = "",
) -> Shape:
    """Return a JSON answer of which this is kept; nothing of it is kept if that is empty."""
    kept = keep or NOTHING_KEPT
    return Shape(
        body=Body.READ,
        media=("application/json",),
        keep=kept,
        fields=fields,
        details=details,
        results=results,
        stream_list=stream_list,
    )
