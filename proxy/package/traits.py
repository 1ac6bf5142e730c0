"""Guesses from its files which generation of the dispatch client a package is, and for which standard."""

import re
from collections.abc import Collection, Sequence
from enum import StrEnum

from lxml import etree

from proxy.package.archive import Entry
from proxy.package.configuration import SCRIPTED
from proxy.package.encoding import readable


class Generation(StrEnum):
    """The client generations: remote files differ, the package's shape hardly does."""

    V1 = "v1"
    ENGINE_2020 = "engine-2020"
    V2 = "v2"
    UNKNOWN = "unknown"


class Standard(StrEnum):
    """What the package speaks with the LMS."""

    SCORM12 = "SCORM12"
    SCORM2004 = "SCORM2004"
    AICC = "AICC"
    UNKNOWN = "unknown"


_V2_MARKS = (
    b"dispatch.client.loader.v2",
    b"dispatch.client.driver.v2",
    b"customConfig",
    b"DispatchClientLoaderFilename",
)
_ENGINE_MARKS = (b"dispatch.client.loader.js",)


def generation_of(entries: Sequence[Entry], assigned: Collection[str]) -> Generation:
    """Guess the generation from the files and the names of the globals they assign."""
    names = {entry.name.rpartition("/")[2].lower() for entry in entries}
    if "ContentAPI" in assigned or "dispatchapi.html" in names:
        return Generation.V1
    scripts = [readable(entry.content).content for entry in entries if entry.extension in SCRIPTED]
    if any(mark in script for script in scripts for mark in _V2_MARKS):
        return Generation.V2
    if "DispatchRoot" in assigned and any(mark in script for script in scripts for mark in _ENGINE_MARKS):
        return Generation.ENGINE_2020
    return Generation.UNKNOWN


def standard_of(entries: Sequence[Entry]) -> Standard:
    """Tell the standard from the manifest's `schemaversion` or namespaces, or from the AICC descriptor files."""
    by_name = {entry.name.lower(): entry for entry in entries}
    if "imsmanifest.xml" in by_name:
        return _manifest_standard(by_name["imsmanifest.xml"].content)
    extensions = {entry.extension for entry in entries}
    return Standard.AICC if {"au", "crs"} <= extensions else Standard.UNKNOWN


def _manifest_standard(content: bytes) -> Standard:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return Standard.UNKNOWN
    versions = [text.strip() for text in root.xpath("//*[local-name()='schemaversion'][1]/text()")]
    if any(re.fullmatch(r"1\.2", version) for version in versions):
        return Standard.SCORM12
    if any(re.match(r"2004\b|CAM 1\.3", version) for version in versions):
        return Standard.SCORM2004
    namespaces = " ".join(uri for element in root.iter() for uri in element.nsmap.values())
    if "adlcp_v1p3" in namespaces:
        return Standard.SCORM2004
    return Standard.SCORM12 if "adlcp_rootv1p2" in namespaces else Standard.UNKNOWN
