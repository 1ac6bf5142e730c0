"""The inventory says what the installed client does: neither may move without the other."""

import json

import pytest

from tests.inventory import extract
from tests.parts import need


@pytest.fixture(scope="module")
def client():
    """The rows as written down."""
    try:
        import rustici_software_cloud_v2  # noqa: F401
    except ImportError:
        need("rustici-software-cloud-v2", "pip install -e '.[test]' brings the official client")
    return json.loads(extract.CLIENT.read_text("utf-8"))


def test_every_operation_of_the_installed_client_is_written_down(client):
    assert extract.CLIENT.read_text("utf-8") == extract.lines(extract.operations())
    assert extract.MODELS.read_text("utf-8") == extract.lines(extract.model_rows())
    assert len(client) == 161
    assert len({(one["method"], one["path"]) for one in client}) == 161
    assert len({one["operation"] for one in client}) == 161


def test_the_inventory_of_personal_data_speaks_of_these_operations(client):
    """1,697 rows; those of v2 are about the 161 operations, and about what older clients could call."""
    rows = extract.fields()
    assert len(rows) == 1697
    called = {(one["method"], one["path"]) for one in client}
    spoken_of = {(one["method"], one["path"]) for one in rows if one["api"] == "v2"}
    assert called <= spoken_of
    older = spoken_of - called
    assert len(older) == 10
    assert {path.split("/")[1] for _, path in older if path != "*"} == {"zoomi"}


def test_a_tree_holds_what_the_models_hold(client):
    """One known answer, read to its depth."""
    [one] = [row for row in client if row["operation"] == "GetRegistrationProgress"]
    members = one["response"]["members"]
    assert members["learner"] == {"id": "str", "email": "str", "firstName": "str", "lastName": "str"}
    assert members["activityDetails"]["children"] == ["^ActivityResultSchema"]
    assert members["activityDetails"]["runtime"]["runtimeInteractions"][0]["learnerResponse"] == "str"
    assert {name["name"] for name in one["parameters"]} >= {"registrationId", "includeRuntime"}
