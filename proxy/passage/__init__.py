"""The corridor: routing, sessions, and steps 1 to 7 of every exchange."""

from proxy.passage.agents import Agents
from proxy.passage.answers import Answers
from proxy.passage.answers import Limits as AnswerLimits
from proxy.passage.bearers import Bearers
from proxy.passage.callers import Callers
from proxy.passage.carry import Carrier
from proxy.passage.course_keys import CourseKeys
from proxy.passage.crowds import Crowds
from proxy.passage.exchange import Passage
from proxy.passage.flights import Flights
from proxy.passage.hacp import Hacp
from proxy.passage.headers import outward as leaving
from proxy.passage.inward import Inward
from proxy.passage.launches import SignedLaunches
from proxy.passage.launchlinks import LaunchLinks
from proxy.passage.learner_tokens import LearnerTokens
from proxy.passage.more import Mores
from proxy.passage.mounts import Audience, Base, Login, Mount, Mounts, Policy, Signer, Signers, XapiPolicy
from proxy.passage.oauth import OAuth1Signatures
from proxy.passage.objects import Objects
from proxy.passage.packages import Packages, pairs_of
from proxy.passage.ports import Answer, Exchange, Outlet, Reply, Request
from proxy.passage.postback_spec import Level, PostbackSpec
from proxy.passage.postbacks import Postbacks
from proxy.passage.relay import Relay
from proxy.passage.returns import Returns
from proxy.passage.router import Router
from proxy.passage.scripts import Scripts
from proxy.passage.session import Sessions
from proxy.passage.signatures import Signatures, V1Signatures
from proxy.passage.witness import NobodyLooks, Witness

__all__ = [
    "Agents",
    "Answer",
    "AnswerLimits",
    "Answers",
    "Audience",
    "Base",
    "Bearers",
    "Callers",
    "Carrier",
    "CourseKeys",
    "Crowds",
    "Exchange",
    "Flights",
    "Hacp",
    "Inward",
    "LaunchLinks",
    "LearnerTokens",
    "Level",
    "Login",
    "Mores",
    "Mount",
    "Mounts",
    "NobodyLooks",
    "OAuth1Signatures",
    "Objects",
    "Outlet",
    "Packages",
    "Passage",
    "Policy",
    "PostbackSpec",
    "Postbacks",
    "Relay",
    "Reply",
    "Request",
    "Returns",
    "Router",
    "Scripts",
    "Sessions",
    "Signatures",
    "SignedLaunches",
    "Signer",
    "Signers",
    "V1Signatures",
    "Witness",
    "XapiPolicy",
    "leaving",
    "pairs_of",
]
