"""Asks the cloud itself what it holds, with the credentials of the configuration: every registration, page by page."""

import asyncio
from io import BytesIO

import orjson

from proxy.applications import mounts_of, readers_of
from proxy.attack import CloudFile, json_records
from proxy.cli.desk import Desk
from proxy.cli.people_cloud import outlet_of
from proxy.cli.talk import refuse
from proxy.config import Config

_NOBODY = "--ask needs a cloud_v2 mount with a credential: there is none whom it could ask. Give --cloud, a file."


def check(config: Config) -> None:
    """Refuses where nobody can be asked."""
    if not any(mounts_of(config)):
        refuse(_NOBODY)


async def ask(desk: Desk, cloud: CloudFile) -> None:
    """Read the registrations of every application into `cloud`.

    Raises `ConfigInvalid`, `UpstreamFailed`, `UpstreamRefused`, `BodyTooLarge`.
    """
    async with outlet_of(desk.config) as upstream:
        for _, reader in readers_of(desk.config, desk.config_file, upstream):
            async for rows in reader.pages("/registrations", "registrations"):
                await asyncio.to_thread(cloud.read, json_records(BytesIO(orjson.dumps(rows))))
