"""A report about an invented person whose names hurt, as `people access` writes it in JSON."""

from proxy.dossier import sent

NAMES = (
    "Zoë Müller-Østergård",
    'O\'Brien <script>alert(1)</script> & "Sons"',
    "李小龙",
    "محمد بن علي",
    "שרה לוי",
    "김철수",
    "Łukasz Ωμέγα Ёлкин",
    "l" * 200,
)
TOKEN, FORMER = "sv1abcd" + "k" * 33, "sv1wxyz" + "m" * 33
AT = "2026-11-28T10:00:0{}+00:00"


def entry(number, event, **more):
    return {"number": number, "at": AT.format(number), "event": event, "count": 1} | more


def told(*names):
    whole = names or NAMES
    entries = [
        entry(1, "minted", mount="dispatch", route="dispatch.launch", actor="browser"),
        entry(2, "session-opened", mount="dispatch", route="dispatch.launch", actor="browser"),
        entry(3, "session-opened", mount="dispatch", route="dispatch.launch", actor="browser", count=2),
        entry(4, "reidentified", mount="results", route="postback.result", actor="cloud"),
        entry(5, "restricted", actor="operator", reason="case-4711"),
    ]
    person = {
        "person": {"tenant": "uni", "known_by": "subject", "texts": {"subject": ["s1234567"], "name": list(whole)}},
        "first_seen": AT.format(1),
        "last_seen": AT.format(4),
        "restricted": {"since": AT.format(5), "case": "case-4711"},
        "pseudonyms": [
            {"pseudonym": FORMER, "state": "former", "since": AT.format(0), "key": "wxyz"},
            {"pseudonym": TOKEN, "state": "current", "since": AT.format(1), "key": "abcd"},
        ],
        "registration_ids": [
            {"pseudonym": FORMER, "since": AT.format(2), "texts": {"registration": ["attempt of Zoë"]}}
        ],
        "postback_addresses": [
            {"mount": "api", "address": "https://lms.example.org/hook?who=<zoë>", "set_for": "registration r-1"}
            | {"since": AT.format(2), "replaced": None}
        ],
        "audit": entries,
        "sent": sent(entries),
        "cloud": [
            {
                "application": "api",
                "note": "Details are not in here.",
                "learner_ids": {
                    TOKEN: {
                        "registrations": [
                            {
                                "registration": {
                                    "id": "r-1",
                                    "course": {"id": "c", "title": "Fire & <safety>"},
                                    "registrationCompletion": "COMPLETED",
                                },
                                "launches": [],
                            }
                        ],
                        "tags": ["safety"],
                    },
                    FORMER: {"registrations": {"trouble": "status-403"}, "tags": {"trouble": "status-404"}},
                },
            }
        ],
    }
    return {
        "made": AT.format(9),
        "case": "case-4711",
        "controller": {
            "controller": "University of Somewhere, 1 Invented Lane",
            "contact": "dpo@uni.example",
            "authority": "",
            "purposes": ["Teaching", "Proof of training"],
            "legal_basis": "Article 6(1) (e)",
            "retention": "",
            "source": "",
        },
        "forgotten_after": "400 days after you were last seen.",
        "recipients": [
            {"mount": "api", "address": "cloud.scorm.com", "receives": "Your pseudonym.", "place": "USA; clauses"}
        ],
        "people": [person],
        "not_in_here": ["The LMS's own records of her."],
        "verify": {"words": ["Each entry has a number."], "commands": ["scormveil audit prove 1"]},
    }
