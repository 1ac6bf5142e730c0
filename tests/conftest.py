"""What holds for every test: nothing blocks the loop, properties are repeatable, and a skip can be made a failure."""

import gc
import inspect
import logging
import os
import shutil
import sqlite3
import tempfile
import uuid
from contextlib import closing
from pathlib import Path

import pytest
import structlog
import typer.main
import typer.testing
from blockbuster import blockbuster_ctx
from hypothesis import HealthCheck, settings

from keys import PassphraseKek
from proxy.store import migrate
from tests import parts
from tests.postgres import cluster

NO_SKIPS = "SCORMVEIL_NO_SKIPS"
MEMORY = "/dev/shm"
ROOMY = 2 << 30

# Whoever imports it first, a module of helpers whose assertions should say what they compared.
pytest.register_assert_rewrite("tests.journeys.kit")

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get(NO_SKIPS) == "1" else "local")

MAY_BLOCK = (
    # One stat each, 2 µs, on every exchange: handing it to a thread would cost more than it could ever wait.
    ("proxy/store/watch.py", {"_look"}),
    ("keys/storage.py", {"_mark"}),
    # Before the first and after the last exchange.
    ("proxy/assemble.py", {"build", "open_keys"}),
    ("proxy/sandbox.py", {"start", "install", "close"}),
    ("proxy/config/load.py", {"load", "secret"}),
    ("proxy/founding.py", {"found"}),
    ("proxy/store/migrate.py", {"upgrade"}),
    # Store tests that look at an engine themselves; the product's own statements are watched where they are made.
    ("proxy/store/engines.py", {"on_begin"}),
)


def pytest_configure(config):
    """Files of tests lie in memory where there is room: a disk takes milliseconds for each of thousands of `fsync`."""
    if config.option.basetemp is None and Path(MEMORY).is_dir() and os.access(MEMORY, os.W_OK):
        scripts_run = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
        if scripts_run and shutil.disk_usage(MEMORY).free > ROOMY:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)
            # The databases of PostgreSQL too, each of which is copied ten times as fast, and the browser's profiles.
            os.environ.setdefault("TMPDIR", MEMORY)
            tempfile.tempdir = None


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """No garbage is looked for while all modules are imported, and none later among what they are made of."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop(request):
    """A file, a lock or a sleep on the event loop holds up every learner at once; in the product it is an error."""
    if not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        yield
        return
    with blockbuster_ctx(["proxy", "keys"], excluded_modules=["proxy.demo"]) as watcher:
        for name, function in watcher.functions.items():
            if "lock" in name.lower():  # handing work to a thread takes the pool's own lock for a moment
                function.deactivate()
            for file, names in MAY_BLOCK:
                function.can_block_in(file, names)
        yield


@pytest.fixture(autouse=True, scope="module")
def logging_is_as_it_was():
    """A command that runs in the tests' own process sets up the logging of all tests after it."""
    before, disabled = structlog.get_config(), logging.root.manager.disable
    yield
    structlog.configure(**before)
    logging.disable(disabled)


@pytest.fixture(autouse=True, scope="session")
def commands_are_built_once():
    """Of a command that runs in the tests' own process a third was to build the tree of all commands, always the same."""
    build, built = typer.main.get_command, {}

    def once(app):
        name = app.info.name
        if name != "scormveil":
            return build(app)
        if name not in built:
            built[name] = build(app)
        return built[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", once)
        patch.setattr(typer.testing, "_get_command", once, raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def new_stores_are_copies(tmp_path_factory):
    """Of each of thousands of new SQLite stores the migrations were a tenth of a second: they run once, in earnest."""
    real, made = migrate._upgrade, {}
    folder = tmp_path_factory.mktemp("templates")

    def once(address, schema, unfinished):
        if address.path is None or address.path.exists():
            real(address, schema, unfinished)
            return
        if schema.name not in made:
            made[schema.name] = folder / f"{schema.name}.db"
            real(migrate.Address(address.url.set(database=str(made[schema.name])), made[schema.name]), schema, "")
        handle = os.open(address.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as copy:
            copy.write(made[schema.name].read_bytes())
        named = {"instance": uuid.uuid4().hex, **({"unfinished": unfinished} if unfinished else {})}
        if schema is migrate.MAPPING:
            named["lineage"] = named["instance"]
        with closing(sqlite3.connect(address.path, isolation_level=None)) as connection:
            connection.executemany("REPLACE INTO meta (name, value) VALUES (?, ?)", named.items())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "_upgrade", once)
        yield


@pytest.fixture(autouse=True, scope="session")
def passphrases_cost_little():
    """Half a second for each passphrase keeps guessers out, not tests; gives what they cost in earnest."""
    costs = PassphraseKek.__init__.__kwdefaults__
    in_earnest = dict(costs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(costs, "n", 1 << 14)
        yield in_earnest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With SCORMVEIL_NO_SKIPS=1 nothing is passed over: a test that did not run proves nothing."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get(NO_SKIPS) == "1" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
        report.outcome = "failed"
        report.longrepr = f"{NO_SKIPS}=1 forbids to skip: {reason}"


def pytest_terminal_summary(terminalreporter):
    """Here, not in a folder: the process that tells the result has loaded no other file of fixtures."""
    parts.tell_missing(terminalreporter)


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL cluster for the run; a test that breaks it starts one of its own."""
    with cluster() as running:
        yield running


@pytest.fixture
def postgres(postgres_server):
    """The same for one test, whose databases go with it."""
    with postgres_server.for_a_while() as running:
        yield running
