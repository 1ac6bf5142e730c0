"""From the table [disclosure] to the rules that decide, and who is told of an alarm."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import time
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from proxy.config import Config
from proxy.disclosure import Reason, Rules
from proxy.observe import configure, get_logger

REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no-reason": "Say --reason, one of those that `scormveil disclosure show` lists.",
        "no-role": "Who acts has no role for this: an officer who has must do it, with --officer FILE.",
        "no-case": "Say --case in the form that `scormveil disclosure show` names for the reason.",
        "no-field": "This command shows more than the reason allows: take another reason, or `scormveil people find`.",
        "needs-approval": "Ask with `scormveil disclosure ask`, let another officer approve, then say --approval.",
        "nobody-named": "Say who is meant: --pseudonym, or her identifier.",
        "over-budget": "This officer has looked up as many people as an hour allows: wait, or let another one do it.",
    }
)
"""What to do about each reason of `DisclosureRefused`."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def rules_of(config: Config) -> Rules | None:
    """The rules, None if there are none."""
    given = config.disclosure
    if given is None:
        return None
    begins, _, ends = given.office_hours.partition("-")
    return Rules(
        reasons={
            one.name: Reason(
                name=one.name,
                fields=frozenset(one.fields),
                roles=frozenset(one.roles),
                approvers=frozenset(one.approvers or one.roles),
                case=one.case,
                second_person=one.second_person,
                valid_minutes=one.valid_minutes,
            )
            for one in given.reasons
        },
        roles={role: frozenset(officers) for role, officers in given.roles.items()},
        people_per_hour=given.people_per_hour,
        alarm_people=given.alarm_people,
        alarm_refusals=given.alarm_refusals,
        alarm_minutes=given.alarm_minutes,
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
        days=frozenset(_DAYS.index(day) for day in given.office_days),
        zone=ZoneInfo(given.time_zone),
        alarm_people_per_day=given.alarm_people_per_day,
    )


def digest_of(config: Config) -> str:
    """A digest of the rules and of the officers who are listed, 16 hexadecimal digits; "none" without rules."""
    if config.disclosure is None:
        return "none"
    officers = (f"{name} {key}" for name, key in sorted(config.keys.officers.items()))
    said = "\n".join((config.disclosure.model_dump_json(), *officers))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def teller(config: Config) -> Callable[[str, int], None]:
    """What writes a warning where nodes write theirs; it names nobody."""

    def tell(word: str, count: int) -> None:
        configure(config.logging.format.value, config.logging.level)
        get_logger().warning("disclosure-alarm", reason=word, count=count)

    return tell
