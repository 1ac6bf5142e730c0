"""Adapters are declarations: a privacy officer can read them, nothing in them runs."""

import ast
from pathlib import Path

import pytest

ADAPTERS = sorted((Path(__file__).parents[1] / "proxy" / "adapters").rglob("*.py"))


@pytest.mark.parametrize("file", ADAPTERS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_adapter_holds_no_behaviour(file: Path) -> None:
    """No function, class, branch, loop or lambda."""
    forbidden = (
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.If,
        ast.IfExp,
        ast.For,
        ast.While,
        ast.Lambda,
        ast.Try,
        ast.With,
        ast.ListComp,
        ast.SetComp,
        ast.DictComp,
        ast.GeneratorExp,
    )
    found = [
        type(node).__name__ for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, forbidden)
    ]
    assert found == []


def test_every_file_is_looked_at() -> None:
    """The test above would pass on an empty folder."""
    assert {"dispatch", "runtime", "postback", "registrations", "results"} <= {file.stem for file in ADAPTERS}
