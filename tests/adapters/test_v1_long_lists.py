"""Lists of the V1 API have no pages: all registrations come in one answer."""

import os
import time

from lxml import etree

from tests.adapters.test_v1_results import COURSE, LISTED, create
from tests.adapters.v1_kit import call, inside, rsp
from tests.passage.corridor import LI, OBRIEN, ZOE

MANY = int(os.environ.get("SCORMVEIL_V1_LIST", "3000"))
"""More than are read as one document; the figure for ten thousand is in the note."""


async def test_thousands_of_registrations(corridor):
    """Everybody known is named at her place, strangers stay, and others are served meanwhile."""
    who = [ZOE, OBRIEN, LI]
    for number, one in enumerate(who):
        await create(corridor, one, f"r-{number}")
    rows = []
    for number in range(MANY):
        person = who[number % 7] if number % 7 < 3 else None
        pseudonym = corridor.pseudonym(person.id) if person else f"emp-{number}"
        row = LISTED.format(regid=f"x-{number}", pseudonym=pseudonym, alias="A")
        rows.append(row.replace("</registration>", COURSE.format(regid="x") + "</registration>"))
    body = f"<registrationlist>\n{''.join(rows)}\n</registrationlist>"
    corridor.cloud.say(rsp(body))
    began = time.monotonic()
    answer = await call(corridor, "registration.getRegistrationListResults")
    print(f"{len(body) / 1e6:.1f} MB in {time.monotonic() - began:.1f} s")  # shown with -s
    text = inside(answer)
    found = list(etree.fromstring(text.encode(), etree.XMLParser(huge_tree=True)))
    assert [row.get("id") for row in found] == [f"x-{number}" for number in range(MANY)]
    for number in (0, 1, 2, 3, 99, 100, 101, MANY - 2, MANY - 1):
        person = who[number % 7] if number % 7 < 3 else None
        assert found[number].findtext("learnerId") == (person.id if person else f"emp-{number}")
        if person:
            assert found[number].findtext("learnerLastName") == person.last
    assert "<secret>" not in text


async def test_what_is_wrong_in_its_midst_refuses_all_of_it(corridor):
    row = LISTED.format(regid="x", pseudonym="p", alias="A")
    for wrong in (
        "<registration><a></registration></a>",
        "<!DOCTYPE a>",
        "&nothing;",
        "<registration>",
        "</registrationlist>",
    ):
        corridor.cloud.say(rsp(f"<registrationlist>{row * 700}{wrong}{row * 10}</registrationlist>"))
        answer = await call(corridor, "registration.getRegistrationList")
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused"), wrong
