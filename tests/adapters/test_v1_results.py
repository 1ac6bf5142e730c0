"""Answers of the V1 API: cut down, re-identified, in the three formats, in lists, and where they are errors."""

import pytest
from lxml import etree

from tests.adapters.v1_kit import call, inside, rsp, told
from tests.passage.corridor import LI, OBRIEN, ZOE, corridor_in

COURSE = '<registrationreport format="course" regid="{regid}" instanceid="0"><complete>complete</complete><success>passed</success><totaltime>754</totaltime><score>87.5</score></registrationreport>'
ACTIVITY = '<registrationreport format="activity" regid="{regid}" instanceid="0"><activity id="TOC1"><title>Demo</title><attempts>1</attempts><complete>complete</complete><success>passed</success><time>754</time><score>unknown</score><children/></activity></registrationreport>'
STATIC = "<static><learner_id>{pseudonym}</learner_id><learner_name>{alias} Learner</learner_name></static>"
FULL = (
    '<registrationreport format="full" regid="{regid}" instanceid="0"><activity id="SCO1"><title>Quiz</title>'
    "<runtime><suspend_data><![CDATA[bm=3;nick=Ada]]></suspend_data>"
    '<interactions><interaction id="q1"><learner_response>Ada</learner_response></interaction></interactions>'
    + STATIC
    + '</runtime><children><activity id="SCO2"><runtime>'
    + STATIC
    + "</runtime></activity></children></activity></registrationreport>"
)


async def create(corridor, who, regid: str) -> str:
    """Register somebody; return the id of the registration as the cloud knows it."""
    corridor.cloud.say(rsp("<success/>"))
    names = {"fname": who.first, "lname": who.last, "email": "someone@uni.example"}
    answer = await call(
        corridor, "registration.createRegistration", regid=regid, courseid="c", learnerid=who.id, **names
    )
    assert inside(answer) == "<success/>"
    return told(corridor.cloud.requests[-1])["regid"]


def written(text: str, corridor, who, regid: str) -> str:
    return text.format(regid=regid, pseudonym=corridor.pseudonym(who.id), alias=corridor.alias(who.id))


@pytest.mark.parametrize("asked", ["", "course", "activity", "full", "FULL"])
async def test_readers_who_see_people_ask_for_the_big_four(corridor, asked):
    """Whatever they ask for, and whatever the cloud answers."""
    known = await create(corridor, ZOE, f"{ZOE.id}-c")
    assert ZOE.id not in known
    for report in (COURSE, ACTIVITY, FULL):
        corridor.cloud.say(rsp(written(report, corridor, ZOE, known)))
        more = {"resultsformat": asked} if asked else {}
        answer = await call(corridor, "registration.getRegistrationResult", regid=f"{ZOE.id}-c", **more)
        found = told(corridor.cloud.requests[-1])
        assert (found["regid"], "resultsformat" in found) == (known, False)
        name = report.partition('format="')[2].partition('"')[0]
        big = COURSE.partition(">")[2].partition("</registrationreport>")[0] if report is COURSE else ""
        assert (
            inside(answer)
            == f'<registrationreport format="{name}" regid="{ZOE.id}-c" instanceid="0">{big}</registrationreport>'
        )


async def test_readers_of_details_see_pseudonyms(tmp_path, installation):
    """All three formats as the cloud wrote them; nobody is re-identified, in no activity."""
    async with corridor_in(tmp_path, installation, audience="analyst") as corridor:
        known = await create(corridor, OBRIEN, f"{OBRIEN.id}-c")
        for name, report in (("course", COURSE), ("activity", ACTIVITY), ("full", FULL)):
            text = written(report, corridor, OBRIEN, known)
            corridor.cloud.say(rsp(text))
            answer = await call(
                corridor, "registration.getRegistrationResult", regid=f"{OBRIEN.id}-c", resultsformat=name
            )
            assert told(corridor.cloud.requests[-1])["resultsformat"] == name
            assert inside(answer) == text
            for private in OBRIEN.texts:
                assert private.encode() not in answer.raw


LISTED = (
    '<registration id="{regid}" courseid="c"><registrationId><![CDATA[{regid}]]></registrationId><courseId><![CDATA[c]]></courseId>'
    "<learnerId><![CDATA[{pseudonym}]]></learnerId><learnerFirstName><![CDATA[Learner]]></learnerFirstName>"
    "<learnerLastName><![CDATA[{alias}]]></learnerLastName><email><![CDATA[]]></email>"
    "<createDate><![CDATA[2026-05-04T09:59:00.000+0000]]></createDate><secret>no</secret></registration>"
)


async def test_everybody_in_a_list_is_who_she_was(corridor):
    people = [(ZOE, "r-0"), (OBRIEN, f"r-{OBRIEN.id}"), (LI, "r-2")]
    known = [await create(corridor, who, regid) for who, regid in people]
    rows = [written(LISTED, corridor, who, regid) for (who, _), regid in zip(people, known, strict=True)]
    stranger = '<registration id="x" courseid="c"><learnerId>emp-9</learnerId><learnerFirstName>Web</learnerFirstName></registration>'
    corridor.cloud.say(rsp(f"<registrationlist>{rows[0]}{stranger}{rows[1]}{rows[2]}</registrationlist>"))
    answer = await call(corridor, "registration.getRegistrationList", learnerid=ZOE.id)
    assert told(corridor.cloud.requests[-1])["learnerid"] == corridor.pseudonym(ZOE.id)
    text = inside(answer)
    rows = {row.get("id"): row for row in etree.fromstring(text)}
    for who, regid in people:
        told_of = {one.tag: one.text for one in rows[regid]}
        assert (told_of["registrationId"], told_of["learnerId"]) == (regid, who.id)
        assert (told_of["learnerFirstName"], told_of["learnerLastName"]) == (who.first, who.last)
    assert stranger in text
    assert "secret" not in text


async def test_lists_with_results_hold_the_big_four_of_each(corridor):
    known = await create(corridor, LI, LI.id)
    row = written(LISTED, corridor, LI, known).replace(
        "</registration>", written(FULL, corridor, LI, known) + "</registration>"
    )
    corridor.cloud.say(rsp(f"<registrationlist>{row}</registrationlist>"))
    answer = await call(
        corridor, "registration.getRegistrationListResults", post=True, resultsformat="full", filter=LI.id
    )
    found = told(corridor.cloud.requests[-1])
    assert "resultsformat" not in found
    assert found["filter"] == known
    assert f'<registrationreport format="full" regid="{LI.id}" instanceid="0"></registrationreport>' in inside(answer)
    assert "Ada" not in inside(answer)


async def test_one_registration_tells_whose_it_is(corridor):
    known = await create(corridor, OBRIEN, "r-8")
    corridor.cloud.say(rsp(written(LISTED, corridor, OBRIEN, known)))
    answer = await call(corridor, "registration.getRegistrationDetail", regid="r-8")
    assert f"<learnerId>{OBRIEN.id}</learnerId>" in inside(answer)
    assert "<learnerLastName>O&#39;Brien</learnerLastName>" in inside(answer)


async def test_an_error_that_quotes_ids_is_understood(corridor):
    known = await create(corridor, ZOE, ZOE.id)
    text = f'<err code="1" msg="No registration &quot;{known}&quot; of {corridor.pseudonym(ZOE.id)}" trace="at com.rustici"/>'
    corridor.cloud.say(rsp(text, "fail"))
    answer = await call(corridor, "registration.getRegistrationResult", regid=ZOE.id)
    assert answer.status == 200
    body = answer.opened.decode()
    assert f'<rsp stat="fail"><err code="1" msg="No registration &quot;{ZOE.id}&quot; of {ZOE.id}"/></rsp>' in body


async def test_the_history_of_launches_names_the_registration(corridor):
    known = await create(corridor, ZOE, ZOE.id)
    launch = '<launch id="L1"><completion>complete</completion><satisfaction>true</satisfaction><browser>Mozilla</browser></launch>'
    corridor.cloud.say(rsp(f'<launchhistory regid="{known}">{launch}</launchhistory>'))
    answer = await call(corridor, "registration.getLaunchHistory", regid=ZOE.id)
    shown = launch.replace("<browser>Mozilla</browser>", "")
    assert inside(answer) == f'<launchhistory regid="{ZOE.id}">{shown}</launchhistory>'


async def test_tags_come_back_as_they_went(corridor):
    known = await create(corridor, ZOE, ZOE.id)
    for kind, who, as_known in (("Learner", {"learnerid": ZOE.id}, None), ("Registration", {"regid": ZOE.id}, known)):
        corridor.cloud.say(rsp("<success/>"))
        assert (
            inside(await call(corridor, f"tagging.set{kind}Tags", **who, tags="Ward 7,manager: Müller")) == "<success/>"
        )
        found = told(corridor.cloud.requests[-1])
        assert "Ward" not in found["tags"]
        assert "Müller" not in found["tags"]
        if as_known:
            assert found["regid"] == as_known
        inner = "".join(f"<tag><![CDATA[{one}]]></tag>" for one in found["tags"].split(","))
        corridor.cloud.say(rsp(f"<tags>{inner}</tags>"))
        answer = await call(corridor, f"tagging.get{kind}Tags", post=True, **who)
        assert inside(answer) == "<tags><tag>Ward 7</tag><tag>manager: M&#252;ller</tag></tags>"
        for verb in ("add", "remove"):
            corridor.cloud.say(rsp("<success/>"))
            await call(corridor, f"tagging.{verb}{kind}Tag", **who, tag="Ward 7")
            assert told(corridor.cloud.requests[-1])["tag"] == found["tags"].split(",")[0]


async def test_names_are_changed_but_nobody_is_renamed(corridor):
    corridor.cloud.say(rsp("<success/>"))
    given = {"learnerid": ZOE.id, "newid": ZOE.id, "fname": "Zoe", "lname": "Müller", "email": "zoe@uni.example"}
    assert inside(await call(corridor, "registration.updateLearnerInfo", **given)) == "<success/>"
    found = told(corridor.cloud.requests[-1])
    assert found["learnerid"] == found["newid"] == corridor.pseudonym(ZOE.id)
    assert "email" not in found
    assert "Zoe" not in str(found)


async def test_secret_keys_of_applications_stay_where_they_are(corridor):
    keys = "<secretKeys><secretKey>abc</secretKey></secretKeys>"
    corridor.cloud.say(
        rsp(f"<appInfo><application><appId>A</appId><name><![CDATA[N]]></name>{keys}</application></appInfo>")
    )
    answer = await call(corridor, "application.getAppInfo")
    assert inside(answer) == "<appInfo><application><appId>A</appId><name><![CDATA[N]]></name></application></appInfo>"


async def test_an_exception_lets_invitations_through(tmp_path, installation):
    async with corridor_in(tmp_path, installation, v1_policy='exceptions = ["invitations"]') as corridor:
        corridor.cloud.say(rsp("<invitationId>i-1</invitationId>"))
        answer = await call(
            corridor,
            "invitation.createInvitation",
            courseid="c",
            creatingUserEmail="staff@uni.example",
            addresses="zoe@uni.example",
        )
        assert inside(answer) == "<invitationId>i-1</invitationId>"
        assert told(corridor.cloud.requests[-1])["addresses"] == "zoe@uni.example"
