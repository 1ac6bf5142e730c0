"""The composition root: a `Config` in, a wired house out. The only file that knows every package."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import time

from keys import KeyRoom
from proxy.applications import applications_of, deleters_of, mover_of, places_of
from proxy.audit import AuditLog
from proxy.audit.log import unix_ms as unix_ms
from proxy.budgeting import Budgets
from proxy.cabinet import KeyCabinet as KeyCabinet
from proxy.cabinet import Stores as Stores
from proxy.cabinet import open_keys as open_keys
from proxy.cabinet import stores_of as stores_of
from proxy.config import Config, beside, digest_of
from proxy.edge.server import Server
from proxy.edge.upstream import Upstream, parser_kind
from proxy.house import House as House
from proxy.housework import housekeeping_of, periods_of
from proxy.identity import IdentityService
from proxy.logkeeping import LogKeeping
from proxy.mounting import mount_of
from proxy.observe import Metrics, get_logger
from proxy.passage import (
    Agents,
    AnswerLimits,
    Answers,
    Bearers,
    Callers,
    Carrier,
    CourseKeys,
    Crowds,
    Exchange,
    Flights,
    Hacp,
    LaunchLinks,
    LearnerTokens,
    Mores,
    Mounts,
    NobodyLooks,
    OAuth1Signatures,
    Objects,
    Outlet,
    Packages,
    Passage,
    Postbacks,
    Relay,
    Returns,
    Scripts,
    Sessions,
    Signatures,
    SignedLaunches,
    V1Signatures,
    Witness,
)
from proxy.store import Erasure
from proxy.upkeep import Changes, Forgetting, Journal, Renewal

CONNECTIONS_PER_HOST = 256
PEOPLE_IN_CACHE = 50_000


def build(
    config: Config,
    config_file: Path,
    *,
    worker: int = 0,
    tell: Callable[[Exchange, float], None] | None = None,
    outlet: Outlet | None = None,
    witness: Witness | None = None,
) -> House:
    """Wire the house. Raises `KeyringError`, `ConfigInvalid`, `AdapterInvalid`, `StoreFailed`; opens no socket.

    `outlet` stands for the way to cloud and LMS, and `witness` looks on: for `scormveil trace`.
    """
    witness = witness or NobodyLooks()
    cabinet = open_keys(config, config_file)
    stores = stores_of(config, config_file)
    keys = KeyRoom(cabinet.opened.ring)
    store, keystore = stores.mapping, stores.keystore
    audit, metrics, log = AuditLog(store), Metrics(), get_logger()
    budgets = Budgets(config, audit, metrics, log)
    renewal = Renewal(
        keys,
        cabinet.desk,
        cabinet.watch,
        store=store,
        upkeep=store.upkeep,
        keystore=keystore,
        changed=lambda: names.look_again(),  # noqa: PLW0108  it is made below
        distribute=config.keys.distribute,
    )
    mounts = Mounts(tuple(mount_of(settings, config, config_file) for settings in config.mounts))
    crowds = Crowds({one.tenant for one in mounts.all if one.searches_everybody}, PEOPLE_IN_CACHE)
    names = IdentityService(
        store,
        keystore,
        keys,
        unix_ms,
        cache_size=PEOPLE_IN_CACHE,
        may_mint=renewal.may_mint,
        renew=renewal.renew,
        seen=crowds.see,
        mail_domain=config.pseudonyms.mail_domain,
        gate=budgets.minting.admit,
    )
    renew = renewal.renew
    sessions, returns = Sessions(keys, names, renew), Returns(keys, renew)
    postbacks = Postbacks(store, store.postbacks, keys, renew, unix_ms)

    def forget(erasures: Sequence[Erasure]) -> None:
        names.forget(one.person for one in erasures)
        sessions.forget(one.pseudonym for one in erasures)
        crowds.forget(one.person for one in erasures)

    forgetting = Forgetting(
        store.upkeep,
        keystore,
        Journal(beside(config_file, config.keystore.journal)),
        unix_ms,
        forget,
        places_of(config),
        restrictions=store.restrictions,
    )
    flights, tokens = Flights(), LearnerTokens(keys, names, renew)
    bearers, mores = Bearers(keys, renew), Mores(keys, renew)
    carrier = Carrier(
        names=names,
        sessions=sessions,
        returns=returns,
        audit=audit,
        flights=flights,
        objects=Objects(postbacks),
        bearers=bearers,
        agents=Agents(names, flights),
        mores=mores,
        course_keys=CourseKeys(mounts, tokens),
        crowds=crowds,
        witness=witness,
        showing=budgets.showing,
        naming=budgets.minting,
    )
    packages = Packages(store, audit)
    upstream = Upstream(
        connections_per_host=CONNECTIONS_PER_HOST,
        connect_timeout=config.limits.connect_seconds,
        read_timeout=config.limits.idle_seconds,
    )
    most = config.limits
    links = LaunchLinks(
        keys=keys, renew=renew, names=names, sessions=sessions, audit=audit, mounts=mounts, limit=most.body_bytes
    )
    limits = AnswerLimits(most.body_bytes, most.package_bytes, most.report_bytes)
    passage = Passage(
        mounts=mounts,
        carrier=carrier,
        answers=Answers(carrier, links, Scripts(store, audit), packages, limits),
        relay=Relay(
            carrier,
            outlet or upstream,
            audit,
            postbacks=postbacks,
            deliveries=store.postbacks,
            clock=unix_ms,
            limit=config.limits.body_bytes,
            patience=config.limits.idle_seconds,
        ),
        hacp=Hacp(carrier, outlet or upstream, limit=config.limits.body_bytes, user_agent=config.server.user_agent),
        sessions=sessions,
        returns=returns,
        links=links,
        packages=packages,
        flights=flights,
        callers=Callers(bearers, tokens),
        signatures=Signatures((V1Signatures(time), OAuth1Signatures(time, links.consumers))),
        launches=SignedLaunches(names, time, config.limits.body_bytes),
        mores=mores,
        tokens=tokens,
        outlet=outlet or upstream,
        audit=audit,
        store=store,
        keys_ready=renewal.ready,
        body_limit=config.limits.body_bytes,
        upload_limit=config.limits.package_bytes,
        user_agent=config.server.user_agent,
    )
    if parser_kind() != "c":
        log.warning("slow-parser", hint="aiohttp runs without its C extensions: about three times slower")
    server = Server(passage, metrics, log, tell, idle_seconds=config.limits.idle_seconds, sources=budgets.sources)
    housekeeping = housekeeping_of(
        config,
        desk=cabinet.desk,
        keys=keys,
        store=store,
        keystore=keystore,
        renewal=renewal,
        forgetting=forgetting,
        changes=Changes(store.moves, flights, names.look_again_at),
        mover=mover_of(
            applications_of(config, config_file, upstream),
            keys=keys,
            store=store,
            keystore=keystore,
            renew=renewal.renew,
            actor="system",
        ),
        deleters=deleters_of(config, config_file, upstream),
        periods=periods_of(config),
        metrics=metrics,
        log=log,
        worker=worker,
    )
    return House(
        server=server,
        passage=passage,
        upstream=upstream,
        store=store,
        keystore=keystore,
        audit=audit,
        metrics=metrics,
        packages=packages,
        mounts=mounts,
        keys=keys,
        names=names,
        postbacks=postbacks,
        crowds=crowds,
        renewal=renewal,
        forgetting=forgetting,
        housekeeping=housekeeping,
        logs=LogKeeping(
            config,
            config_file,
            keys=keys,
            store=store,
            clock=unix_ms,
            upstream=None if outlet else upstream,
            log=log,
            metrics=metrics,
        ),
        configuration=digest_of(config),
        guarded_by=cabinet.opened.kek.name,
    )
