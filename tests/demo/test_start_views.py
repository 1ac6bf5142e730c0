"""What the start page's columns show."""

from lms_kit import lms

from proxy.demo.start.views import cloud_view, events_view, platform_view


def event(**changes):
    return {
        "at": "2026-01-05T10:11:12.000+00:00", "exchange": "x1", "mount": "dispatch", "route": "launch",
        "direction": "outward", "verdict": "passed", "code": "", "found": 1, "ms": 1.5,
    } | changes  # fmt: skip


def test_before_anything_happened_every_column_stands():
    assert platform_view({}) == {"people": [], "results": []}
    assert cloud_view({}) == {"registrations": [], "requests": []}
    assert events_view([])["totals"]["messages"] == 0


def test_people_are_shown_with_their_own_attempts():
    state = lms().state()
    state["attempts"] = [
        {"course": "old", "person": "solo", "number": 1, "completion": "completed", "success": "passed", "score": 85.0,
         "total_time": 12.5},
    ]  # fmt: skip
    people = {person["id"]: person for person in platform_view(state)["people"]}
    assert people["zoe.m"]["attempts"] == []
    assert people["solo"]["name"] == "Björk"
    assert people["solo"]["attempts"][0]["course"] == "Fire safety"


def test_a_received_result_names_the_person_and_tolerates_what_was_cut_off():
    body = {
        "id": "r1",
        "registrationCompletion": "COMPLETED",
        "score": {"scaled": 85.0},
        "learner": {"id": "zoe.m", "firstName": "Zoë", "lastName": "Müller-Østergård"},
    }
    state = {"results": [{"at": "t1", "course": "c", "body": {}}, {"at": "t2", "course": "c", "body": body}]}
    newest, bare = platform_view(state)["results"]
    assert (newest["name"], newest["completion"], newest["score"]) == ("Zoë Müller-Østergård", "completed", 85.0)
    assert (bare["name"], bare["success"], bare["score"]) == ("", "", None)


def test_what_was_refused_replaced_nobody():
    totals = events_view([event(found=3), event(verdict="refused", found=2), event(direction="inward")])["totals"]
    assert totals == {"messages": 3, "refused": 1, "reported": 0, "pseudonymised": 3, "reidentified": 1}


def test_the_last_events_come_first_and_old_ones_only_count():
    view = events_view([event(exchange=f"x{number}") for number in range(200)])
    assert view["recent"][0]["exchange"] == "x199"
    assert len(view["recent"]) < view["totals"]["messages"] == 200


def test_a_registration_is_shown_as_the_cloud_holds_it():
    registration = {
        "id": "r1", "dispatch": "d1", "learner_id": "p", "first_name": "Learner", "last_name": "K7QX-M2PA",
        "completion": "completed", "success": "passed", "score": 85.0, "seconds": 12.0,
        "answers": [{"id": "q1", "description": "", "response": "b"}], "comments": ["good"],
    }  # fmt: skip
    state = {
        "dispatches": [{"id": "d1", "title": "Fire safety"}],
        "registrations": [registration, registration | {"id": "r2", "dispatch": "d2"}],
        "requests": [{"at": 0.5, "method": "GET", "target": "/a?b", "headers": {}}],
    }
    view = cloud_view(state)
    assert [entry["id"] for entry in view["registrations"]] == ["r2", "r1"]
    assert view["registrations"][1]["name"] == "Learner K7QX-M2PA"
    assert view["registrations"][1]["answers"] == ["q1: b"]
    assert [entry["course"] for entry in view["registrations"]] == ["d2", "Fire safety"]
    assert view["requests"] == [{"at": "1970-01-01T00:00:00.500+00:00", "method": "GET", "path": "/a?b"}]
