"""What this machine's own configuration says, and what follows for the addresses that are ours. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from proxy.config import Config, MountSettings
from proxy.config.check import is_loopback
from proxy.config.policy import Policy
from proxy.doctor.addresses import Ours
from proxy.doctor.findings import Finding

_SKEW_SECONDS = 60
_LOUD = {
    "guard": "report",
    "opaque": "pass",
    "without_session": "pass",
    "content_security_policy": False,
    "guard_scope": "session",
    "registration_ids": "keep",
    "tags": "keep",
    "trust_upstream_login": True,
}
"""Settings of a mount or its policy that allow what the defaults refuse."""


def ours_of(config: Config) -> Ours:
    """The addresses of this installation."""
    return Ours(
        apis=tuple(mount.public for mount in config.mounts if mount.adapter.startswith("cloud_")),
        postbacks=tuple(mount.public for mount in config.mounts if mount.adapter == "postback"),
        all=tuple(mount.public for mount in config.mounts),
    )


def exceptions_of(config: Config) -> Iterator[Finding]:
    """What the mounts allow that the defaults refuse."""
    for mount in config.mounts:
        yield from _exceptions(mount)


def of_configuration(config: Config) -> Iterator[Finding]:
    """Exceptions in force, audiences, ways that are not encrypted, applications that nobody can look at."""
    yield from exceptions_of(config)
    for mount in config.mounts:
        if mount.upstream.startswith("http://") and not is_loopback(urlsplit(mount.upstream).hostname or ""):
            yield Finding("not-encrypted", mount.name, "upstream", urlsplit(mount.upstream).netloc)
        if mount.adapter.startswith("cloud_") and mount.credential is None:
            yield Finding("not-asked", mount.name, "credential")
    for name, audience in sorted(config.audiences.items()):
        readers = ", ".join(mount.name for mount in config.mounts if mount.audience == name) or "no mount"
        seen = [word for word in ("reveal", "details") if getattr(audience, word)]
        yield Finding("audience", "", f"audiences.{name}", detail=f"{' and '.join(seen) or 'neither'}, for {readers}")


def of_clock(application: str, date: str, now: datetime) -> Iterator[Finding]:
    """How far this machine's clock is from the `Date` that the cloud sent (RFC 9110 section 6.6.1)."""
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return
    there = there if there.tzinfo is not None else there.replace(tzinfo=UTC)
    apart = round((now - there).total_seconds())
    if abs(apart) > _SKEW_SECONDS:
        word = "ahead of" if apart > 0 else "behind"
        yield Finding("clock", application, "clock", detail=f"{abs(apart)} seconds {word} the cloud's")


def _exceptions(mount: MountSettings) -> Iterator[Finding]:
    for name, loud in _LOUD.items():
        given = getattr(mount.policy, name, getattr(mount, name, None))
        if given is not None and given == loud:
            yield Finding("exception", mount.name, _place(name), detail=_spelled(given))
    for one in mount.policy.exceptions:
        yield Finding("exception", mount.name, "policy.exceptions", detail=one)
    for host in mount.policy.external_hosts:
        yield Finding("exception", mount.name, "policy.external_hosts", urlsplit(host).netloc)


def _place(name: str) -> str:
    return f"policy.{name}" if name in Policy.model_fields else name


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
