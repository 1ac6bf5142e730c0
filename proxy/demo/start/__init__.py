"""The start page: what the platform knows, what scormveil does, what the cloud knows, side by side and live."""

from proxy.demo.start.page import StartPage
from proxy.demo.start.shelf import Shelf

__all__ = ["Shelf", "StartPage"]
