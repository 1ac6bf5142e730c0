"""The one error root of the proxy.

Every refusal is a `ProxyError` subclass with a stable `code` (for machines, audit entries and support) and a `hint`
(one sentence that tells the operator what to do). An error carries *context*, never content: only names that come
from our own declarations (route, place, kind, reason) are allowed, so an error can be logged and answered as it is.
The only mapping from codes to HTTP lives in `proxy.edge.outlet`.
"""

from typing import ClassVar


class ProxyError(Exception):
    """Root of everything this program refuses. Never raised itself.

    `reason` is a word from our own source code (`duplicate-key`), `route` a route name, `place` a declared place,
    `kind` a `Kind`. None of them may hold text that came over the wire.
    """

    code: ClassVar[str] = "internal"
    hint: ClassVar[str] = "This is a defect in scormveil; report the incident number."

    def __init__(self, reason: str = "", *, route: str = "", place: str = "", kind: str = "", seconds: int = 0) -> None:
        """Remember the declared names that say where it happened, and when it may be asked for again (0: unknown)."""
        super().__init__(reason)
        self.reason = reason
        self.route = route
        self.place = place
        self.kind = kind
        self.seconds = seconds

    def __str__(self) -> str:
        """Code and declared names only: safe in any log."""
        parts = [self.code, self.reason, self.route, self.place, self.kind]
        return " ".join(part for part in parts if part)


class InternalFault(ProxyError):
    """Something we did not foresee went wrong; its own text is cut off because it may hold a value."""

    code = "internal"


class UnknownHost(ProxyError):
    """No mount serves the host that the request names."""

    code = "unknown-host"
    hint = "Add a mount whose `public` address has this host, or correct the client's address."


class UnknownRoute(ProxyError):
    """No declared route of the mount matches method, path and query."""

    code = "unknown-route"
    hint = "Nothing undeclared passes. See `scormveil adapters` for what is declared."


class UnknownField(ProxyError):
    """A message holds a field that no declaration knows, in a place where unknown fields may hold a person."""

    code = "unknown-field"
    hint = "Register the package (`scormveil package rewrite`), so that its query keys are known."


class FieldMissing(ProxyError):
    """A required field (the learner id of a launch) is absent or empty."""

    code = "field-missing"
    hint = "The launch names no learner. Check that the LMS hands its learner id to the package."


class FieldInvalid(ProxyError):
    """A declared field holds a value that its declaration does not allow."""

    code = "field-invalid"
    hint = "The value does not have the declared form; check the client and the LMS origins of the mount."


class UnreadableBody(ProxyError):
    """A body, query or header cannot be read the way its declaration says."""

    code = "unreadable-body"
    hint = "The message is malformed or not of its declared type; nothing was forwarded."


class UnsupportedMedia(ProxyError):
    """The content type is absent or not one that the route declares."""

    code = "unsupported-media"
    hint = "Send one of the content types the route declares; see `scormveil adapters`."


class UnsupportedEncoding(ProxyError):
    """The content encoding is not one we can open, rewrite and close again."""

    code = "unsupported-encoding"
    hint = "Only identity, gzip and deflate are opened and rewritten; configure the sender accordingly."


class BodyTooLarge(ProxyError):
    """A body is over the limit of its route, before or after decompression."""

    code = "body-too-large"
    hint = "Raise `limits.body_bytes` if the message is legitimate."


class NotPermitted(ProxyError):
    """The caller may not do this: wrong credential, wrong origin, wrong token."""

    code = "not-permitted"
    hint = "Check the caller's credential or origin against the mount's configuration."


class SessionMissing(ProxyError):
    """A run-time message arrived without the session that its launch opened."""

    code = "session-missing"
    hint = (
        "The browser did not return the session cookie: cookies blocked, session expired, or no launch before. "
        "`unknown-learner`: the cloud has the registration's learner under no pseudonym of ours."
    )


class PersonMoving(ProxyError):
    """The learner is being renamed in the cloud (`keys migrate`); a launch now would begin her course anew."""

    code = "person-moving"
    hint = "Her pseudonym is about to change. Launch again in a minute; her progress waits for her."


class Restricted(ProxyError):
    """What is held on the learner is kept and not used (GDPR Article 18), so nothing of hers goes either way."""

    code = "restricted"
    hint = "An officer restricted the use of her data: `scormveil people find`. `people unrestrict` ends it."


class MintingBudget(ProxyError):
    """Too many people whom nobody knew, or too many at all, came from one source."""

    code = "minting-budget"
    hint = "Somebody may be guessing learner ids: see the audit log. Else raise [mounts.minting] of the mount."


class ShowingBudget(ProxyError):
    """The readers of this mount were shown as many people within an hour as its budget allows."""

    code = "showing-budget"
    hint = "Ask again later. If so many are legitimate, raise `per_hour` in [mounts.disclosure] of the mount."


class ResultsHeld(ProxyError):
    """The platform was given as many people's results within an hour as its budget allows; the cloud must repeat."""

    code = "results-held"
    hint = "The cloud repeats the result, nothing is lost. If so many are legitimate, raise `per_hour` of the mount."


class DisclosureRefused(ProxyError):
    """Looking a person up by hand was refused; `reason` says why."""

    code = "disclosure-refused"
    hint = "`scormveil disclosure show` says which reasons there are and whom they let see what; docs/disclosure.md."


class LeakSuspected(ProxyError):
    """The guard found an identity in the bytes that were about to leave."""

    code = "leak-suspected"
    hint = "An identity was about to leave in a place no rule covers. Nothing was sent; see the audit entry."


class ScriptChanged(ProxyError):
    """A script that would run in the LMS page differs from the approved one."""

    code = "script-changed"
    hint = "Review the script, then `scormveil scripts approve`."


class PackageRefused(ProxyError):
    """A dispatch zip is broken, dangerous, or would still point around the proxy."""

    code = "package-refused"
    hint = "The package was not written. `scormveil package inspect` shows what it holds."


class UpstreamFailed(ProxyError):
    """The cloud could not be reached, or broke off."""

    code = "upstream-failed"
    hint = "Check the network path and the `upstream` address of the mount."


class UpstreamRefused(ProxyError):
    """The cloud's answer is one we do not pass on (foreign redirect, unreadable or undeclared answer)."""

    code = "upstream-refused"
    hint = "If the address is the cloud's own, add it to the mount's `origins`."


class RelayFailed(ProxyError):
    """The LMS did not accept a relayed result; the cloud must repeat it."""

    code = "relay-failed"
    hint = "The LMS did not answer 2xx; the cloud will repeat the postback."


class RelayTimedOut(ProxyError):
    """The LMS did not answer in time when it was handed a result; the cloud must repeat it."""

    code = "relay-timed-out"
    hint = "The LMS took longer than `limits.idle_seconds`; the cloud repeats, so the LMS may get the result twice."


class StoreFailed(ProxyError):
    """The mapping store is not there, not writable, or not the one we opened."""

    code = "store-failed"
    hint = "The mapping, or the key store, is unavailable. Nothing is forwarded until it is back."


class AuditFailed(ProxyError):
    """An audit entry could not be made durable."""

    code = "audit-failed"
    hint = "The audit log cannot be written. Nothing is forwarded until it can."


class KeysUnavailable(ProxyError):
    """The keyring is gone, changed, or lacks the key that is needed."""

    code = "keys-unavailable"
    hint = "Restore the keyring and its key-encryption key, then restart."


class SealFailed(ProxyError):
    """A sealed value does not open: altered, foreign, or sealed under a key we do not have."""

    code = "seal-failed"
    hint = "The sealed value was altered or belongs to another installation."


class BackupFailed(ProxyError):
    """A backup was not made, not verified or not restored; what was there is untouched."""

    code = "backup-failed"
    hint = "Nothing was written, and nothing that was there was touched."


class PostFailed(ProxyError):
    """A checkpoint of the audit log did not reach one of the places outside this machine that it is sent to."""

    code = "post-failed"
    hint = "The log goes on and the newest checkpoint is sent again; docs/witness.md says what each reason means."


class WitnessFailed(ProxyError):
    """A witness of ours cannot be made, opened or go on; it signed nothing."""

    code = "witness-failed"
    hint = "Nothing was signed, and what the witness remembers is untouched."


class HarInvalid(ProxyError):
    """A file given to `scormveil trace` is no HAR file that can be read to its end."""

    code = "har-invalid"
    hint = "Save it again: in the browser's network panel, `Save all as HAR with content`. Nothing was traced."


class ListenFailed(ProxyError):
    """An address to listen on is taken, not ours, or not permitted."""

    code = "listen-failed"
    hint = "Another program listens on this port (another `make run`?), or the address is not this machine's."


class ConfigInvalid(ProxyError):
    """The configuration does not hold together; `problems` lists every problem with its TOML path."""

    code = "config-invalid"
    hint = "Run `scormveil check-config`; it lists every problem with its place."

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Remember all problems; they quote paths and types, not secrets."""
        super().__init__("see-problems")
        self.problems = problems


class AdapterInvalid(ProxyError):
    """A declaration is wrong; found when the house is assembled, not when a message arrives."""

    code = "adapter-invalid"
    hint = "Correct the adapter's declaration."
