"""The page on cmi5: its samples hold together, and what it says of words and limits is what the program has."""

import re

import pytest

from proxy.adapters import cmi5
from proxy.config.load import parse
from proxy.errors import ConfigInvalid
from proxy.mounting import mount_of
from proxy.passage import Base
from tests.docs.pages import ROOT, text_of

PAGE = text_of(ROOT / "docs" / "cmi5.md")
SAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("sample", SAMPLES, ids=["cloud", "platform"])
def test_each_sample_is_a_configuration_that_holds_together(sample, tmp_path):
    for name in ("lms-password", "cloud-secret", "store-secret"):
        (tmp_path / name).write_text("a secret", "utf-8")
    config = parse(sample)
    mounts = [mount_of(one, config, tmp_path / "scormveil.toml") for one in config.mounts]
    assert {mount.adapter.name for mount in mounts} <= {"dispatch", "xapi", "cmi5"}
    for mount in mounts:
        assert Base.of("https://learning.example.org").origin == mount.public.origin


def test_courses_without_a_store_beside_them_are_a_problem():
    for change in (
        ("learning.example.org/xapi", "elsewhere.example.org/xapi"),
        ('tenant = "example"', 'tenant = "other"'),
    ):
        with pytest.raises(ConfigInvalid) as problem:
            parse(SAMPLES[1].replace(*change, 1))
        assert [one for one in problem.value.problems if "a cmi5 mount needs an xapi mount" in one]


def test_the_words_are_those_of_the_code():
    source = "".join(path.read_text("utf-8") for path in (ROOT / "proxy" / "passage").glob("*.py"))
    for word in ("foreign-endpoint", "launch-parameters", "clear-identity"):
        assert word in PAGE
        assert f'"{word}"' in source
    assert any(route.name == "cmi5.fetch" for route in cmi5.ROUTES)
    assert "named_by_courses" in text_of(ROOT / "config.example.toml")
