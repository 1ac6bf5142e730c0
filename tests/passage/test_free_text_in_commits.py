"""What a learner types about herself: replaced where it is she, withheld where it can be she in another spelling."""

import re

import pytest

from tests.passage.corridor import ZOE

SPELLINGS = ("Zoe Muller-Ostergard", "Greetings, MUELLER-OESTERGAARD!", "Wm9lIE3DvGxsZXItw5hzdGVyZ8OlcmQ=")


def commit_of(text):
    return f"<RTD RI='r1'><ARTC C='{text}'/><ARTI Id='q1' LR='{text}'/><ART SD='v1|7' L='page2'/></RTD>"


async def test_her_name_as_she_writes_it_becomes_her_alias(corridor):
    """The rest of the text stays as it was."""
    cookie = await corridor.launch(ZOE)
    assert (await corridor.commit(commit_of(f"Thanks! {ZOE.first} {ZOE.last}"), cookie)).status == 200
    sent = corridor.cloud.requests[-1].body.decode()
    assert re.search(r"C=['\"]Thanks! Learner [A-Z0-9-]+['\"]", sent)


@pytest.mark.parametrize("text", SPELLINGS)
async def test_a_text_that_names_her_in_another_way_is_withheld(corridor, text):
    """Refusing the commit would cost her all her progress for one word; replacing it surely is not possible."""
    cookie = await corridor.launch(ZOE)
    assert (await corridor.commit(commit_of(text), cookie)).status == 200
    sent = corridor.cloud.requests[-1].body.decode()
    assert text not in sent
    assert sent.count("[withheld]") == 2
    assert "v1|7" in sent
    assert "page2" in sent


async def test_an_innocent_text_is_left_alone(corridor):
    """Not a byte of the commit is changed."""
    cookie = await corridor.launch(ZOE)
    body = commit_of("Zwei Leuchttürme am Sund")
    assert (await corridor.commit(body, cookie)).status == 200
    assert corridor.cloud.requests[-1].body == body.encode()
