"""A sandbox SCORM Cloud for the first run and the tests: honest to the published facts, in memory, on loopback."""

from proxy.demo.cloud.cloud import SandboxCloud
from proxy.demo.cloud.habits import Habits
from proxy.demo.cloud.learners import Renames
from proxy.demo.cloud.model import Content, Dispatch, Generation, LaunchAuth, Learner, PostbackTarget, Standard
from proxy.demo.cloud.postbacks import Backoff
from proxy.demo.cloud.recorder import Recorder
from proxy.demo.cloud.serving import CloudRunner, serve
from proxy.demo.cloud.waiting import DrivenClock

__all__ = [
    "Backoff",
    "CloudRunner",
    "Content",
    "Dispatch",
    "DrivenClock",
    "Generation",
    "Habits",
    "LaunchAuth",
    "Learner",
    "PostbackTarget",
    "Recorder",
    "Renames",
    "SandboxCloud",
    "Standard",
    "serve",
]
