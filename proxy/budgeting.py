"""From [mounts.minting] and [mounts.disclosure] to what counts people, and who is told. Composition level."""

import asyncio
import secrets
import time
from typing import Any

from proxy.audit import AuditLog
from proxy.budget import NEVER, Allowance, Bounds, MintingGate, MintingLimits, ShowingGate
from proxy.config import Config
from proxy.edge.sources import Sources
from proxy.observe import Metrics


class Budgets:
    """The budgets of one process."""

    def __init__(self, config: Config, audit: AuditLog, metrics: Metrics, log: Any) -> None:
        """Make them; nobody was counted yet."""

        def sound(event: str, mount: str, word: str, count: int) -> None:
            metrics.alarm(event=event, mount=mount, reason=word)
            log.warning(event, mount=mount, reason=word, count=count)

        self.minting = MintingGate(
            {
                mount.name: MintingLimits(
                    Allowance(given.burst, given.per_minute, given.refuse_after),
                    Allowance(given.caller_burst, given.caller_per_minute, given.refuse_after),
                    given.delay_seconds,
                    Allowance(given.people_burst, given.people_per_minute, given.people_refuse_after or NEVER),
                    given.alarm_per_hour,
                )
                for mount in config.mounts
                for given in (mount.minting,)
            },
            audit,
            clock=time.monotonic,
            sleep=asyncio.sleep,
            sound=sound,
        )
        self.showing = ShowingGate(
            {one.name: Bounds(one.disclosure.per_hour, one.disclosure.alarm_per_hour) for one in config.mounts},
            audit,
            clock=time.monotonic,
            sound=sound,
        )
        server = config.server
        self.sources = Sources(secrets.token_bytes(16), server.client_address_header, server.trusted_proxies)
