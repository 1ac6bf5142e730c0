"""Reads a SCORM package into memory and finds the page it starts with.

The start page is the `href` of the resource that the first item of the default organization names (IMS Content
Packaging 1.1.4, section 4); namespaces differ between SCORM 1.2 and 2004 and are ignored.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from proxy.errors import PackageRefused

MAX_FILES = 2_000
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files of a package by path, and the path (with query) of its first page."""

    files: Mapping[str, bytes]
    launch_href: str


def unpack(package: bytes) -> Unpacked:
    """Unpack a zip in memory; raises PackageRefused when it is broken, too large, or no SCORM package."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = _read_files(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise PackageRefused("not-readable") from None
    manifest = files.get("imsmanifest.xml")
    if manifest is None:
        raise PackageRefused("manifest-missing")
    return Unpacked(files, _launch_href(manifest))


def _read_files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise PackageRefused("too-large")
    # zipfile never yields more than the declared size of an entry, so the sum above holds.
    return {entry.filename: archive.read(entry) for entry in entries}


def _launch_href(manifest: bytes) -> str:
    if b"<!DOCTYPE" in manifest or b"<!ENTITY" in manifest:
        raise PackageRefused("manifest-with-doctype")
    try:
        root = ET.fromstring(manifest)  # noqa: S314 - declarations of entities were refused above
    except ET.ParseError:
        raise PackageRefused("manifest-not-readable") from None
    resources = {node.get("identifier"): node.get("href") for node in _named(root, "resource")}
    for item in _named(root, "item"):
        href = resources.get(item.get("identifierref"))
        if href:
            return href + (item.get("parameters") or "")
    for href in resources.values():
        if href:
            return href
    raise PackageRefused("launch-page-missing")


def _named(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (node for node in root.iter() if node.tag.rpartition("}")[2] == name)
