"""Learners of the sandbox cloud: renaming them and deleting what is known of them, in both generations of the API.

A learner is no object of her own, only fields on each registration; so both change registrations. The cloud answers at
once and does it a little later. Whether an id in the body of `updateInfo` that differs from the address renames is
documented nowhere: `Renames.by_v2` chooses which cloud this is. V1's `newid` always renames.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from proxy.demo.cloud.model import Learner
from proxy.demo.cloud.realm import App, Mail, Realm


@dataclass
class Renames:
    """How this cloud renames; may be changed while it runs.

    `seconds` pass between the answer and the deed. `by_v2`: `renames`, `ignores-id` (only the names change) or
    `forbidden` (403). `page_size` rows are on a page of a list. `busy` so many calls are answered 429 first.
    """

    seconds: float = 0.2
    by_v2: str = "renames"
    page_size: int = 100
    busy: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(old id, new id) of every rename that was asked for, in order."""


def rename(app: App, learner: str, given: Mapping[str, str]) -> None:
    """Change every registration of a learner; an absent name stays, an empty one is set."""
    for one in app.books.registrations():
        for attempt in (one, *one.past):
            if attempt.learner.id == learner:
                was = attempt.learner
                first, last = given.get("firstName", was.first), given.get("lastName", was.last)
                email = given.get("email", was.email)
                attempt.learner = replace(was, id=given["id"], first=first, last=last, email=email)


def known_in(app: App, learner: str) -> bool:
    """Whether a learner id is on any registration of an application."""
    return any(one.learner.id == learner for one in app.books.registrations())


def erase(realm: Realm, app: App, learner: str, user: str) -> None:
    """Delete what is known of a learner in one application, and mail who asked for it.

    What the real service leaves behind is not published. Here: registrations stay with their results and without a
    learner, details and statements go, tags go. The mail names the other applications that know the id.
    """
    for one in app.books.registrations():
        for attempt in (one, *one.past):
            if attempt.learner.id == learner:
                attempt.learner = Learner("", "", "")
                attempt.imported, attempt.shared = None, {}
                attempt.runtime.comments, attempt.runtime.interactions = [], []
                attempt.runtime.suspend_data = attempt.runtime.location = ""
    tail = f"|{learner}"
    app.statements[:] = [
        one for one in app.statements if not one.statement["actor"].get("account", {}).get("name", "").endswith(tail)
    ]
    app.learner_tags.pop(learner, None)
    others = [one.id for one in realm.children() if one is not app and known_in(one, learner)]
    where = f" The same id is known in: {', '.join(others)}." if others else ""
    realm.mails.append(Mail(user, "Learner data deleted", f"The data of learner {learner} was deleted.{where}"))
