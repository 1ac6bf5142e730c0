"""What operators see: log lines and metrics. Both know names and counts, never a value."""

from proxy.observe.logs import configure, get_logger
from proxy.observe.metrics import Metrics

__all__ = ["Metrics", "configure", "get_logger"]
