"""The import table of docs/architecture.md: who may call whom. A picture that is not a test is soon a wish."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 300
EVERYTHING = {
    "keys",
    "proxy.errors",
    "proxy.people",
    "proxy.message",
    "proxy.places",
    "proxy.treatments",
    "proxy.fields",
    "proxy.adapters",
    "proxy.rewrite",
    "proxy.package",
    "proxy.guard",
    "proxy.store",
    "proxy.audit",
    "proxy.identity",
    "proxy.budget",
}
PROJECT = {
    "keys": set(),
    "proxy.errors": set(),
    "proxy.people": set(),
    "proxy.message": {"proxy.errors", "proxy.people"},
    "proxy.treatments": set(),
    "proxy.places": {"proxy.errors"},
    "proxy.lzstring": set(),
    "proxy.tlog": set(),
    "proxy.fields": {"proxy.errors", "proxy.people", "proxy.places", "proxy.treatments"},
    "proxy.config": {"proxy.errors"},
    "proxy.adapters": {"proxy.fields"},
    "proxy.rewrite": {"proxy.message", "proxy.people", "proxy.fields", "proxy.errors", "proxy.lzstring"},
    "proxy.package": {"proxy.message", "proxy.people", "proxy.fields", "proxy.errors"},
    "proxy.guard": {"proxy.message", "proxy.people", "proxy.errors", "proxy.lzstring"},
    "proxy.store": {"proxy.people", "proxy.errors", "proxy.tlog"},
    "proxy.audit": {"proxy.errors", "proxy.store.port", "proxy.store.log_port", "proxy.tlog", "keys"},
    "proxy.identity": {"proxy.people", "proxy.store.port", "proxy.errors", "keys"},
    "proxy.review": {
        "proxy.adapters",
        "proxy.fields",
        "proxy.message",
        "proxy.passage",
        "proxy.rewrite",
        "proxy.errors",
    },
    "proxy.cloud": {"proxy.guard", "proxy.people", "proxy.errors"},
    "proxy.doctor": {"proxy.cloud", "proxy.config", "proxy.people", "proxy.errors"},
    "proxy.upkeep": {
        "proxy.identity",
        "proxy.cloud",
        "proxy.store.port",
        "proxy.store.upkeep_port",
        "proxy.store.moves_port",
        "proxy.store.postbacks_port",
        "proxy.store.deletions_port",
        "proxy.store.restrictions_port",
        "proxy.errors",
        "proxy.people",
        "keys",
    },
    "proxy.dossier": set(),
    "proxy.disclosure": {
        "proxy.upkeep",
        "proxy.store.port",
        "proxy.store.disclosure_port",
        "proxy.errors",
        "keys",
    },
    "proxy.attack": {"proxy.guard", "proxy.identity", "proxy.errors", "proxy.people", "keys"},
    "proxy.budget": {"proxy.audit", "proxy.identity", "proxy.errors"},
    "proxy.backup": {
        "keys",
        "proxy.errors",
        "proxy.store",
        "proxy.audit",
        "proxy.identity",
        "proxy.upkeep",
    },
    "proxy.passage": EVERYTHING,
    "proxy.trace": {
        "proxy.passage",
        "proxy.rewrite",
        "proxy.guard",
        "proxy.identity",
        "proxy.fields",
        "proxy.message",
        "proxy.people",
        "proxy.errors",
    },
    "proxy.edge": {"proxy.passage", "proxy.message", "proxy.config", "proxy.observe", "proxy.errors"},
    "proxy.demo": {"proxy.package", "proxy.errors", "proxy.lzstring"},
    "proxy.observe": {"proxy.errors", "proxy.people"},
    "proxy.witness": {"proxy.tlog", "proxy.errors", "keys"},
}
FOREIGN = {
    "keys": {"cryptography", "pkcs11"},
    "proxy.tlog": {"cryptography"},
    "proxy.config": {"pydantic"},
    "proxy.rewrite": {"orjson", "lxml", "jwt", "cryptography"},
    "proxy.package": {"orjson", "lxml"},
    "proxy.guard": {"ahocorasick_rs"},
    "proxy.store": {"sqlalchemy", "alembic", "psycopg"},
    "proxy.cloud": {"orjson"},
    "proxy.passage": {"orjson"},
    "proxy.edge": {"aiohttp", "multidict", "orjson"},
    "proxy.demo": {"aiohttp", "jinja2"},
    "proxy.dossier": {"jinja2"},
    "proxy.witness": {"aiohttp"},
    "proxy.observe": {"structlog", "prometheus_client"},
    "proxy.trace": {"ijson", "jinja2", "lxml", "orjson"},
    "proxy.attack": {"ijson", "jinja2"},
}
COMPOSITION = {
    "proxy.budgeting",
    "proxy.keepers",
    "proxy.mounting",
    "proxy.cabinet",
    "proxy.applications",
    "proxy.housework",
    "proxy.house",
    "proxy.logkeeping",
    "proxy.assemble",
    "proxy.tracing",
    "proxy.sandbox",
    "proxy.founding",
    "proxy.cli",
}
PURE = {
    "keys",
    "proxy.errors",
    "proxy.people",
    "proxy.message",
    "proxy.places",
    "proxy.lzstring",
    "proxy.tlog",
    "proxy.treatments",
    "proxy.fields",
    "proxy.config",
    "proxy.adapters",
    "proxy.rewrite",
    "proxy.package",
    "proxy.guard",
}
REVEALS = {
    "proxy.rewrite",
    "proxy.identity",
    "proxy.passage",
    "proxy.guard",
    "proxy.people",
    "proxy.trace",
    "proxy.attack",
}
FILES = sorted([*(ROOT / "proxy").rglob("*.py"), *(ROOT / "keys").rglob("*.py")])


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] == "keys" or len(parts) == 1 else ".".join(parts[:2])


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in {"keys", "proxy"}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {module_of(file): ast.parse(file.read_text("utf-8")) for file in FILES}


def test_every_room_is_in_the_table(trees) -> None:
    """A new package must be given its place before it can be used."""
    rooms = {room_of(module) for module in trees} - {"proxy"}
    assert rooms <= PROJECT.keys() | COMPOSITION


def test_rooms_import_only_whom_the_table_allows(trees) -> None:
    """Project imports, room by room."""
    wrong = []
    for module, tree in trees.items():
        room = room_of(module)
        for name in filter(is_ours, imports(tree)):
            allowed = room in COMPOSITION or room_of(name) == room
            allowed |= any(name == one or name.startswith(one + ".") for one in PROJECT.get(room, ()))
            if not allowed:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_nobody_imports_the_composition_root_but_the_composition_root(trees) -> None:
    """What wires the house is known to nobody inside it."""
    inside = [module for module in trees if room_of(module) not in COMPOSITION]
    wrong = [f"{one}: {name}" for one in inside for name in imports(trees[one]) if room_of(name) in COMPOSITION]
    assert wrong == []


def test_third_party_libraries_stay_in_their_rooms(trees) -> None:
    """Aiohttp at the rim only, SQLAlchemy in the store only, cryptography with the keys only."""
    wrong = []
    for module, tree in trees.items():
        room = room_of(module)
        for name in imports(tree):
            library = name.split(".")[0]
            if is_ours(name) or library in sys.stdlib_module_names or room in COMPOSITION:
                continue
            if library not in FOREIGN.get(room, set()):
                wrong.append(f"{module} imports {library}")
    assert wrong == []


def test_there_are_no_circles(trees) -> None:
    """Not even hidden ones: imports inside functions and TYPE_CHECKING blocks count."""
    edges = {
        module: {
            target
            for name in filter(is_ours, imports(tree))
            if (target := name if name in trees else name.rpartition(".")[0]) in trees and target != module
        }
        for module, tree in trees.items()
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path, module))
        if module in done:
            return
        for target in edges[module]:
            visit(target, (*path, module))
        done.add(module)

    for module in edges:
        visit(module, ())


def test_no_file_is_two_rooms() -> None:
    """Over 300 lines a file is two."""
    long = [f"{file.relative_to(ROOT)}" for file in FILES if len(file.read_text("utf-8").splitlines()) > LONGEST]
    assert long == []


def test_nothing_hides_behind_type_checking(trees) -> None:
    """A cycle must not be able to hide."""
    assert [module for module, tree in trees.items() if "TYPE_CHECKING" in ast.dump(tree)] == []


def test_pure_rooms_neither_wait_nor_log(trees) -> None:
    """What finds and replaces people can be reasoned about without a loop, a clock or a log."""
    wrong = []
    for module, tree in trees.items():
        if room_of(module) not in PURE:
            continue
        waits = any(isinstance(node, ast.Await | ast.AsyncFunctionDef) for node in ast.walk(tree))
        logs = {name.split(".")[0] for name in imports(tree)} & {"logging", "structlog", "time", "socket", "asyncio"}
        if waits or logs:
            wrong.append(module)
    assert wrong == []


def test_cleartexts_are_revealed_in_few_rooms_only(trees) -> None:
    """`reveal` is the single way to a name; this is the list of who takes it (keys reveal secrets of their own)."""
    rooms = {
        room_of(module)
        for module, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and not node.args
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "reveal"
    }
    assert rooms - {"keys"} <= REVEALS


def test_modules_hold_no_state_that_changes(trees) -> None:
    """No list, dict or set at module level that anything in the module alters; no `global`."""
    wrong = []
    for module, tree in trees.items():
        names = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.List | ast.Dict | ast.Set)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                wrong.append(f"{module}: global")
            changes = isinstance(node, ast.Attribute) and node.attr in {"append", "add", "update", "pop", "setdefault"}
            if changes and isinstance(node.value, ast.Name) and node.value.id in names:
                wrong.append(f"{module}: {node.value.id}")
            stores = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
            if stores and isinstance(node.value, ast.Name) and node.value.id in names:
                wrong.append(f"{module}: {node.value.id}")
    assert wrong == []


def test_importing_does_no_work(trees) -> None:
    """No file is read, no connection opened, no clock asked: a test, a command, a worker may import at any time."""
    work = {"open", "print", "input", "getenv", "connect", "create_engine", "now", "time", "run", "mkdir", "read_text"}
    wrong = []
    for module, tree in trees.items():
        if module == "proxy.store.migrations.env":  # Alembic runs this file; nobody imports it
            continue
        declared = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        for node in (one for top in tree.body if not isinstance(top, declared) for one in ast.walk(top)):
            called = node.func if isinstance(node, ast.Call) else None
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in work:
                wrong.append(f"{module}:{node.lineno} {name}")
    assert wrong == []


def test_the_table_in_the_docs_names_the_libraries_of_every_room() -> None:
    """What a room may use of others stands on the page, too."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `") and line.count(" | ") == 3]
    missing = []
    for room, libraries in FOREIGN.items():
        shown = " ".join(row[2] for row in rows if f"`{room}" in row[0])
        missing += [f"{room}: {library}" for library in libraries if library not in shown]
    assert missing == []


def test_the_table_in_the_docs_names_every_room() -> None:
    """The page an engineer reads and this test must not drift apart."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    missing = [room for room in PROJECT.keys() | COMPOSITION if not any(f"`{room}" in row for row in rows)]
    assert missing == []
