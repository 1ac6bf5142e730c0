"""The installation and the account of tests/doctor."""

from tests.doctor.conftest import account, founded_api, house

__all__ = ["account", "founded_api", "house"]
