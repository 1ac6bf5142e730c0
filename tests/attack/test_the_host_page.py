"""The cloud's host page reads its own address in the browser: what is not washed out of it, its script may tell."""

from urllib.parse import quote

import pytest

from tests.passage.corridor import LAUNCH, PROXY, ZOE, cookies_of

PAGE = "/dispatch/DispatchHost.v2.html?cachebuster=1"


def nested(address: str, key: str = "URL") -> str:
    return f"{PAGE}&{key}={quote(address, safe='')}"


NAMED = PROXY + LAUNCH + ZOE.query()


@pytest.mark.parametrize(
    "target",
    [
        nested(PROXY + LAUNCH + "#" + ZOE.query()),
        nested(PROXY + LAUNCH + "&uid=s1234567&first=Zo%C3%AB"),
        nested(PROXY + "/launch/s1234567/Zo%C3%AB?methodName=Launch"),
        nested(NAMED, key="Address"),
        nested(quote(NAMED, safe="")),
        PAGE + ZOE.query(),
        PAGE,
    ],
    ids=[
        "in a fragment",
        "under other keys",
        "in the path",
        "as another address",
        "encoded thrice",
        "bare",
        "not at all",
    ],
)
async def test_it_is_not_opened_where_the_learner_is_not_where_she_is_declared(corridor, target):
    async with corridor.refuses("field-missing", 400, "s1234567", "Zoë") as refusal:
        refusal.answer = await corridor.get(target)


@pytest.mark.parametrize(
    "more",
    ["&copy=Müller-Østergård", "&copy=s1234567", "#s1234567", "#Zoë Müller-Østergård"],
)
async def test_a_second_copy_of_her_is_seen(corridor, more):
    target = nested(NAMED + quote(more, safe="&=#"))
    async with corridor.refuses("leak-suspected", 403, "s1234567", "Müller") as refusal:
        refusal.answer = await corridor.get(target)


@pytest.mark.parametrize("more", ["&title=M%C3%BCller-%C3%98sterg%C3%A5rd", "&x=s1234567"])
async def test_a_copy_beside_the_nested_address_is_seen(corridor, more):
    async with corridor.refuses("leak-suspected", 403, "s1234567", "Müller") as refusal:
        refusal.answer = await corridor.get(nested(NAMED) + more)


async def test_a_copy_added_after_washing_is_seen(corridor):
    washed = await corridor.get(nested(NAMED))
    clean = washed.header("Location").removeprefix(PROXY)
    async with corridor.refuses("leak-suspected", 403, "s1234567") as refusal:
        refusal.answer = await corridor.get(clean + "&x=s1234567", {"Cookie": cookies_of(washed)})


@pytest.mark.parametrize("key", ["url", "Url", "%55RL"])
async def test_it_is_washed_however_the_key_is_written(corridor, key):
    answer = await corridor.get(nested(NAMED, key=key))
    assert answer.status == 302
    assert "s1234567" not in answer.head
    assert corridor.pseudonym(ZOE.id) in answer.header("Location")


async def test_a_learner_whose_id_is_the_number_against_caches_may_launch(corridor):
    target = nested(PROXY + LAUNCH + "&learnerid=136&fname=Ann&regid=_new_").replace("cachebuster=1", "cachebuster=136")
    assert (await corridor.get(target)).status == 302
