"""Packages of two generations share the launch address of their cloud; a launch goes by the one that fits."""

import pytest

from proxy.errors import UnknownRoute
from proxy.passage.router import choose
from proxy.store.port import PackageRecord

PATH = "/dispatch/DispatchRequest.jsp"
COMMON = {"LEARNER_ID": "learnerid", "LEARNER_FNAME": "fname", "LEARNER_LNAME": "lname", "PIPE_URL": "pipeurl"}


def package(digest, roles):
    return PackageRecord(
        digest=digest, tenant="t", launch_path=PATH, roles=roles, fixed=("dispatchid",), dispatch_root="",
        hosts=(), created=0,
    )  # fmt: skip


V1 = package("1", COMMON | {"REFERRING_URL": "referringurl"})
ENGINE = package("2", COMMON)
PAIRS = {"dispatchid": "d", "learnerid": "x", "fname": "a", "lname": "b", "pipeurl": "p"}


@pytest.mark.parametrize("known", [(V1, ENGINE), (ENGINE, V1)])
def test_a_package_that_only_knows_more_keys_leaves_no_doubt(known):
    for pairs in (PAIRS, PAIRS | {"referringurl": "r"}):
        chosen = choose("launch", PATH, pairs, known)
        assert chosen is not None
        assert COMMON.items() <= chosen.roles.items()
    assert choose("launch", PATH, PAIRS | {"referringurl": "r"}, known) is V1


def test_packages_that_disagree_who_is_named_are_refused():
    other = package("3", COMMON | {"LEARNER_ID": "lname", "LEARNER_LNAME": "learnerid"})
    with pytest.raises(UnknownRoute) as refused:
        choose("launch", PATH, PAIRS, (ENGINE, other))
    assert refused.value.reason == "ambiguous-package"
