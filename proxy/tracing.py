"""A house for a trace: the operator's mounts, keys and stores that are thrown away, and nobody on the other side.

The configuration's secrets are not read: each gets a stand-in, so a trace runs where the secrets are not. Its keyring
and stores are made in a folder that is removed; those of the configuration are not touched. Composition level.
"""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from proxy.assemble import House, build
from proxy.config import Config, MountSettings
from proxy.config.model import Keys, KeyStoreSettings, StoreSettings, Upkeep
from proxy.errors import ProxyError
from proxy.founding import found
from proxy.mounting import adapters, address_pairs
from proxy.package import rewrite_package
from proxy.passage import Router, Sessions
from proxy.people import Kind
from proxy.trace.advice import Advisor
from proxy.trace.cast import Cast
from proxy.trace.har import Recorded
from proxy.trace.hosts import Hosts
from proxy.trace.lines import Line
from proxy.trace.masking import Mask
from proxy.trace.replay import Replay
from proxy.trace.report import Report
from proxy.trace.run import Run
from proxy.trace.second import Second
from proxy.trace.sights import Sights
from proxy.trace.suggest import Current
from proxy.trace.tracer import Tracer, judge_absent_answers

_REFERENCES = ("file:", "env:")
_SECRET_BYTES = 24
_MEMORY = Path("/dev/shm")  # noqa: S108  the folder is made safely below it
"""Where there is a file system in memory: what is thrown away need not have been on a disk."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be traced."""

    preferred: str = ""
    """The mount that is meant where several stand for one cloud."""
    packages: tuple[Path, ...] = ()
    """Dispatch packages that count as registered."""


async def trace(config: Config, entries: Iterable[Recorded], wish: Wish) -> Report:
    """Walk the entries of a recording through the corridor of `config`. Raises `HarInvalid` and `PackageRefused`."""
    replay, sights = Replay(), Sights()
    async with _house(config, replay, sights) as house:
        sights.alias_of = lambda person: house.names.texts_for(person, Kind.FAMILY)
        for package in wish.packages:
            await _register(package, config, house)
        external = [one for mount in config.mounts for one in mount.policy.external_hosts]
        hosts = Hosts(house.mounts, external, wish.preferred)
        cast = Cast(house.names, Sessions(house.keys, house.names, house.renewal.renew), house.mounts)
        tracer = Tracer(
            Run(house.passage, hosts, replay, sights, cast),
            Second(cast),
            mounts=house.mounts,
            hosts=hosts,
            people=sights.people,
            clock=time.time,
            spoken=_Protocols().spoken,
        )
        advisor = Advisor(house.mounts, hosts)
        lines: list[Line] = []
        iterator = iter(entries)
        while (entry := await asyncio.to_thread(next, iterator, None)) is not None:
            line, outcome = await tracer.trace(entry)
            advisor.advise(line, entry, outcome)
            lines.append(line)
        judge_absent_answers(lines)
        current = {one.name: Current(one.lms_origins, one.policy.external_hosts, one.routes) for one in config.mounts}
        return Report(lines, advisor, Mask(sights.people.values()), current)


@asynccontextmanager
async def _house(config: Config, replay: Replay, sights: Sights) -> AsyncIterator[House]:
    folder = await asyncio.to_thread(_folder)
    try:
        file = Path(folder.name) / "scormveil.toml"
        house = await asyncio.to_thread(_founded, config, file, replay, sights)
        await house.open()
        try:
            yield house
        finally:
            await house.close()
    finally:
        await asyncio.to_thread(folder.cleanup)


def _folder() -> TemporaryDirectory[str]:
    place = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    return TemporaryDirectory(prefix="scormveil-trace-", dir=place, ignore_cleanup_errors=True)


def _founded(config: Config, file: Path, replay: Replay, sights: Sights) -> House:
    own = with_stand_ins(config, file.parent)
    found(own, file)
    return build(own, file, outlet=replay, witness=sights)


def with_stand_ins(config: Config, folder: Path) -> Config:
    """Return the configuration with stores and keys in `folder`, and a secret of no worth for each one it names."""
    ours = {"keys": Keys(), "store": StoreSettings(), "keystore": KeyStoreSettings(), "upkeep": Upkeep()}
    mounts = tuple(_without_secrets(mount, folder) for mount in config.mounts)
    return config.model_copy(update={**ours, "mounts": mounts})


def _without_secrets(mount: MountSettings, folder: Path) -> MountSettings:
    return MountSettings.model_validate(_replaced(mount.model_dump(mode="json"), folder))


def _replaced(node: Any, folder: Path, key: str = "") -> Any:
    """The same tree with each reference to a secret turned to a stand-in of its own."""
    if isinstance(node, dict):
        return {key: _replaced(value, folder, key) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(value, folder) for value in node]
    if not isinstance(node, str) or not node.startswith(_REFERENCES):
        return node
    if key == "signing_chain":
        return ""
    name = f"stand-in-{secrets.token_hex(8)}"
    (folder / name).write_text(_private_key() if key == "signing_key" else secrets.token_hex(_SECRET_BYTES), "utf-8")
    return f"file:{name}"


def _private_key() -> str:
    """A key to sign statements with, where the mount does."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode("ascii")


async def _register(package: Path, config: Config, house: House) -> None:
    """Remember a package as if it had been rewritten for each dispatch mount; `PackageRefused`."""
    data = await asyncio.to_thread(package.read_bytes)
    mounts = [one for one in config.mounts if one.adapter == "dispatch"]
    for mount in mounts:
        learned = (await asyncio.to_thread(rewrite_package, data, address_pairs(mount, config))).learned
        await house.packages.register(learned, mount.tenant, exchange="", actor="operator")


class _Protocols:
    """Recognises the cloud's own protocol at hosts of no mount, by what no other page of the web has."""

    def __init__(self) -> None:
        routes = tuple(route for adapter in adapters()["dispatch"] for route in adapter.routes)
        telling = tuple(one for one in routes if one.when or one.learned or one.session.value == "needs" or one.signed)
        self._router = Router(telling)

    def spoken(self, entry: Recorded) -> str:
        """The name of the declared route that a request has the form of, "" for none."""
        path, _, query = ("/" + entry.url.partition("://")[2].partition("/")[2]).partition("#")[0].partition("?")
        try:
            return self._router.match(entry.method, path, query).route.name
        except ProxyError:
            return ""
