"""The V1 API through the proxy, with a recording stub for the cloud."""

import pytest

from tests.adapters.v1_kit import call, inside, rsp, told
from tests.passage.corridor import PEOPLE


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("who", PEOPLE, ids=lambda one: one.id[:8])
async def test_a_registration_is_created_for_a_pseudonym(corridor, who, post):
    corridor.cloud.say(rsp("<success/>"))
    answer = await call(
        corridor,
        "registration.createRegistration",
        post=post,
        regid="r-1",
        courseid="course 1",
        learnerid=who.id,
        fname=who.first,
        lname=who.last,
        email=f"{who.id}@uni.example",
    )
    assert inside(answer) == "<success/>"
    found = told(corridor.cloud.requests[-1])
    assert found["learnerid"] == corridor.pseudonym(who.id)
    assert found["courseid"] == "course 1"
    assert "email" not in found
    for text in who.texts:
        assert text.encode() not in corridor.cloud.everything
