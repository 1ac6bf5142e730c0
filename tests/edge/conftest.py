"""The rim of a real proxy, looked at from the socket."""

from tests.passage.conftest import corridor, installation

__all__ = ["corridor", "installation"]
