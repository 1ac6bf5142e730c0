"""Who may look a person up by hand, and how many people mounts may show and mint in a while. docs/disclosure.md."""

from typing import Annotated, Literal

from pydantic import Field

from proxy.config.tree import Tree

Shown = Literal["id", "name", "email", "pseudonyms"]


class Reason(Tree):
    """A reason for which a person may be looked up."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{0,30}$", description="A short word, for commands and the audit log.")
    fields: tuple[Shown, ...] = Field(
        min_length=1, description="What may be shown: of `id`, `name`, `email`, `pseudonyms`."
    )
    roles: tuple[str, ...] = Field(min_length=1, description="Who may ask: roles of [disclosure.roles].")
    approvers: tuple[str, ...] = Field(default=(), description="Roles that may approve; empty: those of `roles`.")
    case: str = Field(
        default="[A-Za-z]{1,8}[-._/][0-9]{1,12}",
        description="What a case number looks like, as a regular expression that no name fits: it is recorded.",
    )
    second_person: bool = Field(default=False, description="Whether another officer has to approve first.")
    valid_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=60, description="How long after it was asked for a look-up may be approved and done."
    )


class Disclosure(Tree):
    """Looking a person up by hand."""

    roles: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Roles, and which of [keys.officers] have them.",
        examples=['privacy = ["anna", "ben"]'],
    )
    people_per_hour: Annotated[int, Field(ge=1)] = Field(
        default=20, description="How many different people an officer may look up in an hour."
    )
    alarm_people: Annotated[int, Field(ge=2)] = Field(
        default=10, description="So many different people within `alarm_minutes` raise an alarm."
    )
    alarm_people_per_day: Annotated[int, Field(ge=0)] = Field(
        default=40, description="So many different people within a day raise an alarm, however slowly; 0: none."
    )
    alarm_refusals: Annotated[int, Field(ge=1)] = Field(
        default=5, description="So many refusals within `alarm_minutes` raise an alarm."
    )
    alarm_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=10, description="The time that alarms look back; and no alarm is repeated within it."
    )
    office_hours: str = Field(
        default="07:00-19:00",
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="A look-up at another time raises an alarm.",
    )
    office_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), description="A look-up on another day raises an alarm."
    )
    time_zone: str = Field(default="UTC", description="Where the office is, as in `Europe/Berlin`.")
    reasons: tuple[Reason, ...] = Field(default=(), description="Reasons; there is none by itself.")


class Showing(Tree):
    """How many people a mount may put back into what it passes to its readers, one process of it."""

    per_hour: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Different people within an hour; more is refused, and results wait. 0: no limit."
    )
    alarm_per_hour: Annotated[int, Field(ge=0)] = Field(
        default=5_000, description="Different people within an hour that raise an alarm; 0: none."
    )


class Minting(Tree):
    """How many new people one source (an address, a caller) may bring to a mount, one process of it."""

    burst: Annotated[int, Field(ge=1)] = Field(
        default=1_000, description="New people from one address that are taken at once: a class behind one address."
    )
    per_minute: Annotated[float, Field(gt=0)] = Field(
        default=60.0, description="How many more of them are taken at once for each minute that passes."
    )
    delay_seconds: Annotated[float, Field(ge=0, le=30)] = Field(
        default=2.0, description="How long a new person waits who comes beyond that."
    )
    refuse_after: Annotated[int, Field(ge=0)] = Field(
        default=500, description="So many beyond that, new people are refused until there is room again."
    )
    caller_burst: Annotated[int, Field(ge=1)] = Field(
        default=50_000, description="`burst` of whoever has a caller's key of ours, and of mounts that face inward."
    )
    caller_per_minute: Annotated[float, Field(gt=0)] = Field(
        default=3_000.0, description="`per_minute` of whoever has a caller's key of ours."
    )
    people_burst: Annotated[int, Field(ge=1)] = Field(
        default=5_000, description="Different people, new and known, whom browsers not theirs name from one address."
    )
    people_per_minute: Annotated[float, Field(gt=0)] = Field(
        default=300.0, description="How many more of them for each minute; beyond that an alarm, and each waits."
    )
    people_refuse_after: Annotated[int, Field(ge=0)] = Field(
        default=0, description="So many beyond that are refused; 0: never."
    )
    alarm_per_hour: Annotated[int, Field(ge=0)] = Field(
        default=5_000,
        description="New people in an hour, from however many addresses, that raise an alarm; 0: none.",
    )
