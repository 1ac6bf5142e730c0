"""What a report says, in the order in which a person who asks reads it (GDPR Article 15(1) to (3))."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.dossier.blocks import Block, Facts, Grid, Heading, Lines, Paragraph

_RIGHTS = (
    "You may ask for your data to be corrected (they come from the learning platform, and are corrected there), to be "
    "erased (`people erase`), or to be kept without being used (`people restrict`); you may object to the processing, "
    "and you may lodge a complaint with a supervisory authority. No decision about you is made by this program alone."
)
_WHAT = (
    "This program stands between the learning platform and the course service. It gives the course service a pseudonym "
    "in place of who you are, and puts you back in place of the pseudonym where results return. What it holds for that "
    "is below. The same is in the file access.json, for programs, with every detail."
)
_KINDS = {
    "subject": "learner id",
    "name": "name",
    "given": "first name",
    "family": "family name",
    "email": "e-mail address",
    "email-sha1": "SHA-1 of the e-mail address",
    "openid": "OpenID",
    "account": "account",
    "registration": "registration",
}
_SESSIONS = (
    "A session lives in a sealed cookie in your browser only; no list of them is kept, so none can be shown. What the "
    "log has are the moments at which one was opened: see below."
)


def blocks(told: Mapping[str, Any]) -> list[Block]:
    """Everything that a report says for people to read; `told` as `people access` writes it in JSON."""
    return [*_front(told), *(block for one in told["people"] for block in _person(one)), *_back(told)]


def _front(told: Mapping[str, Any]) -> Iterator[Block]:
    own = told["controller"]
    yield Facts(
        _facts(
            ("Made", told["made"]),
            ("Case", told["case"]),
            ("Controller", own["controller"]),
            ("Data-protection officer", own["contact"]),
        )
    )
    yield Paragraph(_WHAT)
    yield Heading("Why, from where, for how long")
    yield Facts(
        _facts(
            ("Purposes", own["purposes"]),
            ("Legal basis", own["legal_basis"]),
            ("Source", own["source"] or "The learning platform (LMS) that launched the courses."),
            ("Kept", [*filter(None, (own["retention"],)), told["forgotten_after"]]),
            ("Supervisory authority", own["authority"]),
        )
    )
    yield Paragraph(_RIGHTS)
    yield Heading("Who receives data, and where they are processed")
    rows = tuple((one["mount"], one["address"], one["receives"], one["place"]) for one in told["recipients"])
    yield Grid(("Part", "Recipient", "Receives", "Place of processing, safeguards"), rows, (2, 4, 5, 5))


def _person(one: Mapping[str, Any]) -> Iterator[Block]:
    current = next((row["pseudonym"] for row in one["pseudonyms"] if row["state"] == "current"), "")
    yield Heading(f"Record of {current}", 1)
    yield Heading("Who you are here")
    if "trouble" in one["person"]:
        yield Paragraph(f"The record cannot be read: {one['person']['trouble']}.")
    else:
        texts = one["person"]["texts"]
        yield Facts(_facts(*((_KINDS.get(kind, kind), values) for kind, values in texts.items())))
    restricted = one["restricted"]
    use = f"restricted since {restricted['since']} (case {restricted['case']})" if restricted else "not restricted"
    yield Facts(_facts(("First seen", one["first_seen"]), ("Last seen", one["last_seen"]), ("Use of the data", use)))
    yield Heading("Every pseudonym you have or had")
    pseudonyms = [(row["pseudonym"], row["state"], row["since"], row["key"]) for row in one["pseudonyms"]]
    yield _grid(("Pseudonym", "State", "Since", "Key"), pseudonyms, (7, 2, 4, 2), "There is none.")
    yield Heading("Registrations known here by an id")
    owned = [(row["pseudonym"], _named(row), row["since"]) for row in one["registration_ids"]]
    yield _grid(("Pseudonym", "Id", "Since"), owned, (6, 4, 3), "There is none.")
    yield Heading("Addresses to which results of yours are sent")
    ways = [(row["mount"], row["address"], row["set_for"], row["since"]) for row in one["postback_addresses"]]
    yield _grid(("Part", "Address", "Set for", "Since"), ways, (2, 6, 4, 3), "None is held for you alone.")
    yield Heading("Sessions")
    yield Paragraph(_SESSIONS)
    yield from _sent(one)
    yield from _cloud(one["cloud"])


def _sent(one: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("What was done, and what was sent to whom: summary")
    head = ("Event", "Part", "Route", "By", "Entries", "Times", "First", "Last")
    rows = [
        _columns(row, "event", "mount", "route", "actor", "entries", "times", "first", "last") for row in one["sent"]
    ]
    yield _grid(head, rows, (3, 2, 3, 2, 2, 2, 4, 4), "The log has no entry.")
    yield Heading("What was done, and what was sent to whom: every entry of the log")
    entries = [_columns(row, "number", "at", "event", "mount", "route", "actor", "reason") for row in one["audit"]]
    names = ("No.", "At", "Event", "Part", "Route", "By", "Reason")
    yield _grid(names, entries, (2, 5, 4, 3, 4, 3, 3), "There is none.")


def _cloud(applications: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    yield Heading("What the course service holds")
    if not applications:
        yield Paragraph("No application of the course service could be asked from here.")
    for application in applications:
        for token, held in application["learner_ids"].items():
            rows, tags = held["registrations"], held["tags"]
            yield Paragraph(f"Application {application['application']}, under {token}; tags: {_worded(tags)}.")
            if isinstance(rows, Mapping):
                yield Paragraph(f"Registrations could not be had: {_worded(rows)}.")
                continue
            shown = [_registration(row["registration"]) for row in rows]
            head = ("Registration", "Course", "Completion", "Success", "Last access")
            yield _grid(head, shown, (4, 5, 3, 3, 4), "There is no registration.")
        if "note" in application:
            yield Paragraph(application["note"])


def _registration(row: Mapping[str, Any]) -> tuple[str, ...]:
    course = row.get("course")
    title = str(course.get("title") or course.get("id") or "") if isinstance(course, Mapping) else ""
    members = ("registrationCompletion", "registrationSuccess", "lastAccessDate")
    return (str(row.get("id", "")), title, *(str(row.get(name, "")) for name in members))


def _back(told: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("What is not in here")
    for line in told["not_in_here"]:
        yield Paragraph(line)
    yield Heading("How to check this list against the log")
    for line in told["verify"]["words"]:
        yield Paragraph(line)
    yield Lines(tuple(told["verify"]["commands"]))


def _facts(*pairs: tuple[str, str | Sequence[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Facts with a value; a text of its own is one."""
    found = ((name, (value,) if isinstance(value, str) else tuple(value)) for name, value in pairs)
    return tuple(
        (name, values or ("(not stated)",)) for name, values in ((n, tuple(filter(None, v))) for n, v in found)
    )


def _columns(row: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    return tuple(str(row.get(name, "")) for name in names)


def _grid(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], widths: tuple[int, ...], none: str) -> Block:
    return Grid(head, tuple(rows), widths) if rows else Paragraph(none)


def _named(row: Mapping[str, Any]) -> str:
    texts = row.get("texts", {})
    return ", ".join(value for values in texts.values() for value in values) or str(row.get("trouble", ""))


def _worded(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("trouble", "")) or "none"
    return ", ".join(map(str, value)) if value else "none"
