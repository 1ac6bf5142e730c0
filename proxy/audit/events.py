"""What can happen that an auditor must be able to read. A closed list: a new event is a change reviewed here."""

from enum import StrEnum


class Event(StrEnum):
    """The events of the log, each with its meaning."""

    MINTED = "minted"
    """A person was seen for the first time and was given a pseudonym."""
    REIDENTIFIED = "reidentified"
    """A pseudonym was turned back into a person for somebody."""
    REFUSED = "refused"
    """A message was not passed on; `reason` is the error's code."""
    LEAK_SUSPECTED = "leak-suspected"
    """The guard found an identity in outgoing bytes and nothing was sent."""
    LEAK_REPORTED = "leak-reported"
    """The guard found an identity in outgoing bytes and, in mode `report`, they were sent all the same."""
    SCRIPT_PINNED = "script-pinned"
    """A script of the cloud was seen for the first time and its digest recorded."""
    SCRIPT_CHANGED = "script-changed"
    """A script of the cloud differs from the approved one and was held back."""
    SCRIPT_APPROVED = "script-approved"
    """An operator approved a script."""
    PACKAGE_REGISTERED = "package-registered"
    """A dispatch package was rewritten and what was learned of it recorded."""
    SESSION_OPENED = "session-opened"
    """A launch opened a session for a person."""
    RELAYED = "relayed"
    """A result was handed to the platform, which accepted it."""
    STARTED = "started"
    """The proxy began to serve."""
    STOPPED = "stopped"
    """The proxy ended in an orderly way."""
