"""A fresh installation for each story."""

from tests.passage.conftest import installation

__all__ = ["installation"]
