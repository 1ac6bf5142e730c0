"""The same commands on PostgreSQL, where an installation of many nodes has its stores."""

import pytest

from keys import KeyState
from proxy.store import KEYSTORE, MAPPING
from tests.cli.kit import PEOPLE

WHY = ("--reason", "end of its time")


@pytest.fixture
def server(house, postgres):
    house.configure(mapping=postgres.database(MAPPING), keystore=postgres.database(KEYSTORE))
    house.tokens = house.mint()
    return house


@pytest.mark.real
def test_the_life_of_a_key_and_of_a_person(server):
    old = {purpose: server.key(purpose) for purpose in ("seal", "lookup")}
    for purpose, key in old.items():
        said = server.done("keys", "rotate", purpose, "--yes").words
        assert "In mid-course: 3 people launched" in said
        assert "Records touched: 3 are" in said
        assert server.ring().get(key).state is KeyState.DEACTIVATED
    server.clock.wait(hours=25)
    server.done("keys", "reseal")
    for key in old.values():
        assert f"{key}: nothing needs it." in server.done("keys", "plan").words
        server.done("keys", "destroy", key, *WHY, "--yes")
    assert server.mint() == server.tokens
    assert server.recalled(server.tokens) == list(PEOPLE)

    server.done("people", "erase", "--tenant", "uni", "--yes", stdin=PEOPLE[0] + "\n")
    assert server.recalled(server.tokens) == [None, *PEOPLE[1:]]
    server.done("people", "scrub")

    server.keyring.unlink()
    server.done("keys", "import", "--from-key-store", "--yes")
    assert server.listed()["generation"] == 5
