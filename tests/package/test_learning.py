"""Which query key carries which placeholder, and which packages leave that open."""

import pytest

from proxy.errors import PackageRefused
from proxy.package import inspect_package, rewrite_package

from . import builder

MAPPING = [(builder.CLOUD, "https://veil.example.org")]
BASE = builder.CLOUD + "/dispatch/go"


def learned_from(content_url, **files):
    return rewrite_package(builder.pack({"c.js": f"ContentURL = '{content_url}';", **files}), MAPPING).learned


def refusal(files):
    with pytest.raises(PackageRefused) as caught:
        rewrite_package(builder.pack(files), MAPPING)
    return caught.value.reason


def test_keys_of_any_name_are_learned():
    learned = learned_from(f"{BASE}?who=LEARNER_ID&x-1=LEARNER_FNAME&L=LEARNER_LNAME&k=v&k=w&flag")
    assert learned.roles == {"LEARNER_ID": "who", "LEARNER_FNAME": "x-1", "LEARNER_LNAME": "L"}
    assert learned.fixed == ("k", "flag")
    assert learned.launch_path == "/dispatch/go"


def test_redirect_and_registration_are_two_placeholders():
    learned = learned_from(f"{BASE}?a=LEARNER_ID&b=REDIRECT_URL_REGISTRATION_ARGUMENT&c=1")
    assert learned.roles == {"LEARNER_ID": "a", "REDIRECT_URL": "b", "_REGISTRATION_ARGUMENT": "regid"}
    assert learned.fixed == ("c",)


def test_a_registration_argument_may_follow_a_fixed_value():
    learned = learned_from(f"{BASE}?a=LEARNER_ID&b=1_REGISTRATION_ARGUMENT")
    assert learned.fixed == ("b",)


def test_the_path_is_kept_raw():
    assert learned_from(f"{BASE}%20a;v=1/?a=LEARNER_ID").launch_path == "/dispatch/go%20a;v=1/"


def test_protocol_relative_and_http_addresses_are_learned_as_the_mapped_origin():
    assert learned_from("//cloud.scorm.com/go?a=LEARNER_ID").content_origin == builder.CLOUD
    assert learned_from("http://cloud.scorm.com/go?a=LEARNER_ID").content_origin == builder.CLOUD


@pytest.mark.parametrize(
    "assignment",
    [
        "var ContentURL='{}'",
        'ContentURL   =\t"{}";',
        "window.ContentURL = `{}`;",
        "window['ContentURL'] = '{}';",
        "var c = {{\n  'ContentURL': '{}'}};",
        'var c = {{DispatchVersion: 1, ContentURL: "{}"}};',
        "var ContentURL = '';\n// ContentURL = 'https://cloud.scorm.com/old?a=LEARNER_ID'\nContentURL = '{}';",
        "/* ContentURL = '/x' */\nContentURL =\n  '{}';",
        "ContentURL = '{}'; if (ContentURL == '') {{ alert('x') }}",
        "ContentURL = '{}'; x = y ? ContentURL : 'other';",
    ],
)
def test_a_content_url_is_found_however_it_is_assigned(assignment):
    data = builder.pack({"any.html": assignment.format(BASE + "?a=LEARNER_ID")})
    assert rewrite_package(data, MAPPING).learned.launch_path == "/dispatch/go"


def test_escapes_in_the_script_are_undone():
    escaped = (BASE + "?a=LEARNER_ID").replace("/", "\\/").replace("?", "\\x3f").replace("=", "\\u003d")
    learned = learned_from(escaped)
    assert (learned.launch_path, learned.roles) == ("/dispatch/go", {"LEARNER_ID": "a"})


@pytest.mark.parametrize(
    ("content_url", "reason"),
    [
        (f"{BASE}?a=1", "no-learner-id"),
        (BASE, "no-learner-id"),
        (f"{BASE}?a=LEARNER_ID&b=LEARNER_ID", "placeholder-repeated"),
        (f"{BASE}?a=LEARNER_ID&b=PIPE_URL&c=PIPE_URL", "placeholder-repeated"),
        (f"{BASE}/LEARNER_ID?a=1", "placeholder-in-path"),
        (f"{BASE}/PIPE_URL?a=LEARNER_ID", "placeholder-in-path"),
        (f"{BASE}?a=LEARNER_ID#PIPE_URL", "placeholder-in-path"),
        (f"{BASE}?a=u-LEARNER_ID", "placeholder-embedded"),
        (f"{BASE}?LEARNER_ID", "placeholder-embedded"),
        (f"{BASE}?LEARNER_ID=1", "placeholder-embedded"),
        (f"{BASE}?a=LEARNER_ID&u=%2Fx%3Fid%3DPIPE_URL", "placeholder-embedded"),
        (f"{BASE}?a=LEARNER_ID_REGISTRATION_ARGUMENTx", "placeholder-embedded"),
        (f"{BASE}?a=LEARNER_ID&a=1", "key-repeated"),
        (f"{BASE}?a=LEARNER_ID&a=PIPE_URL", "key-repeated"),
        (f"{BASE}?a=LEARNER_ID&regid=1_REGISTRATION_ARGUMENT", "key-repeated"),
        ("/dispatch/go?a=LEARNER_ID", "content-url-relative"),
        (f"{BASE}/ü?a=LEARNER_ID", "content-url-relative"),
    ],
)
def test_a_content_url_that_could_be_filled_in_otherwise_is_refused(content_url, reason):
    assert refusal({"c.js": f"ContentURL = '{content_url}';"}) == reason
    assert reason in inspect_package(builder.pack({"c.js": f"ContentURL = '{content_url}';"}), MAPPING).problems


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("var other = 1;", "no-content-url"),
        ("ContentURL = '';", "no-content-url"),
        ("ContentURL = 'https://cloud.scorm.com/a?' + 'b=LEARNER_ID';", "configuration-computed"),
        ("ContentURL = 'https://cloud.scorm.com/a?b=LEARNER_ID'.replace('a', 'b');", "configuration-computed"),
        ("ContentURL = `https://cloud.scorm.com/a?b=LEARNER_ID&c=${d}`;", "configuration-computed"),
        ("ContentURL = 'https://cloud.scorm.com/a?b=LEARNER_ID'; ContentURL = '/b';", "configuration-ambiguous"),
        ("ContentURL = 'https://cloud.scorm.com/a?b=LEARNER_ID'; DispatchRoot = 'js/';", "content-url-relative"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_refused(script, reason):
    assert refusal({"c.js": script}) == reason


def test_a_custom_config_address_made_of_pieces_is_seen_but_not_learned():
    script = "u = 'https://cloud.scorm.com/api/cloud/dispatch/' + id + '/customConfig?appId=' + app;"
    data = builder.pack({"c.js": f"ContentURL = '{BASE}?a=LEARNER_ID';\n{script}"})
    assert rewrite_package(data, MAPPING).learned.custom_config is None
    spot = inspect_package(data, MAPPING).custom_config
    assert (spot.file, spot.line) == ("c.js", 2)
