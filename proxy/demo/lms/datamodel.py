"""Reading a commit: the JSON that the run-time posts to `/datamodel`."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commit:
    """Changed elements of one launch, with the session key of the page that sent them."""

    sesskey: str
    launch: str
    elements: dict[str, str]


def read_commit(body: bytes) -> Commit:
    """Read `{"sesskey": str, "launch": str, "elements": {name: value}}`; raises ValueError for anything else.

    Values may be JSON strings, numbers or booleans: what a page handed to SetValue is a string by then, but
    run-times that post their own picture of the data model keep numbers.
    """
    read = json.loads(body)
    commit = read if isinstance(read, dict) else {}
    sesskey, launch, elements = (commit.get(name) for name in ("sesskey", "launch", "elements"))
    if not (isinstance(sesskey, str) and isinstance(launch, str) and isinstance(elements, dict)):
        raise ValueError("not a commit")  # noqa: TRY004 - one error for one unreadable commit
    return Commit(sesskey, launch, {name: _text(value) for name, value in elements.items()})


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise ValueError("not a value of the data model")
