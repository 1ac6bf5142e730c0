"""An installation with a node or two, on SQLite and on PostgreSQL."""

import pytest
from nodes import Site

from proxy.store import KEYSTORE, MAPPING


@pytest.fixture(params=["postgresql", "sqlite"])
def site(request, tmp_path):
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")
        return Site(tmp_path, cluster.database(MAPPING), cluster.database(KEYSTORE))
    return Site(tmp_path, f"sqlite:///{tmp_path / 'mapping.db'}", f"sqlite:///{tmp_path / 'keys.db'}")


@pytest.fixture
async def file_node(tmp_path):
    """A node on SQLite files that lie in `node.folder.parent`, to be copied and put back."""
    one = Site(tmp_path, f"sqlite:///{tmp_path / 'mapping.db'}", f"sqlite:///{tmp_path / 'keys.db'}").node()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def node(site):
    one = site.node()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def other(site, node):
    """A second node with files of its own."""
    one = site.node()
    await one.start()
    yield one
    await one.stop()
