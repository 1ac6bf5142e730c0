"""Settings of a mount for the V1 API: who signs."""

import pytest

from proxy.config import parse
from proxy.errors import ConfigInvalid
from proxy.mounting import mount_of
from tests.config.test_config import MOUNT, problems

V1 = """
[[mounts]]
name = "v1"
adapter = "cloud_v1"
tenant = "example"
public = "https://learning.example.org/api"
upstream = "https://cloud.scorm.com/api"
"""
SIGNERS = """
[mounts.v1]
app_id = "lms"
secret = "file:ours"
cloud_app_id = "APPID"
cloud_secret = "file:theirs"
"""


def test_a_complete_mount_is_sound(tmp_path) -> None:
    """Its secrets are read when it is made, and do not print."""
    config = parse(MOUNT + V1 + SIGNERS)
    (tmp_path / "ours").write_text("o" * 24, "utf-8")
    (tmp_path / "theirs").write_text("short", "utf-8")
    mount = mount_of(config.mounts[1], config, tmp_path / "scormveil.toml")
    [signers] = mount.signers["v1"]
    assert (signers.caller.key, signers.caller.secret) == ("lms", "o" * 24)
    assert (signers.cloud.key, signers.cloud.secret) == ("APPID", "short")
    assert mount.exact
    assert "oooo" not in f"{signers!r} {signers.caller!r} {mount!r}"
    assert "short" not in f"{signers!r} {signers.cloud!r} {mount!r}"


@pytest.mark.parametrize(("ours", "theirs"), [("o" * 23, "t" * 40), ("s" * 40, "s" * 40)])
def test_a_secret_that_is_short_or_the_clouds_does_not_start(tmp_path, ours, theirs) -> None:
    """What learners see signed could be searched by trying; what is the cloud's leads around us."""
    config = parse(MOUNT + V1 + SIGNERS)
    (tmp_path / "ours").write_text(ours, "utf-8")
    (tmp_path / "theirs").write_text(theirs, "utf-8")
    with pytest.raises(ConfigInvalid) as refused:
        mount_of(config.mounts[1], config, tmp_path / "scormveil.toml")
    assert "v1.secret" in refused.value.problems[0]
    assert ours not in refused.value.problems[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (V1, "mounts[1].v1: a cloud_v1 mount needs it"),
        (
            V1 + "[mounts.v1]\napp_id = 'lms'\nsecret = 'file:a'\ncloud_app_id = 'A'\n",
            "mounts[1].v1.cloud_secret: is empty",
        ),
        (V1 + SIGNERS.replace("theirs", "ours"), "mounts[1].v1.secret: must not be the cloud's own"),
        (V1.replace("cloud_v1", "cloud_v2") + SIGNERS, "mounts[1].v1: is for the adapter cloud_v1 only"),
        (V1.replace("org/api", "org/v1") + SIGNERS, "mounts[1].public: its path must equal"),
    ],
)
def test_what_does_not_hold_together_is_told(text, problem) -> None:
    """Each with its place."""
    assert any(one.startswith(problem) for one in problems(MOUNT + text))
