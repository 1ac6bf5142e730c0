"""The v2 HTTP API, complete: a table of 161 operations, and small handlers by resource."""

from proxy.demo.cloud.v2.door import ApiDesk

__all__ = ["ApiDesk"]
