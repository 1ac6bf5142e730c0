"""Dispatch packages of the sandbox: laid out like the published ones, and readable by our own package room."""

import re

import pytest
from cloud_kit import unpacked
from lxml import etree

from proxy.demo.cloud import SandboxCloud
from proxy.package import rewrite_package

ORIGIN = "http://cloud.localhost:8021"
PROXY = "http://proxy.localhost:8020"
ALL = [(generation, standard) for generation in ("v1", "engine2020", "v2") for standard in ("SCORM12", "SCORM2004")]


@pytest.fixture
def cloud():
    return SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022")


@pytest.mark.parametrize(("generation", "standard"), ALL)
def test_only_the_configuration_and_the_custom_script_name_the_cloud(cloud, generation, standard):
    files = unpacked(cloud.dispatch_zip("D1", generation=generation, standard=standard))
    naming = {name for name, data in files.items() if b"cloud.localhost" in data}
    assert naming == {"configuration.js"} | ({"customconfig.js"} if generation == "v2" else set())
    assert not [name for name, data in files.items() if re.search(rb"@[A-Z_]+@", data)]


@pytest.mark.parametrize(("generation", "standard"), ALL)
def test_every_download_of_a_dispatch_is_the_same_even_after_a_restart(cloud, generation, standard):
    again = SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022")
    options = {"generation": generation, "standard": standard}
    first = cloud.dispatch_zip("D1", **options)
    assert cloud.dispatch_zip("D1", **options) == first
    assert again.dispatch_zip("D1", **options) == first
    assert cloud.dispatch_zip("D2", **options) != first


@pytest.mark.parametrize(("generation", "standard"), ALL)
def test_the_manifest_is_well_formed_and_launches_dispatch_html(cloud, generation, standard):
    files = unpacked(cloud.dispatch_zip("D1", generation=generation, standard=standard, title="Sea & <light>"))
    root = etree.fromstring(files["imsmanifest.xml"])
    assert re.fullmatch(r"RSD_\w{27}", root.attrib["identifier"])
    assert [one.attrib["href"] for one in root.iter() if one.tag.endswith("}resource")] == ["dispatch.html"]
    assert {one.text for one in root.iter() if one.tag.endswith("}title")} == {"Sea & <light>"}


@pytest.mark.parametrize(("generation", "standard"), ALL)
def test_the_two_last_placeholders_stand_together(cloud, generation, standard):
    files = unpacked(cloud.dispatch_zip("D1", generation=generation, standard=standard))
    assert b"=REDIRECT_URL_REGISTRATION_ARGUMENT';" in files["configuration.js"]


@pytest.mark.parametrize(("generation", "standard"), ALL)
def test_our_package_room_points_it_at_the_proxy(cloud, generation, standard):
    data = cloud.dispatch_zip("D1", generation=generation, standard=standard)
    rewritten = rewrite_package(data, [(ORIGIN, PROXY)])
    files = unpacked(rewritten.data)
    assert not [name for name, text in files.items() if b"cloud.localhost" in text]
    assert rewritten.learned.roles["LEARNER_ID"] == ("learnerId" if generation == "v2" else "learnerid")


def test_the_first_call_decides_what_a_dispatch_is(cloud):
    cloud.dispatch_zip("D1", generation="v2", standard="SCORM12")
    assert cloud.create_dispatch("D1", generation="v1", standard="SCORM2004").generation == "v2"
    assert [one.id for one in cloud.dispatches()] == ["D1"]
