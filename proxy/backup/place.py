"""Whether a restore may go where it is to go: nothing that is there may be lost by it."""

from contextlib import suppress

from proxy.backup.survivors import look_at
from proxy.errors import BackupFailed, StoreFailed
from proxy.store.engines import parse
from proxy.store.migrate import Schema
from proxy.store.occupancy import tables_on, workers_on


class Place:
    """Where a store is to be restored to, and what is there now."""

    def __init__(self, url: str, schema: Schema) -> None:
        """Look at it."""
        self._url = url
        self._path = parse(url).path
        self.occupant = look_at(url, schema)

    @property
    def worth_keeping(self) -> bool:
        """Whether the SQLite file there has to be moved aside: it holds somebody's data, or nobody can tell."""
        return self.occupant.used or bool(self.occupant.reason)

    def refuse(self, *, replace: bool) -> None:
        """Raise `BackupFailed` `target-exists`, `target-not-empty`; `StoreFailed` if a server cannot be asked."""
        if self.occupant.reason == "wrong-store":
            raise StoreFailed("wrong-store")
        if self._path is not None:
            if self._path.exists() and self.worth_keeping and not replace:
                raise BackupFailed("target-exists")
        elif self.occupant.reason in {"", "not-created", "not-migrated", "schema-newer"}:
            if self.occupant.used or (self.occupant.reason and tables_on(self._url)):
                raise BackupFailed("target-not-empty")
        else:
            raise StoreFailed(self.occupant.reason)

    def refuse_workers(self, mapping: str) -> None:
        """Raise `StoreFailed` `in-use` if workers serve from here; who cannot be asked serves nobody."""
        workers: list[str] = []
        with suppress(StoreFailed):
            workers = workers_on(mapping)
        if workers:
            raise StoreFailed("in-use")
