"""The configuration: the example is the model, and every problem is told at once with its place."""

from pathlib import Path

import pytest

from proxy.config import beside, parse, render, secret, store_url
from proxy.errors import ConfigInvalid

MOUNT = """
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "example"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigInvalid) as refused:
        parse(text)
    return refused.value.problems


def test_the_example_in_the_repository_is_what_the_program_renders() -> None:
    """Nobody can change a setting without the example changing with it."""
    example = Path(__file__).parents[2] / "config.example.toml"
    assert example.read_text("utf-8") == render()


def test_the_example_is_a_valid_configuration() -> None:
    """An operator may start from the example as it is."""
    config = parse(render())
    assert [mount.adapter for mount in config.mounts] == ["dispatch", "cloud_v2", "postback"]


def test_the_strict_policies_are_the_defaults() -> None:
    """A mount that says nothing is strict."""
    policy = parse(MOUNT).mounts[0].policy
    assert (policy.guard, policy.opaque, policy.without_session) == ("refuse", "refuse", "refuse")


def test_all_problems_are_reported_together() -> None:
    """Typing errors and contradictions of several tables come in one list, each with its TOML path."""
    text = """
[server]
listen = "nonsense"
[limits]
body_bytes = "many"
colour = "blue"
[[mounts]]
name = "Dispatch"
adapter = "dispatch"
tenant = "example"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
[[mounts]]
name = "api"
adapter = "carrier-pigeon"
tenant = "example"
public = "http://learning.example.org/a"
upstream = "https://cloud.scorm.com/b"
"""
    found = problems(text)
    assert any(line.startswith("limits.body_bytes: ") for line in found)
    assert any(line.startswith("limits.colour: ") for line in found)
    assert any(line.startswith("mounts[0].name: ") for line in found)
    assert any(line.startswith("mounts[1].adapter: carrier-pigeon") for line in found)
    assert any(line.startswith("mounts[1].public: must be https") for line in found)
    assert any(line.startswith("mounts[1].public: its path must equal") for line in found)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (('upstream = "https://cloud.scorm.com"', 'upstream = "ftp://cloud.scorm.com"'), "mounts[0].upstream"),
        (('"https://lms.example.org"', '"https://lms.example.org/course"'), "mounts[0].lms_origins[0]"),
        (('lms_origins = ["https://lms.example.org"]', ""), "mounts[0].lms_origins"),
        (('tenant = "example"', 'tenant = "example"\naudience = "nobody"'), "mounts[0].audience"),
        (
            ('public = "https://learning.example.org"', 'public = "https://user@learning.example.org"'),
            "mounts[0].public",
        ),
    ],
)
def test_a_contradiction_names_its_place(change: tuple[str, str], path: str) -> None:
    """The operator sees where to look."""
    assert any(line.startswith(path) for line in problems(MOUNT.replace(*change)))


def test_two_mounts_may_not_share_name_or_address() -> None:
    """Otherwise one of them would silently win."""
    found = problems(MOUNT + MOUNT)
    assert any("name dispatch is used 2 times" in line for line in found)
    assert any("public address https://learning.example.org is used 2 times" in line for line in found)


def test_a_postback_address_must_be_unguessable() -> None:
    """It is the only thing that tells the cloud from a stranger."""
    text = MOUNT.replace('"dispatch"\nadapter = "dispatch"', '"results"\nadapter = "postback"')
    assert any("unguessable" in line for line in problems(text))


def test_who_reads_people_through_the_api_must_log_in_to_us() -> None:
    """The provider itself could else read results through the public address, with the people in them."""
    api = """
[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "example"
public = "https://learning.example.org/api/v2"
upstream = "https://cloud.scorm.com/api/v2"
"""
    found = problems(MOUNT + api)
    assert any(line.startswith("mounts[1].caller: ") for line in found)
    assert any(line.startswith("mounts[1].credential: ") for line in found)
    blind = parse(
        MOUNT
        + api.replace('"example"', '"example"\naudience = "analyst"', 1)
        + "[audiences.analyst]\n[audiences.lms]\n"
    )
    assert not blind.audiences["analyst"].reveal


def test_secrets_are_references_only(tmp_path: Path) -> None:
    """A password written into the file is refused without repeating it."""
    (tmp_path / "password").write_text("hunter2\n")
    here = tmp_path / "scormveil.toml"
    assert secret(here, "file:password") == "hunter2"
    assert secret(here, "env:P", {"P": "swordfish"}) == "swordfish"
    for reference in ("hunter2", "env:UNSET_FOR_SURE", "file:gone"):
        with pytest.raises(ConfigInvalid) as refused:
            secret(here, reference, {})
        assert "hunter2" not in str(refused.value.problems)


def test_paths_are_relative_to_the_configuration_file(tmp_path: Path) -> None:
    """Starting from another directory must not start a second mapping."""
    here = tmp_path / "scormveil.toml"
    assert beside(here, "kek.key") == tmp_path / "kek.key"
    assert store_url(here, "sqlite:///m.sqlite3") == f"sqlite:///{tmp_path}/m.sqlite3"
    assert store_url(here, "sqlite:////var/m.sqlite3") == "sqlite:////var/m.sqlite3"


def test_an_unreadable_file_is_a_sentence_not_a_traceback(tmp_path: Path) -> None:
    """TOML errors carry their line."""
    assert "not TOML" in problems("[server\n")[0]
    assert "line 1" in problems("[server\n")[0]


def test_a_consumer_of_lti_needs_two_keys_and_two_secrets() -> None:
    """And none of them twice, or nobody could say who signed."""
    whole = 'key = "a"\nsecret = "file:ours"\ncloud_key = "A"\ncloud_secret = "file:theirs"\n'
    lti = f"\n[[mounts.lti]]\n{whole}"
    assert parse(MOUNT + lti).mounts[0].lti[0].cloud_key == "A"
    assert any("lti: the key a is used 2 times" in line for line in problems(MOUNT + lti + lti))
    for name in ("key", "secret", "cloud_key", "cloud_secret"):
        assert any(f"lti[0].{name}: is empty" in line for line in problems(MOUNT + lti.replace(f"\n{name} =", "\n#")))
    assert any("lti[0].secret: must not be" in line for line in problems(MOUNT + lti.replace("ours", "theirs")))
    elsewhere = MOUNT.replace('adapter = "dispatch"', 'adapter = "cloud_v1"') + lti
    assert any("lti: is for the adapter dispatch only" in line for line in problems(elsewhere))


def test_a_mount_for_other_run_times_says_where_they_commit_and_shows_nobody_to_browsers() -> None:
    """Their addresses are nowhere published; and anybody can say a learner id."""
    plain = MOUNT.replace('adapter = "dispatch"', 'adapter = "scorm"')
    assert [text.partition(":")[0] for text in problems(plain)] == ["mounts[0].routes", "mounts[0].caller"]
    routes = '[mounts.routes]\n"scorm.commit" = ["/commit"]\n'
    assert [text.partition(":")[0] for text in problems(plain + routes)] == ["mounts[0].caller"]
    browsers = "[audiences.browsers]\n"
    assert parse(browsers + plain + 'audience = "browsers"\n' + routes).mounts[0].adapter == "scorm"
    assert parse(plain + 'caller = { user = "lms", password = "env:KEY" }\n' + routes).mounts[0].caller is not None
