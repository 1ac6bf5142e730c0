"""What to do after a key was compromised: whom it concerns, and the steps in their order."""

from collections.abc import Sequence

from keys import Key, Purpose
from proxy.upkeep import Survey


def after_compromise(key: Key, survey: Survey) -> Sequence[str]:
    """Lines for the officer; the first one says who is affected. `key` is as it was before the act."""
    if key.activated is None:
        return _numbered(
            "Affected: nobody, for it was never used.",
            f"`scormveil keys destroy {key.id}`, and `scormveil keys add {key.purpose.value}` for another that waits.",
        )
    match key.purpose:
        case Purpose.PSEUDONYM:
            return _pseudonym(key, survey)
        case Purpose.SEAL:
            return _numbered(
                f"Affected: {survey.need(key.id).rows:,} records, if somebody also has a copy of the mapping.",
                _at_once(key),
                "`scormveil keys reseal`: wrap every data key anew, so that the old key opens nothing of what is here.",
                "Destroy old backups of the key store: data keys in them are wrapped under the known key.",
                f"When it has rested: `scormveil keys destroy {key.id}`. Destroy exports of the keyring that hold it.",
            )
        case Purpose.LOOKUP:
            return _numbered(
                f"Affected: {survey.need(key.id).people:,} people, if somebody also has a copy of the mapping: he can "
                "test whether somebody he knows is in it, and under which pseudonym.",
                _at_once(key),
                "`scormveil keys reseal`: index everybody anew; what the known key made goes 20 minutes later.",
                f"When it has rested: `scormveil keys destroy {key.id}`. Destroy old backups of the mapping.",
            )
        case Purpose.AUDIT:
            return _numbered(
                "Affected: no learner. Who has the key can sign another past of the audit log from here on; what "
                "witnesses, notebook and syslog hold from before still counts.",
                _at_once(key),
                "Tell witnesses and auditors the new key by hand (`scormveil audit key`): a hand-over that the known "
                "key signs proves nothing any more.",
                f"When it has rested: `scormveil keys destroy {key.id}`.",
            )


def _at_once(key: Key) -> str:
    if key.protects:
        return "At once, with this act: a new key takes its place for everything that comes. Learners notice nothing."
    return "It protects nothing new any more, and the active key stays. Learners notice nothing."


def _pseudonym(key: Key, survey: Survey) -> Sequence[str]:
    need = survey.need(key.id)
    tenants = ", ".join(f"{tenant} {people:,}" for tenant, people in need.by_tenant)
    affected = f"{need.people:,} people ({tenants})" if tenants else "nobody"
    return _numbered(
        f"Affected: {affected}, {need.registrations:,} registrations: whoever knows the key, a pseudonym and an "
        "identifier can test whether they belong together.",
        _at_once(key),
        "Take the pseudonyms above for identifiable from now on, also those that SCORM Cloud holds. Tell your data "
        "protection officer today: a breach may have to be notified within 72 hours (GDPR, article 33).",
        "`scormveil keys migrate`: give these people new pseudonyms, then have the cloud delete what it holds under "
        "the old ones. Until then they can be tested.",
        "If the keyring file leaked, all its keys did: do the same for the other purposes, and change the "
        "key-encryption key (`scormveil keys rewrap`).",
        f"When nothing needs it any more and it has rested: `scormveil keys destroy {key.id}`. Destroy exports and "
        "backups of the keyring that hold it.",
    )


def _numbered(first: str, *steps: str) -> Sequence[str]:
    return [first, *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
