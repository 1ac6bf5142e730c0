"""An installation to copy from, as in tests/passage."""

from tests.passage.conftest import corridor, installation

__all__ = ["corridor", "installation"]
