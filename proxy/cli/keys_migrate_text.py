"""What `scormveil keys migrate` says: the plan before, the report after, the list for deletion in the cloud."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import orjson

from proxy.upkeep import Held, Moved, Report, Retired

NOTES = (
    "No list of registrations shows that xAPI statements keep the actor account they were made with (APPID|pseudonym).",
    "Learner tags hang on the id; launch histories, and statements that were piped elsewhere, name it.",
    "Postbacks that are still being repeated name it, for 17.5 hours at most.",
    "To delete it there, in each application: POST /learner/PSEUDONYM/delete-information?userEmail=ADMINISTRATOR.",
)

_TO_KNOW = (
    "Who launches in the very seconds in which she is renamed waits for that. Nobody else notices anything.",
    "A course that is open keeps the old cmi.learner_id until it is closed; its results come back to the right person.",
    "Who is not renamed in every application keeps her pseudonym and her progress, and is listed.",
    "There is no way back to an old pseudonym; it leads to its person until --retire.",
    "The cloud is asked to rename, so the cloud knows which old and new pseudonym belong together.",
)

RETIRING = (
    "Former pseudonyms of a day ago and longer will lead to nobody any more: what the cloud says under them finds "
    "nobody then. Take the list first (--list)."
)

_CSV = ("tenant", "pseudonym", "state", "current", "application", "outcome", "registrations", "ids", "trouble")

_WORDS = {
    "renamed": "renamed",
    "nothing-there": "has nothing of hers",
    "put-back": "renamed her, and back, for another application did not",
    "unsupported": "has registrations of hers and is configured not to rename (rename.by)",
    "refused": "refused",
    "unclear": "showed nothing of it in time",
}

_STOPPED = {
    "not-renamed": "Stopped: the first rename of an application did not work, so nobody else was made to wait for it. "
    'See the word beside the application. If it says "unclear", this cloud does not rename by v2: set rename.by '
    'to "v1" in its mount. "refused" is a credential without the right write:learner, or an API that is closed.',
    "in-a-row": "Stopped: several renames in a row did not work. Look at the cloud, then run the command again.",
    "another-run": "Stopped: another run has taken over.",
    "keyring-behind": "Stopped: the keyring was changed meanwhile. Run the command again.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What the cloud said about the first few people: how many were asked for, how many registrations they have."""

    people: int
    registrations: int


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What a run would do: people by (tenant, key), applications of each tenant with how they rename."""

    people: Mapping[tuple[str, str], int]
    active: str
    applications: Mapping[str, Sequence[tuple[str, str]]]
    sample: Sample
    pace: float
    force: bool

    @property
    def total(self) -> int:
        """How many people."""
        return sum(self.people.values())

    @property
    def seconds(self) -> int:
        """How long, at least."""
        return round(self.total / self.pace)


def _plan_lines(plan: MigrationPlan) -> list[str]:
    """The plan, for people to read."""
    if not plan.total:
        return ["Nobody is to be moved: everybody's pseudonym is of the active key, or not of the keys you named."]
    lines = [f"{plan.total} people would be given a pseudonym of the active key {plan.active}:"]
    lines += [f"  {count} of tenant {tenant}, from key {key}" for (tenant, key), count in sorted(plan.people.items())]
    for tenant, applications in sorted(plan.applications.items()):
        lines += [
            f"In the cloud, application {name} (tenant {tenant}) renames them by {by}." for name, by in applications
        ]
        if any(by == "v2" for _, by in applications):
            lines.append(
                "  That v2 renames is not documented: the first person is a test, and nobody follows if it fails."
            )
    sample = plan.sample
    lines.append(f"The cloud reports {sample.registrations} registrations for a sample of {sample.people} of them.")
    lines.append(
        f"It takes {_duration(plan.seconds)} at {plan.pace:g} people a second, and as long as the cloud needs."
    )
    lines += _TO_KNOW
    if plan.force:
        lines.append(
            "--force: learners who are not renamed BEGIN ANEW in the cloud. Their old results still come back."
        )
    return lines


def in_a_row(moved: Moved) -> str:
    """One person who keeps her pseudonym, in one line."""
    if moved.state == "cannot-open":
        return f"{moved.former}  her record does not open; nothing was changed"
    if moved.state == "gone":
        return f"{moved.former}  was forgotten meanwhile"
    told = [f"{name} {_WORDS[outcome.value]}" for name, outcome in sorted(moved.outcomes.items())]
    return f"{moved.former}  keeps it: {'; '.join(told) or 'no application could be asked'}"


def _report_lines(report: Report) -> list[str]:
    """What a run did."""
    lines = [f"{report.switched} people have another pseudonym now."]
    if report.kept:
        lines.append(f"{len(report.kept)} keep the one they had, and their progress:")
        lines += [f"  {in_a_row(one)}" for one in report.kept]
        if any("unclear" in one.outcomes.values() for one in report.kept) and not report.stopped:
            lines.append("  The cloud may be slow: run the command again soon; it goes on where it stopped.")
    if report.cannot_open:
        lines.append(f"{report.cannot_open} could not be opened (their data keys are gone, or their records altered).")
    if report.stopped:
        lines.append(_STOPPED[report.stopped])
    if report.left:
        lines.append(f"{report.left} are left.")
    lines.append("Former pseudonyms lead to their people until you run `scormveil keys migrate --retire`, in a day.")
    return lines


def _retired_lines(done: Retired) -> list[str]:
    """What retiring did."""
    lines = [f"{done.retired} former pseudonyms lead to nobody any more."]
    if done.held:
        lines.append(f"{len(done.held)} were left, for the cloud has registrations under them or could not be asked:")
        lines += [f"  {one}" for one in done.held]
        lines.append("  See `scormveil keys migrate --list`. --force takes them away all the same.")
    if done.cannot_open:
        lines.append(f"{done.cannot_open} people could not be opened.")
    return lines


def _list_lines(held: Sequence[Held]) -> list[str]:
    """The list for deletion, for people to read."""
    lines = []
    for one in held:
        known = one.registrations is not None
        what = f"{len(one.registrations or ())} registrations" if known else f"could not be asked ({one.trouble})"
        word = f", then: {one.outcome}" if one.outcome else ""
        lines.append(f"{one.pseudonym}  {one.state}  {one.tenant}/{one.application}: {what}{word}")
    return [*(lines or ["Nobody has a former pseudonym."]), *NOTES]


def plan_text(plan: MigrationPlan) -> str:
    """The plan, for people to read."""
    return _text(_plan_lines(plan))


def report_text(report: Report) -> str:
    """What a run did."""
    return _text(_report_lines(report))


def retired_text(done: Retired) -> str:
    """What retiring did."""
    return _text(_retired_lines(done))


def list_text(held: Sequence[Held]) -> str:
    """The list for deletion, for people to read."""
    return _text(_list_lines(held))


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def as_csv(held: Sequence[Held]) -> str:
    """The list for deletion as CSV; the notes are comments at its end."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV)
    for one in held:
        known = one.registrations is not None
        ids = " ".join(registration.id for registration in one.registrations or ())
        count = len(one.registrations or ()) if known else ""
        writer.writerow(
            (one.tenant, one.pseudonym, one.state, one.current, one.application, one.outcome, count, ids, one.trouble)
        )
    return out.getvalue() + "".join(f"# {note}\n" for note in NOTES)


def as_json(what: MigrationPlan | Report | Retired | Sequence[Held]) -> str:
    """The same for programs: one JSON object."""
    if isinstance(what, MigrationPlan):
        people = [{"tenant": tenant, "key": key, "people": n} for (tenant, key), n in sorted(what.people.items())]
        whole: Any = {"total": what.total, "seconds": what.seconds, **_plain(what), "people": people}
    elif isinstance(what, Report | Retired):
        whole = _plain(what)
    else:
        whole = {"held": [_plain(one) for one in what], "notes": NOTES}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n"


def _plain(what: Any) -> dict[str, Any]:
    return asdict(what) if is_dataclass(what) and not isinstance(what, type) else {}


def _duration(seconds: int) -> str:
    if seconds < 120:  # noqa: PLR2004  two minutes
        return f"{max(seconds, 1)} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"  # noqa: PLR2004  two hours
