"""Calls about registrations, their instances, learners and statements: here is nearly everything about people."""

import rustici_software_cloud_v2 as sc

from tests.clients import tags
from tests.clients.account import PAST, URL_SETTING, setting, shows_url
from tests.clients.courses import COURSE
from tests.clients.planted import LI, LONG, MONONYM, PEOPLE, RTL, SEAN, ZOE
from tests.clients.scene import Step

DETAILS = {"include_child_results": True, "include_interactions_and_objectives": True, "include_runtime": True}


def learner(person):
    """The learner of a body."""
    return sc.LearnerSchema(id=person.id, email=person.email, first_name=person.first, last_name=person.last)


def post_back(scene, person):
    """Where the results of a person are wanted."""
    return sc.PostBackSchema(
        url=scene.planting.postback_url(person),
        auth_type="HTTPBASIC",
        user_name="hook",
        password="pw",
        results_format="ACTIVITY",
    )


def _runtime(scene, person):
    text = scene.planting.text("state", person)
    comment = sc.CommentSchema(value=text, location=text, date_time="2026-05-04T10:05:00")
    return sc.RuntimeSchema(
        completion_status="completed",
        location=text,
        suspend_data=f"bm=3;nick={text}",
        learner_preference=sc.LearnerPreferenceSchema(language=text, audio_captioning=1),
        learner_comments=[comment],
        lms_comments=[comment],
        runtime_interactions=[
            sc.RuntimeInteractionSchema(
                id=text, type="FillIn", learner_response=text, correct_responses=[text], result=text, description=text
            )
        ],
        runtime_objectives=[sc.RuntimeObjectiveSchema(id="o1", description=text)],
    )


def state(scene, person):
    """A whole registration in the direction of the cloud: what a platform brings along that moves in."""
    planting = scene.planting
    text = planting.text("state", person)

    def activity(number, children):
        return sc.ActivityResultSchema(
            id=f"item_{number}",
            title="Demo",
            attempts=1,
            activity_completion="COMPLETED",
            activity_success="PASSED",
            score=sc.ScoreSchema(scaled=87.5),
            children=children,
            static_properties=sc.StaticPropertiesSchema(launch_data=text),
            runtime=_runtime(scene, person),
        )

    return sc.RegistrationSchema(
        id=planting.registration_id(person),
        xapi_registration_id=planting.uuid(person.id),
        registration_completion="COMPLETED",
        registration_success="PASSED",
        score=sc.ScoreSchema(scaled=87.5),
        total_seconds_tracked=754.0,
        learner=learner(person),
        tags=[planting.tag("tag", person)],
        shared_data=[sc.SharedDataEntrySchema(id="bucket", value=text)],
        activity_details=activity(1, [activity(2, [])]),
    )


def creation(scene, person, number=1, *, with_state=False):
    """The body of CreateRegistration with everything in it."""
    planting = scene.planting
    return sc.CreateRegistrationSchema(
        course_id=COURSE,
        registration_id=planting.registration_id(person, number),
        xapi_registration_id=planting.uuid(person.id + str(number)),
        learner=learner(person),
        learner_tags=[planting.tag("learner-tag", person)],
        course_tags=[planting.tag("tag", person)],
        registration_tags=[planting.tag("tag", person)],
        post_back=post_back(scene, person),
        initial_registration_state=state(scene, person) if with_state else None,
        initial_settings=setting(scene, person) if with_state else None,
    )


def is_hers(answer, person):
    """The answer is about a person, who has all her names; `email` may have been left out on the way."""
    who = answer.learner
    return (who.id, who.first_name, who.last_name) == (person.id, person.first, person.last)


def steps():
    """Everything but deletions."""
    return [
        *_creating(),
        *_reading(),
        *_launching(),
        *_instances(),
        *_settings(),
        *_tags(),
        *_statements(),
        *_learners(),
    ]


def _which(person, number=1):
    return lambda s: {"registration_id": s.planting.registration_id(person, number)}


def _creating():
    return [
        Step("TestRegistrationPostback", lambda s: {"body": post_back(s, ZOE)}),
        Step("CreateRegistration", lambda s: {"body": creation(s, ZOE, with_state=True)}),
        *(Step("CreateRegistration", lambda s, p=person: {"body": creation(s, p)}) for person in PEOPLE[1:]),
        Step("CreateRegistration", lambda s: {"body": creation(s, ZOE, 2), "course_version": 1}),
    ]


def _reading():
    def detailed(answer, scene):
        text = scene.planting.text("state")
        runtime = answer.activity_details.children[0].runtime
        assert answer.registration_completion == "COMPLETED"
        assert answer.score.scaled == 87.5
        assert answer.total_seconds_tracked == 754.0
        assert runtime.runtime_interactions[0].learner_response == text
        return is_hers(answer, ZOE) and runtime.learner_comments[0].value == text

    return [
        Step("GetRegistration", _which(ZOE)),
        *(
            Step("GetRegistrationProgress", _which(person), lambda a, s, p=person: is_hers(a, p))
            for person in (SEAN, LI, MONONYM, LONG, RTL)
        ),
        Step("GetRegistrationProgress", lambda s: _which(ZOE)(s) | DETAILS, detailed),
        Step(
            "GetRegistrations",
            lambda s: {
                "learner_id": ZOE.id,
                "course_id": COURSE,
                "since": PAST,
                "include_total_count": True,
                **DETAILS,
            },
            lambda a, s: len(a.registrations) == 2 and all(is_hers(one, ZOE) for one in a.registrations),
        ),
        Step(
            "GetRegistrations",
            lambda s: {"filter": s.planting.registration_id(SEAN), "filter_by": "registration_id"},
            lambda a, s: len(a.registrations) == 1 and is_hers(a.registrations[0], SEAN),
        ),
        Step(
            "GetRegistrations",
            lambda s: {"tags": [s.planting.tag("tag", LI), "other"], "order_by": "updated_desc"},
            lambda a, s: any(is_hers(one, LI) for one in a.registrations),
        ),
        Step("GetRegistrations", lambda s: {"filter": ZOE.last, "filter_by": "learner_last_name"}),
    ]


def _launching():
    def link(scene):
        planting = scene.planting
        return sc.LaunchLinkRequestSchema(
            expiry=120,
            redirect_on_exit_url=planting.url("/back"),
            tracking=True,
            css_url=planting.url("/look.css"),
            learner_tags=[planting.tag("learner-tag")],
            course_tags=[planting.tag()],
            registration_tags=[planting.tag("tag", SEAN)],
            additionalvalues=[sc.ItemValuePairSchema(item=planting.text("extra"), value=planting.text("extra", SEAN))],
        )

    return [
        Step(
            "BuildRegistrationLaunchLink",
            lambda s: _which(ZOE)(s) | {"body": link(s)},
            lambda a, s: a.launch_link.startswith("http"),
            keep="link",
            of=lambda a: a.launch_link,
        ),
        Step(
            "GetRegistrationLaunchHistory",
            lambda s: _which(ZOE)(s) | {"include_history_log": True},
            lambda a, s: (
                len(a.launch_history) == 1
                and a.launch_history[0].launch_time
                and a.launch_history[0].id == s.planting.registration_id(ZOE)
            ),
            before=lambda s: s.open_link(s.get("link")),
        ),
    ]


def _instances():
    one = lambda s: _which(ZOE)(s) | {"instance_id": 0}  # noqa: E731
    return [
        Step("CreateNewRegistrationInstance", _which(ZOE)),
        Step(
            "GetRegistrationInstances",
            lambda s: _which(ZOE)(s) | DETAILS,
            lambda a, s: [each.instance for each in a.registrations] == [0, 1] and is_hers(a.registrations[0], ZOE),
        ),
        Step(
            "GetRegistrationInstanceProgress",
            lambda s: one(s) | DETAILS,
            lambda a, s: is_hers(a, ZOE) and a.registration_completion == "COMPLETED",
        ),
        Step(
            "GetRegistrationInstanceLaunchHistory",
            lambda s: one(s) | {"include_history_log": True},
            lambda a, s: len(a.launch_history) == 1,
        ),
        Step("SetRegistrationInstanceConfiguration", lambda s: one(s) | {"body": setting(s, SEAN)}),
        Step("GetRegistrationInstanceConfiguration", one, lambda a, s: shows_url(a, s, SEAN, source="registration")),
        Step("DeleteRegistrationInstanceConfigurationSetting", lambda s: one(s) | {"setting_id": URL_SETTING}),
    ]


def _settings():
    return [
        Step("SetRegistrationConfiguration", lambda s: _which(SEAN)(s) | {"body": setting(s, SEAN)}),
        Step(
            "GetRegistrationConfiguration",
            lambda s: _which(SEAN)(s) | {"include_metadata": True},
            lambda a, s: shows_url(a, s, SEAN, source="registration"),
        ),
        Step("DeleteRegistrationConfigurationSetting", lambda s: _which(SEAN)(s) | {"setting_id": URL_SETTING}),
    ]


def _tags():
    registration = lambda s: s.planting.registration_id(ZOE)  # noqa: E731
    return [
        *tags.steps("Registration", "registration_id", registration, people=(ZOE, LI)),
        *tags.steps("Learner", "learner_id", lambda s: ZOE.id, "learner-tag", people=(LI, SEAN)),
    ]


def _statements():
    def hers(answer, _scene):
        return any(ZOE.id in (one.actor.account.name if one.actor.account else "") for one in answer.statements)

    mine = {"learner_id": ZOE.id, "since": PAST}
    return [
        Step(
            "GetRegistrationStatements",
            lambda s: _which(ZOE)(s) | {"since": PAST},
            hers,
            before=lambda s: s.write_statements(s),
        ),
        Step("GetRegistrationInstanceStatements", lambda s: _which(ZOE)(s) | {"instance_id": 1}),
        Step("GetRegistrationInstanceStatements", lambda s: _which(ZOE)(s) | {"instance_id": 0}, hers),
        Step("GetCourseStatements", lambda s: {"course_id": COURSE}, hers),
        Step("GetCourseStatements", lambda s: {"course_id": COURSE, **mine}, hers),
        Step("GetCourseVersionStatements", lambda s: {"course_id": COURSE, "version_id": 1}, hers),
        Step("GetCourseVersionStatements", lambda s: {"course_id": COURSE, "version_id": 1, **mine}, hers),
    ]


def _learners():
    return [Step("UpdateLearnerInfo", lambda s: {"learner_id": SEAN.id, "body": learner(SEAN)})]


def endings():
    """Deletions, after everything that needs the registrations."""
    return [
        Step("DeleteRegistrationGlobalData", _which(LI)),
        Step("DeleteRegistrationInstance", lambda s: _which(ZOE)(s) | {"instance_id": 0}),
        Step("DeleteRegistrationProgress", _which(ZOE)),
        Step(
            "GetRegistrationProgress",
            _which(ZOE),
            lambda a, s: is_hers(a, ZOE) and a.registration_completion == "UNKNOWN",
        ),
        Step("DeleteRegistration", _which(SEAN)),
        Step("DeleteAllLearnerData", lambda s: {"learner_id": RTL.id, "user_email": s.owner}),
    ]
