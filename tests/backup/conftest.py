"""Installations on both databases."""

import pytest

from tests.backup.installation import LI, OBRIEN, ZOE, Databases, found_in

KINDS = ("sqlite", "postgresql")


def databases(kind, folder, request):
    postgres = request.getfixturevalue("postgres") if kind == "postgresql" else None
    folder.mkdir()
    return Databases(kind, folder, postgres)


@pytest.fixture(params=KINDS)
def kind(request):
    """The database of the installation."""
    return request.param


@pytest.fixture(params=KINDS)
def other_kind(request):
    """The database that something is moved or restored to."""
    return request.param


@pytest.fixture
def source(kind, tmp_path, request):
    return databases(kind, tmp_path / "source", request)


@pytest.fixture
def target(other_kind, tmp_path, request):
    return databases(other_kind, tmp_path / "target", request)


@pytest.fixture
def one(source, tmp_path):
    """An installation in which three people have learned."""
    made = found_in(tmp_path / "house", *source.pair())
    made.learn(ZOE, OBRIEN, LI)
    return made


@pytest.fixture
def bundle(one, tmp_path):
    file = tmp_path / "mapping.backup"
    assert one.run("backup", "make", str(file)) == 0
    return file


@pytest.fixture
def keys(one, tmp_path):
    file = tmp_path / "keys.backup"
    assert one.run("backup", "keys", str(file)) == 0
    return file
