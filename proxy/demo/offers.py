"""The courses of the sandbox: what the LMS lists, and what stands behind each in the cloud."""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.demo.cloud import Content, Generation, Standard


@dataclass(frozen=True, slots=True)
class Offer:
    """One course of the sandbox: a dispatch of the cloud, as the LMS will list it."""

    course_id: str
    title: str
    generation: Generation
    standard: Standard
    content: Content = "scorm"
    note: str = ""


def offers() -> tuple[Offer, ...]:
    """All generations of dispatch packages in both standards, the current one first; then two of today's with xAPI."""
    names: Mapping[Generation, str] = {
        "v2": "today's package",
        "engine2020": "package of 2020",
        "v1": "package of 2010",
    }
    standards: Mapping[Standard, str] = {"SCORM2004": "SCORM 2004", "SCORM12": "SCORM 1.2"}
    scorm = tuple(
        Offer(
            f"{generation}-{standard}".lower(),
            "Lighthouses: a short course",
            generation,
            standard,
            note=f"{standards[standard]}, {name}",
        )
        for generation, name in names.items()
        for standard in standards
    )
    return (
        *scorm,
        Offer("cmi5", "Foghorns: a short course", "v2", "SCORM2004", "cmi5", "cmi5, in a SCORM 2004 package"),
        Offer("tincan", "Bell buoys: a short course", "v2", "SCORM2004", "tincan", "Tin Can, in a SCORM 2004 package"),
        Offer("aicc", "Fog signals: a short course", "v2", "SCORM2004", "aicc", "AICC, in a SCORM 2004 package"),
    )
