"""A throw-away PostgreSQL cluster: real server processes on a loopback port, gone after the run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from proxy.store import KEYSTORE, MAPPING, upgrade
from proxy.store.migrate import Schema
from tests.kill.program import free_ports
from tests.parts import need

ACCOUNT = "postgres"
SETTINGS = {
    # What is tested is what we do with a server, not its disk: a power cut does not happen here.
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "log_min_messages": "fatal",
    "autovacuum": "off",
}


def binaries() -> Path:
    """The folder of the server's programs, the newest version installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        need("postgresql", "install PostgreSQL (Debian: postgresql)")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def as_server(command: list[str]) -> list[str]:
    """The server refuses to run as root; then the account that Debian made for it does."""
    if os.geteuid() != 0:
        return command
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        need("postgresql", f"run the tests as another user than root, or create the account {ACCOUNT}")
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *command]


@dataclass
class Cluster:
    """A running server. `process` is its first process; to kill that is a power cut."""

    folder: Path
    port: int
    programs: Path
    numbers: Iterator[int] = field(default_factory=count)
    templates: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options += f" -c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is a crash: nobody is waited for, and the next start recovers from the log."""
        self._control("stop", "-w", "-m", mode)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{ACCOUNT}@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(f"host=127.0.0.1 port={self.port} user={ACCOUNT} dbname={name}", autocommit=True)

    def empty(self) -> str:
        """The address of a new database without any table."""
        return self.url(self._created(""))

    def database(self, schema: Schema = MAPPING) -> str:
        """The address of a new database with the tables of a store."""
        if schema.name not in self.templates:
            name = self._created("")
            upgrade(self.url(name), schema)
            self.templates[schema.name] = name
        return self.url(self._created(f"TEMPLATE {self.templates[schema.name]}"))

    def pair(self) -> tuple[str, str]:
        """The addresses of a mapping and of a key store."""
        return self.database(MAPPING), self.database(KEYSTORE)

    @contextmanager
    def for_a_while(self) -> Iterator["Cluster"]:
        """What is made within is gone afterwards; it lies in memory. Templates stay."""
        first = next(self.numbers)
        yield self
        last, kept = next(self.numbers), set(self.templates.values())
        with self.connect() as own:
            for name in (f"test_{os.getpid()}_{number}" for number in range(first, last)):
                if name not in kept:
                    own.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_connections(self) -> None:
        """What a restart of a firewall or of the server does: every connection is gone."""
        with self.connect() as own:
            own.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def _created(self, how: str) -> str:
        name = f"test_{os.getpid()}_{next(self.numbers)}"
        with self.connect() as own:
            # File by file: in the log of what was written, where a copy stands since 15, nobody looks.
            strategy = "STRATEGY FILE_COPY" if own.info.server_version >= 150_000 else ""
            own.execute(f"CREATE DATABASE {name} {how} {strategy}")
        return name

    def _control(self, act: str, *more: str) -> None:
        command = [str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-s", act, *more]
        subprocess.run(as_server(command), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server with nothing in it."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="scormveil-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    init = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", ACCOUNT, "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        as_server([*init, "--locale=C.UTF-8", "-N"]),
        check=True,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
    made = Cluster(folder, free_ports(1), programs)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
