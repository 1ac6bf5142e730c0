"""The samples of the pages on xAPI, cmi5, AICC and other run-times are configurations that start."""

import pytest

from proxy.config import Xapi, load
from proxy.mounting import adapters
from tests.docs.pages import ROOT, blocks, text_of

PAGES = [page for name in ("xapi", "aicc", "cmi5", "runtime") if (page := ROOT / "docs" / f"{name}.md").exists()]
SAMPLES = [(page.stem, number, text) for page in PAGES for number, text in enumerate(blocks(page, "toml"))]


@pytest.mark.parametrize(("page", "number", "text"), SAMPLES, ids=lambda value: str(value)[:20])
def test_a_sample_can_be_loaded(tmp_path, monkeypatch, page, number, text):
    file = tmp_path / f"{page}-{number}.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setenv("SCORMVEIL_LMS_PASSWORD", "x")

    config = load(file)

    assert config.mounts
    assert {mount.adapter for mount in config.mounts} <= set(adapters())


def test_every_page_has_samples():
    assert {page for page, _, _ in SAMPLES} >= {"xapi", "aicc"}


def test_the_page_on_xapi_names_every_setting_of_its_table():

    page = text_of(ROOT / "docs" / "xapi.md")
    assert [name for name in Xapi.model_fields if f"`{name}`" not in page and name not in page] == []
