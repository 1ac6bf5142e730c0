"""Rotation by the calendar: warns before a cryptoperiod ends, and rotates when it has, where that is wanted."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from keys import Keyring, KeyringError, KeyRoom, Purpose, rotate
from keys.plan import Due, Standing, due
from proxy.store.port import Clock
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.office import Office

_TURN_MS = 60_000
_NOW = frozenset({Standing.DUE, Standing.OVERDUE})
_LOOK_MS = 60_000


class Schedule:
    """Looks once a minute. `told` hears how each key stands whenever that has changed."""

    def __init__(
        self,
        keys: KeyRoom,
        office: Office,
        upkeep: Upkeep,
        clock: Clock,
        *,
        periods: Mapping[Purpose, timedelta],
        warn: timedelta,
        holder: str,
        told: Callable[[Due], None],
    ) -> None:
        """Remember the means. A purpose without a period is rotated by officers only."""
        self._keys = keys
        self._office = office
        self._upkeep = upkeep
        self._clock = clock
        self._periods = periods
        self._warn = warn
        self._holder = holder
        self._told = told
        self._looked = 0
        self._stood: dict[Purpose, Standing] = {}

    def standing(self) -> tuple[Due, ...]:
        """How each key with a period stands now."""
        return due(self._keys.ring, self._periods, self._now(), warn=self._warn)

    async def look(self) -> None:
        """Warn, and rotate what is due. Raises `StoreFailed`."""
        if 0 <= self._clock() - self._looked < _LOOK_MS:
            return
        self._looked = self._clock()
        for one in self.standing():
            if self._stood.get(one.purpose) is not one.standing:
                self._stood[one.purpose] = one.standing
                self._told(one)
            if one.standing in _NOW and await self._our_turn():
                await self._rotate(one)

    async def _our_turn(self) -> bool:
        now = self._clock()
        return await self._upkeep.take("rotate", self._holder, now, now + _TURN_MS)

    async def _rotate(self, one: Due) -> None:
        def act(ring: Keyring) -> Keyring:
            if ring.active(one.purpose).id != one.key_id:
                raise KeyringError("keyring-stale")
            return rotate.rotate(ring, one.purpose, self._now(), "end of its cryptoperiod")

        try:
            await self._office.enact(act, "schedule")
        except KeyringError as refused:
            if refused.code != "keyring-stale":  # another node was faster
                self._told(Due(one.purpose, Standing.OVERDUE, one.key_id, one.until))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() / 1000, UTC)
