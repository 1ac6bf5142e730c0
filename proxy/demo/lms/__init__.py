"""A sandbox LMS: two learners, a course list, a SCORM run-time, and a desk that receives results."""

from proxy.demo.lms.people import DEFAULT_PEOPLE, LmsPerson, NameOrder
from proxy.demo.lms.sandbox import SandboxLms

__all__ = ["DEFAULT_PEOPLE", "LmsPerson", "NameOrder", "SandboxLms"]
