"""The courses of one application: versions of each, oldest first, and what a package says about itself."""

import io
import re
import zipfile
from collections.abc import Callable

from proxy.demo.cloud.model import Course

_MANIFEST = "imsmanifest.xml"
_TITLE = re.compile(r"<organization[^>]*>.*?<title>([^<]*)</title>", re.DOTALL)
_SCHEMA = re.compile(r"<schemaversion>\s*([^<]*?)\s*</schemaversion>")
_EDITIONS = {
    "1.1": "SCORM11",
    "1.2": "SCORM12",
    "CAM 1.3": "SCORM20042NDEDITION",
    "2004 3rd Edition": "SCORM20043RDEDITION",
    "2004 4th Edition": "SCORM20044THEDITION",
}


class Catalogue:
    """All courses by id. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """No courses."""
        self._clock = clock
        self._courses: dict[str, list[Course]] = {}

    def add(self, course_id: str, title: str, standard: str, package: bytes = b"") -> Course:
        """A new course, or a new version of the one that is there (which keeps its tags)."""
        versions = self._courses.setdefault(course_id, [])
        now = self._clock()
        made = Course(id=course_id, title=title, standard=standard, created=now, updated=now, package=package)
        made.version = versions[-1].version + 1 if versions else 0
        made.tags = versions[-1].tags if versions else []
        made.files = _unpacked(package) or {"index.html": f"<!DOCTYPE html><title>{course_id}</title>".encode()}
        versions.append(made)
        return made

    def latest(self, course_id: str) -> Course | None:
        """The newest version of a course."""
        versions = self._courses.get(course_id)
        return versions[-1] if versions else None

    def version(self, course_id: str, number: int) -> Course | None:
        """One version of a course."""
        return next((one for one in self._courses.get(course_id, ()) if one.version == number), None)

    def versions(self, course_id: str) -> list[Course]:
        """All versions of a course, oldest first."""
        return list(self._courses.get(course_id, ()))

    def all(self) -> list[Course]:
        """The newest version of every course, in the order in which the courses came."""
        return [versions[-1] for versions in self._courses.values()]

    def remove(self, course: Course) -> None:
        """Remove one version; a course without versions is gone."""
        left = [one for one in self._courses.get(course.id, ()) if one.version != course.version]
        if left:
            self._courses[course.id] = left
        else:
            self._courses.pop(course.id, None)

    def remove_all(self, course_id: str) -> None:
        """Remove a course with all its versions."""
        self._courses.pop(course_id, None)


def described(package: bytes, otherwise: str) -> tuple[str, str]:
    """Title and learning standard from a package's manifest, or `otherwise` and UNKNOWN."""
    manifest = _unpacked(package).get(_MANIFEST, b"").decode("utf-8", "replace")
    title, schema = _TITLE.search(manifest), _SCHEMA.search(manifest)
    return (title[1] if title else otherwise, _EDITIONS.get(schema[1], "UNKNOWN") if schema else "UNKNOWN")


def zipped(course: Course) -> bytes:
    """The course as a zip of its files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(course.files):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 10, 0, 0)), course.files[name])
    return target.getvalue()


def _unpacked(package: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile:
        return {}
