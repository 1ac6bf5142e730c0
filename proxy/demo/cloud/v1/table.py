"""The methods of the V1 API by their full names."""

from collections.abc import Mapping

from proxy.demo.cloud.v1 import others, registrations
from proxy.demo.cloud.v1.calling import Method


def methods() -> Mapping[str, Method]:
    """`rustici.SERVICE.METHOD` to its handler."""
    services = {"registration": registrations.methods(), **others.methods()}
    return {f"rustici.{service}.{name}": one for service, found in services.items() for name, one in found.items()}
