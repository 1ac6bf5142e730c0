"""The composition root: a `Config` in, a wired house out. The only file that knows every package."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from keys import BlindIndex, Envelope, Keyring, KeyringError, KeyringWatch, PseudonymScheme, open_keyring
from proxy.adapters import cloud_v2, dispatch, postback, runtime
from proxy.audit import AuditLog, Entry, Event
from proxy.config import Config, Credential, MountSettings, beside, secret, store_url
from proxy.edge.server import Server
from proxy.edge.upstream import Upstream, parser_kind
from proxy.errors import KeysUnavailable
from proxy.fields import Adapter, Route
from proxy.identity import IdentityService
from proxy.keepers import kek_of
from proxy.observe import Metrics, get_logger
from proxy.passage import (
    AnswerLimits,
    Answers,
    Audience,
    Base,
    Carrier,
    Exchange,
    Login,
    Mount,
    Mounts,
    Packages,
    Passage,
    Policy,
    Relay,
    Returns,
    Router,
    Scripts,
    Sessions,
)
from proxy.rewrite import AddressBook, check_shape
from proxy.store import SqlStore, open_store

CONNECTIONS_PER_HOST = 256
PEOPLE_IN_CACHE = 50_000


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs, for whoever starts and stops it."""

    server: Server
    upstream: Upstream
    store: SqlStore
    audit: AuditLog
    metrics: Metrics
    packages: Packages
    mounts: Mounts

    async def open(self) -> None:
        """Open the store; `StoreFailed` if it is not there or not ours."""
        await self.store.open()

    async def began(self) -> None:
        """Record that we serve, once we do; `AuditFailed`."""
        await self.audit.append(Entry(Event.STARTED, actor="system", count=len(self.mounts.all)))

    async def close(self) -> None:
        """Record the stop, finish what was begun, let go."""
        try:
            await self.audit.append(Entry(Event.STOPPED, actor="system"))
        finally:
            await self.upstream.close()
            await self.store.close()


@dataclass(frozen=True, slots=True)
class KeyRoom:
    """The opened keyring and the guard over its file."""

    ring: Keyring
    watch: KeyringWatch

    def present(self) -> None:
        """Raise `KeysUnavailable` if the keyring is no longer the one that was opened."""
        try:
            self.watch.check()
        except KeyringError as trouble:
            raise KeysUnavailable(trouble.code) from None


def adapters() -> dict[str, tuple[Adapter, ...]]:
    """Return the adapters by the name a mount gives them; a mount speaks all adapters of its entry."""
    return {
        "dispatch": (dispatch.ADAPTER, runtime.ADAPTER),
        "cloud_v2": (cloud_v2.ADAPTER,),
        "postback": (postback.ADAPTER,),
    }


def open_keys(config: Config, config_file: Path) -> KeyRoom:
    """Open the keyring; `KeyringError` with its hint if that cannot be done. Without keys nothing starts."""
    path = beside(config_file, config.keys.keyring)
    watch = KeyringWatch(path)
    return KeyRoom(open_keyring(path, kek_of(config, config_file)), watch)


def build(config: Config, config_file: Path, *, tell: Callable[[Exchange, float], None] | None = None) -> House:
    """Wire the house. Raises `KeyringError`, `ConfigInvalid`, `AdapterInvalid`, `StoreFailed`; opens no socket."""
    room = open_keys(config, config_file)
    scheme, index, envelope = PseudonymScheme(room.ring), BlindIndex(room.ring), Envelope(room.ring)
    store = open_store(store_url(config_file, config.store.url))
    audit = AuditLog(store)
    names = IdentityService(
        store, scheme, index, envelope, clock=_unix_ms, cache_size=PEOPLE_IN_CACHE, watch=room.watch
    )
    sessions, returns = Sessions(envelope, names), Returns(envelope)
    carrier = Carrier(names=names, sessions=sessions, returns=returns, audit=audit)
    packages = Packages(store, audit)
    upstream = Upstream(
        connections_per_host=CONNECTIONS_PER_HOST,
        connect_timeout=config.limits.connect_seconds,
        read_timeout=config.limits.idle_seconds,
    )
    mounts = Mounts(tuple(mount_of(settings, config, config_file) for settings in config.mounts))
    limits = AnswerLimits(config.limits.body_bytes, config.limits.package_bytes)
    passage = Passage(
        mounts=mounts,
        carrier=carrier,
        answers=Answers(carrier, Scripts(store, audit), packages, limits),
        relay=Relay(carrier, upstream, audit, config.limits.body_bytes),
        sessions=sessions,
        returns=returns,
        packages=packages,
        outlet=upstream,
        audit=audit,
        store=store,
        keys_present=room.present,
        body_limit=config.limits.body_bytes,
        user_agent=config.server.user_agent,
    )
    metrics = Metrics()
    log = get_logger()
    if parser_kind() != "c":
        log.warning("slow-parser", hint="aiohttp runs without its C extensions: about three times slower")
    server = Server(passage, metrics, log, tell, idle_seconds=config.limits.idle_seconds)
    return House(server, upstream, store, audit, metrics, packages, mounts)


def mount_of(settings: MountSettings, config: Config, config_file: Path) -> Mount:
    """Make a mount of its settings; `AdapterInvalid`, `ConfigInvalid`."""
    spoken = adapters()[settings.adapter]
    routes: tuple[Route, ...] = tuple(route for adapter in spoken for route in adapter.routes)
    headers = tuple(dict.fromkeys(name for adapter in spoken for name in adapter.request_headers))
    for route in routes:
        check_shape(route.request)
        check_shape(route.answer)
    first = spoken[0]
    adapter = Adapter(first.name, first.faces, first.summary, routes, headers)
    public, upstream = Base.of(settings.public), Base.of(settings.upstream)
    further = {alias: Base.of(origin).origin for alias, origin in settings.origins.items()}
    audience = config.audiences[settings.audience]
    return Mount(
        name=settings.name,
        tenant=settings.tenant,
        adapter=adapter,
        router=Router(routes, settings.routes),
        public=public,
        upstream=upstream,
        book=AddressBook(address_pairs(settings, config)),
        audience=Audience(audience.reveal, audience.fields),
        policy=_policy(settings),
        lms_origins=frozenset(Base.of(origin).origin for origin in settings.lms_origins),
        further=further,
        caller=_login(settings.caller, config_file),
        credential=_login(settings.credential, config_file),
    )


def address_pairs(settings: MountSettings, config: Config) -> list[tuple[str, str]]:
    """Return (upstream origin, public base) for all hosts of the cloud that share this mount's public host.

    A postback's upstream is the LMS, whose address must not be taken for one of the cloud.
    """
    host = Base.of(settings.public).origin
    pairs: dict[str, str] = {}
    for mount in config.mounts:
        if mount.adapter == "postback" or Base.of(mount.public).origin != host:
            continue
        pairs.setdefault(Base.of(mount.upstream).origin, host)
        for alias, origin in mount.origins.items():
            pairs.setdefault(Base.of(origin).origin, f"{host}/~{alias}")
    return sorted(pairs.items())


def _policy(settings: MountSettings) -> Policy:
    given = settings.policy
    return Policy(
        guard_refuses=given.guard == "refuse",
        replace_free_text=given.free_text == "replace",
        refuse_opaque=given.opaque == "refuse",
        refuse_without_session=given.without_session == "refuse",
        minimise_names=given.minimise_names,
        pin_first_sight=given.pin_scripts == "first-sight",
        session_seconds=int(given.session_hours * 3600),
        security_policy=_security_policy(settings) if given.content_security_policy else "",
    )


def _security_policy(settings: MountSettings) -> str:
    """A Content-Security-Policy (CSP level 3): pages load from the proxy only, and only LMS pages embed them."""
    own = " ".join(("'self'", "data:", "blob:", *settings.policy.external_hosts))
    lms = " ".join(settings.lms_origins)
    return (
        f"default-src {own} 'unsafe-inline' 'unsafe-eval'; frame-src {own} {lms}; "
        f"frame-ancestors 'self' {lms}; form-action 'self'; base-uri 'self'"
    )


def _login(credential: Credential | None, config_file: Path) -> Login | None:
    if credential is None:
        return None
    pair = f"{credential.user}:{secret(config_file, credential.password)}"
    return Login("Basic " + base64.b64encode(pair.encode()).decode("ascii"))


def _unix_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
