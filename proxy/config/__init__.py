"""The configuration: model, loading, checking, and the example rendered from the model."""

from proxy.config.check import is_loopback
from proxy.config.example import render
from proxy.config.load import beside, digest_of, from_tree, load, parse, secret, store_url
from proxy.config.model import V1, Audience, Config, Credential, Kek, Lti, MountSettings, Policy, Signed, Xapi

__all__ = [
    "V1",
    "Audience",
    "Config",
    "Credential",
    "Kek",
    "Lti",
    "MountSettings",
    "Policy",
    "Signed",
    "Xapi",
    "beside",
    "digest_of",
    "from_tree",
    "is_loopback",
    "load",
    "parse",
    "render",
    "secret",
    "store_url",
]
