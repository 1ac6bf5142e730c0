"""An installation opened for those who look after it: configuration, the newest keyring, both stores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys import Keyring, KeyringError, KeyRoom, Opened, rotate
from proxy.applications import places_of
from proxy.assemble import Stores, stores_of, unix_ms
from proxy.cli.disclosure_rules import digest_of, rules_of, teller
from proxy.config import Config, beside, load
from proxy.disclosure import Disclosure, Requests
from proxy.errors import ProxyError
from proxy.identity import Records
from proxy.keepers import RingFile
from proxy.logkeeping import LogKeeping
from proxy.store import Pulse
from proxy.upkeep import Approvals, Forgetting, Journal, Office, Survey
from proxy.upkeep.survey import ALIVE_MS, survey

HEARD_SECONDS = 10.0
"""How long a command waits for the workers to take a new keyring; they look every second."""

_LOOK_SECONDS = 0.2


def clock() -> int:
    """Milliseconds since 1970 (UTC)."""
    return unix_ms()


def now() -> datetime:
    """The time, aware."""
    return datetime.fromtimestamp(clock() / 1000, UTC)


def longest_session(config: Config) -> timedelta:
    """The longest life of a session that any mount allows."""
    return timedelta(hours=max(mount.policy.session_hours for mount in config.mounts))


def longest_session_ms(config: Config) -> int:
    """The same in milliseconds."""
    return int(longest_session(config) / timedelta(milliseconds=1))


def rest_of(config: Config) -> timedelta:
    """How long a key rests before it may be destroyed: sessions that it sealed are in no list that could be counted."""
    return max(rotate.REST, longest_session(config))


@asynccontextmanager
async def open_stores(config: Config, config_file: Path) -> AsyncIterator[Stores]:
    """Both stores, open, and of one another. Raises `StoreFailed`."""
    stores = stores_of(config, config_file)
    async with AsyncExitStack() as stack:
        await stores.mapping.open()
        stack.push_async_callback(stores.mapping.close)
        await stores.keystore.open()
        stack.push_async_callback(stores.keystore.close)
        opens = await stores.mapping.upkeep.has_own_keys()
        # Counted in another installation's key store, a key would be needed by nobody.
        await stores.keystore.belongs_to((await stores.mapping.pulse()).lineage, opens=opens)
        yield stores


@asynccontextmanager
async def open_desk(config_file: Path) -> AsyncIterator["Desk"]:
    """Open everything; nothing is changed. Raises `ConfigInvalid`, `KeyringError`, `StoreFailed`."""
    config = load(config_file)
    file = RingFile(config, config_file)
    here = await asyncio.to_thread(file.load)
    async with open_stores(config, config_file) as stores:
        pulse = await stores.mapping.pulse()
        opened = here
        if pulse.generation > here.ring.generation:
            opened = await asyncio.to_thread(file.peek, await announced(stores, pulse))
        elif pulse.generation == here.ring.generation and pulse.digest != here.sealed.digest:
            raise KeyringError("keyring-forked")
        keys = KeyRoom(opened.ring)
        logs = LogKeeping(config, config_file, keys=keys, store=stores.mapping, clock=clock, upstream=None)
        yield Desk(config, config_file, file, stores, here, opened, keys, pulse, logs)
        if stores.mapping.logs.ours is not None:
            with suppress(ProxyError):  # the next who serves signs it
                await logs.checkpoints.make()


async def announced(stores: Stores, pulse: Pulse) -> bytes:
    """The keyring that another node has announced. Raises KeyringError `keyring-behind` if nobody left it."""
    content = await stores.keystore.ring(pulse.generation, pulse.digest)
    if content is None:
        raise KeyringError("keyring-behind")
    return content


@dataclass(frozen=True, slots=True)
class Desk:
    """See the module. `here` is this machine's keyring file, `opened` the newest keyring: maybe another node's."""

    config: Config
    config_file: Path
    file: RingFile
    stores: Stores
    here: Opened
    opened: Opened
    keys: KeyRoom
    pulse: Pulse
    logs: LogKeeping

    @property
    def ring(self) -> Keyring:
        """The newest keyring."""
        return self.opened.ring

    async def survey(self) -> Survey:
        """What needs each key, who learns, who serves. Raises `StoreFailed`."""
        session_ms = longest_session_ms(self.config)
        return await survey(self.stores.mapping.upkeep, self.stores.keystore, clock(), session_ms)

    async def catch_up(self) -> None:
        """Put the newest keyring in force here, as a node that serves does by itself: an act builds on the file."""
        if self.opened is not self.here:
            await asyncio.to_thread(self.file.adopt, self.opened.sealed.file)

    async def renew(self) -> None:
        """Look for a keyring that somebody made while we work. Raises `KeyringError`, `StoreFailed`."""
        pulse = await self.stores.mapping.pulse()
        if pulse.generation > self.keys.ring.generation:
            opened = await asyncio.to_thread(self.file.adopt, await announced(self.stores, pulse))
            self.keys.install(opened.ring)

    def office(self) -> Office:
        """Where keys are changed."""
        distribute = self.config.keys.distribute
        return Office(self.file, self.stores.mapping.upkeep, self.stores.keystore, clock, distribute=distribute)

    def records(self) -> Records:
        """What opens and seals people."""
        return Records(self.keys, self.stores.keystore, self.renew)

    def approvals(self) -> Approvals:
        """The two-person rule."""
        return approvals_of(self.config, self.stores, self.pulse)

    def requests(self) -> Requests:
        """Look-ups that need a second officer."""
        return Requests(self.approvals(), self.keys, rules_of(self.config))

    def disclosure(self) -> Disclosure:
        """Where whoever wants to see a person asks first."""
        ledger, rules = self.stores.mapping.disclosures, rules_of(self.config)
        tell, digest = teller(self.config), digest_of(self.config)
        return Disclosure(rules, ledger, self.requests(), clock, tell, digest=digest)

    def forgetting(self) -> Forgetting:
        """What forgets people; nobody here has them in memory."""
        journal = Journal(beside(self.config_file, self.config.keystore.journal))
        mapping, keystore, places = self.stores.mapping, self.stores.keystore, places_of(self.config)
        told = _nobody_listens
        return Forgetting(mapping.upkeep, keystore, journal, clock, told, places, restrictions=mapping.restrictions)


def _nobody_listens(_erasures: object) -> None:
    """For who has nobody in memory."""


def approvals_of(config: Config, stores: Stores, pulse: Pulse) -> Approvals:
    """The two-person rule, also where there is no keyring yet."""
    return Approvals(stores.mapping.upkeep, clock, config.keys.officers, pulse.lineage)


async def heard_by(stores: Stores, generation: int) -> tuple[int, int]:
    """How many of the workers that serve use this generation (or a later one), and how many serve; waits for them."""
    loop = asyncio.get_running_loop()
    until = loop.time() + HEARD_SECONDS
    while True:
        nodes = await stores.mapping.upkeep.nodes(clock() - ALIVE_MS)
        using = sum(node.generation >= generation for node in nodes)
        if using == len(nodes) or loop.time() >= until:
            return using, len(nodes)
        await asyncio.sleep(_LOOK_SECONDS)
