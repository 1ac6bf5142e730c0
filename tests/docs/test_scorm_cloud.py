"""The page on moving an integration, followed from its beginning to its end against the sandbox cloud."""

import json
import re
import shlex
import textwrap
import time

from proxy.config.policy import EXCEPTIONS
from proxy.doctor import WORDS
from tests.access.test_sandbox import LI, ZOE, ask, cloud, learners, registered
from tests.docs.pages import ROOT, blocks, commands, text_of
from tests.doctor.conftest import account, founded_api, house
from tests.kill.program import free_ports

__all__ = ["account", "cloud", "founded_api", "house"]

PAGE = ROOT / "docs" / "scorm-cloud.md"
HOME = """\
[server]
listen = "127.0.0.1:{}"
admin_listen = "127.0.0.1:{}"
[store]
url = "sqlite:///mapping.db"
[keystore]
url = "sqlite:///keys.db"
"""
PATIENCE = 60


class Reader:
    """Somebody who does what the page says, with the sandbox in place of the cloud."""

    def __init__(self, house, cloud):
        self.house, self.cloud = house, cloud
        [mounts] = (block.replace("https://cloud.scorm.com", cloud.origin) for block in blocks(PAGE, "toml"))
        erase = textwrap.dedent(text_of(PAGE).partition("  ```toml\n")[2].partition("  ```\n")[0])
        first, second = mounts.split('\n[[mounts]]\nname = "player"')
        erase = erase.replace("administrator@example.org", cloud.owner) + "settle_seconds = 0\n"
        home = HOME.format(free_ports(1), free_ports(1))
        house.config_file.write_text(f'{home}{first}\n{erase}\n[[mounts]]\nname = "player"{second}', "utf-8")
        (house.folder / "lms.key").write_text("a key of ours")
        self.said = {}

    def pseudonym(self, command):
        """Zoë's, who is erased; Li's, of whom it is asked what is held."""
        return learners(self.cloud)["r-1" if "erase" in command else "r-3"]["id"]

    def does(self, line):
        words = shlex.split(line)[1:]
        if words == ["serve"]:
            self.serves()
            return 0
        words = [self.pseudonym(words) if word == "PSEUDONYM" else word for word in words]
        pace = ["--pace", "1000"] if words[0] == "doctor" or "adopt" in words else []
        said = self.house.run(*words, *pace)
        self.said[line] = said
        return said.code

    def serves(self):
        def events():
            return [one.event for one in self.house.events()]

        node = self.house.process("serve")
        end = time.monotonic() + PATIENCE
        while "started" not in events():
            assert time.monotonic() < end
            time.sleep(0.05)  # another process begins
        node.terminate()
        node.wait(PATIENCE)
        assert events()[-1] == "stopped"


def test_every_command_of_the_page_does_what_the_page_says(house, cloud):
    for learner, registration in ((ZOE, "r-1"), (ZOE, "r-2"), (LI, "r-3")):
        registered(cloud, learner, registration)
    settings = {
        "settings": [{"settingId": "ApiRollupRegistrationPostBackUrl", "value": "https://lms.example.org/hook"}]
    }
    ask(cloud, "POST", "/appManagement/configuration", settings)
    reader = Reader(house, cloud)
    lines = commands(PAGE)
    codes = [(line.removeprefix("scormveil "), reader.does(line)) for line in lines]
    assert codes == [
        ("check-config scormveil.toml", 0),
        ("doctor", 1),
        ("doctor --courses 0 --registrations 0", 1),
        ("doctor --json --mount api", 1),
        ("serve", 0),
        ("people adopt --dry-run", 0),
        ("people adopt --yes", 0),
        ("doctor --courses 0 --registrations 0", 1),
        ("people erase --pseudonym PSEUDONYM --dry-run", 0),
        ("people erase --pseudonym PSEUDONYM --yes", 0),
        ("people deletions", 1),
        ("people deletions --follow", 0),
        ("people export --pseudonym PSEUDONYM --reason ticket-4711 --to her.json", 0),
        ("people export --pseudonym PSEUDONYM --reason ticket-4711 --audience analyst --to details.json", 0),
    ]
    before = {one["code"] for one in json.loads(reader.said[lines[3]].out)["findings"]}
    assert {"goes-around", "learner-in-clear", "email-at-cloud"} <= before
    after = reader.said[lines[7]].words
    assert "goes-around" in after
    assert "learner-in-clear" not in after
    assert learners(cloud)["r-1"] is None
    assert LI["id"] in (house.folder / "her.json").read_text("utf-8")


def test_the_page_speaks_of_all_that_is_refused_and_of_findings_that_there_are():
    page = text_of(PAGE)
    refused = page.partition("## What is refused")[2].partition("## Audiences")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", refused, re.MULTILINE)) == set(EXCEPTIONS)
    told = page.partition("| finding | it means |")[2].partition("\n\n")[0]
    assert (
        set(re.findall(r"`([\w-]+)`", "".join(row.split("|")[1] for row in told.splitlines() if row))) <= WORDS.keys()
    )
