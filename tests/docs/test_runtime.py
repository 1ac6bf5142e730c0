"""The page about run-times: its sample is a configuration that starts."""

import re
from pathlib import Path

from proxy.config import parse
from proxy.mounting import mount_of

PAGE = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text("utf-8")


def test_the_sample_of_a_mount_is_one() -> None:
    [sample] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    config = parse(sample)
    mount = mount_of(config.mounts[0], config, Path("scormveil.toml"))
    assert mount.router.match("POST", "/learners/s1/commit", "").captures == {"learner_id": "s1"}
    assert mount.router.match("GET", "/attempts/7/state", "").route.name == "scorm.load"
