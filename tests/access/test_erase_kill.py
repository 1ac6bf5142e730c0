"""A node that follows an erasure into the cloud is killed at its worst moment; another one brings it to its end."""

import asyncio
import signal
import time

from tests.cli.kit import PEOPLE
from tests.doctor.conftest import configure
from tests.kill.program import free_ports

ALLOWED = '[mounts.erase]\nallow = true\nuser_email = "anna@uni.example"\nsettle_seconds = 0.3'
PATIENCE = 60


def until(is_so):
    """Wait for what other processes do."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)  # nothing here could be waited for: it is another process that acts


def tickets(house):
    async def read():
        async with house.opened() as stores:
            return await stores.mapping.deletions.tickets()

    return asyncio.run(read())


def deletions_asked(account):
    return {learner for learner, _ in account.deletions}


def test_a_killed_node_loses_nothing_and_another_finishes(house, account):
    tokens = house.mint()
    account.held = {token: ["r-1", "r-2"] for token in tokens}
    account.deletes = 503
    ports = f'[server]\nlisten = "127.0.0.1:{free_ports(1)}"\nadmin_listen = "127.0.0.1:{free_ports(1)}"\n'
    configure(house, account, ALLOWED)
    house.config_file.write_text(ports + house.config_file.read_text())
    for token in tokens[:2]:
        house.done("people", "erase", "--yes", "--pseudonym", token)
    assert {(one.state, one.trouble) for one in tickets(house)} == {("open", "status-503")}
    account.asked.clear()
    account.deletes = 204

    node = house.process("serve")
    until(lambda: deletions_asked(account))
    node.send_signal(signal.SIGKILL)  # asked, and most likely not written down yet
    node.wait(PATIENCE)
    assert tickets(house), "nobody says it is done"

    node = house.process("serve")
    until(lambda: not tickets(house))
    node.terminate()
    node.wait(PATIENCE)
    assert account.held.keys() == {tokens[2]}
    assert deletions_asked(account) == set(tokens[:2])
    done = [one.pseudonym for one in house.events() if one.event == "deletion-done"]
    assert sorted(done) == sorted(tokens[:2]), "once each"
    assert house.recalled(tokens) == [None, None, PEOPLE[2]]
