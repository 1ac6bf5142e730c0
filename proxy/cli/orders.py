"""An act on the keyring as an officer orders it: what it does, what its plan says, what to do where it is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from keys import Keyring, KeyringError, KeyState, Purpose, plan, rotate
from keys.plan import Plan
from keys.rotate import free_from
from proxy.cli.desk import Desk, now, rest_of
from proxy.cli.talk import console
from proxy.upkeep import Survey
from proxy.upkeep.office import Act

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Order:
    """`act` is the command's word, `subject` a key id, or the purpose for `add` and `rotate`."""

    act: str
    subject: str
    reason: str = ""

    @property
    def word(self) -> str:
        """What is to be typed to confirm it."""
        return self.subject

    def planned(self, desk: Desk, survey: Survey) -> Plan:
        """What it would do now. Raises what the act raises, after having said what to do about it."""
        try:
            return plan.plan(desk.ring, self.on(desk, survey), survey.needed(desk.ring))
        except KeyringError as refused:
            for line in self._advice(refused.code, desk, survey):
                console(stderr=True).print(Text(line))
            raise

    def on(self, desk: Desk, survey: Survey) -> Act:
        """The act, for exactly the keyring that the plan was made for: another one is `keyring-stale`."""

        def act(ring: Keyring) -> Keyring:
            if ring.generation != desk.ring.generation:
                raise KeyringError("keyring-stale")
            return self._done(ring, survey, now(), rest_of(desk.config))

        return act

    def _done(self, ring: Keyring, survey: Survey, moment: datetime, rest: timedelta) -> Keyring:
        if self.act == "add":
            return rotate.add(ring, Purpose(self.subject), moment, self.reason)
        if self.act == "rotate":
            return rotate.rotate(ring, Purpose(self.subject), moment, self.reason)
        if self.subject not in {key.id for key in ring.keys}:
            raise KeyringError("key-unknown")
        match self.act:
            case "activate":
                return rotate.activate(ring, self.subject, moment, self.reason)
            case "deactivate":
                return rotate.deactivate(ring, self.subject, moment, self.reason)
            case "compromise":
                return rotate.compromise(ring, self.subject, moment, self.reason)
            case _:
                needed = survey.needed(ring)
                return rotate.destroy(ring, self.subject, moment, self.reason, needed=needed, rest=rest)

    def _advice(self, code: str, desk: Desk, survey: Survey) -> list[str]:
        """Sentences that go before a refusal: the facts of this key, and the next command."""
        match code:
            case "key-needed":
                key = desk.ring.get(self.subject)
                return [
                    f"{key.id} is still needed for {needs(key.purpose, survey, key.id)}.",
                    remedy(key.purpose),
                ]
            case "key-resting":
                free = free_from(desk.ring.get(self.subject), rest_of(desk.config))
                hours = rest_of(desk.config) / _HOUR
                when = f"{free:%Y-%m-%d %H:%M} UTC" if free else "later"
                return [
                    f"{self.subject} rests for {hours:g} hours after its last use. It can be destroyed from {when}."
                ]
            case "key-transition":
                return self._other_way(desk.ring)
        return []

    def _other_way(self, ring: Keyring) -> list[str]:
        key = ring.get(self.subject)
        lines = [f"{key.id} is {key.state.value}."]
        if key.state is KeyState.ACTIVE and self.act == "destroy":
            lines.append(f"Another key must take its place first: `scormveil keys rotate {key.purpose.value}`.")
        return lines


def needs(purpose: Purpose, survey: Survey, key_id: str) -> str:
    """In words what needs a key."""
    need = survey.need(key_id)
    if purpose is Purpose.AUDIT:
        newest = f"the newest checkpoint of {counted(need.rows, 'log')} and " if need.rows else ""
        return f"{newest}checking the codes of entries that it made"
    if not need.rows:
        return "nothing"
    if purpose is Purpose.SEAL:
        return counted(need.rows, "record")
    who = [counted(need.people, "person", "people")] if need.people or not need.registrations else []
    who += [counted(need.registrations, "registration")] if need.registrations else []
    what = "index value" if purpose is Purpose.LOOKUP else "pseudonym"
    return f"{counted(need.rows, what)} of {' and '.join(who)}"


def remedy(purpose: Purpose) -> str:
    """What makes a key needless."""
    match purpose:
        case Purpose.LOOKUP:
            return (
                "Nodes that serve index anew by themselves, `scormveil keys reseal` does it now. What the old key made "
                "goes 20 minutes after its rotation at the earliest."
            )
        case Purpose.PSEUDONYM:
            return (
                "Known people keep the pseudonyms it made, and mostly that is right. `scormveil keys migrate` gives "
                "them others, paced."
            )
        case Purpose.SEAL:
            return "Nodes that serve seal anew by themselves, `scormveil keys reseal` does it now."
        case Purpose.AUDIT:
            return (
                "Nodes that serve have every log signed by the new key within a minute. Once it is destroyed, codes "
                "that it made can be checked no more; what it signed verifies further, for its public half stays."
            )


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
