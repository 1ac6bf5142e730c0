"""An installation to copy from."""

from tests.passage.conftest import installation

__all__ = ["installation"]
