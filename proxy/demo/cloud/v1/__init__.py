"""The V1 API: one address, remote procedure calls, signed parameters, XML answers."""

from proxy.demo.cloud.v1.door import V1Desk

__all__ = ["V1Desk"]
