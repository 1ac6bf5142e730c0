"""What is wrong with the tables of `proxy.config.disclosure` taken together."""

import ipaddress
import re
from collections import Counter
from zoneinfo import available_timezones

from proxy.config.disclosure import Disclosure, Reason
from proxy.config.model import Config, Server

_TWO = 2
_NAMES = (
    "anna",
    "Schmidt",
    "anna.schmidt",
    "Anna-Schmidt",
    "anna/schmidt",
    "ANNA.SCHMIDT",
    "anna.schmidt2",
    "s4711042",
)
"""What people are called; a case number stands in the audit log beside the pseudonym."""
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def disclosure_problems(config: Config) -> list[str]:
    """Return every problem of [disclosure] as `toml.path: sentence`."""
    rules = config.disclosure
    if rules is None:
        return []
    found = [
        f"disclosure.roles.{role}: {officer} is not one of [keys.officers]"
        for role, officers in rules.roles.items()
        for officer in officers
        if officer not in config.keys.officers
    ]
    found += [
        f"disclosure.reasons: the name {name} is used {count} times"
        for name, count in Counter(one.name for one in rules.reasons).items()
        if count > 1
    ]
    if not rules.reasons:
        found.append("disclosure.reasons: there is none, so nobody could be looked up for any")
    if rules.time_zone not in available_timezones():
        found.append(f"disclosure.time_zone: {rules.time_zone} is not known here")
    begins, _, ends = rules.office_hours.partition("-")
    if begins >= ends:
        found.append("disclosure.office_hours: must end on the day on which they begin")
    for index, one in enumerate(rules.reasons):
        found += [f"disclosure.reasons[{index}].{text}" for text in _reason_problems(one, rules)]
    return found


def _reason_problems(one: Reason, rules: Disclosure) -> list[str]:
    found = [
        f"{where}: there is no role {role} in [disclosure.roles]"
        for where, roles in (("roles", one.roles), ("approvers", one.approvers))
        for role in roles
        if role not in rules.roles
    ]
    try:
        case = re.compile(one.case)
    except re.error:
        found.append("case: is not a regular expression")
    else:
        fits = [name for name in _NAMES if case.fullmatch(name)]
        if fits:
            found.append(f"case: fits {fits[0]}, and so names, which must not get into the audit log")
    if one.second_person:
        people = {name for role in one.roles + one.approvers for name in rules.roles.get(role, ())}
        approvers = {name for role in one.approvers or one.roles for name in rules.roles.get(role, ())}
        if not approvers or len(people) < _TWO:
            found.append("second_person: needs two officers: one who asks, another who approves")
    return found


def network_problems(server: Server) -> list[str]:
    """Return what is wrong with how clients' addresses are learned."""
    found = []
    for index, network in enumerate(server.trusted_proxies):
        try:
            ipaddress.ip_network(network)
        except ValueError:
            found.append(f"server.trusted_proxies[{index}]: is no network, as in 10.0.0.0/8")
    if server.client_address_header and not _HEADER.fullmatch(server.client_address_header):
        found.append("server.client_address_header: is no name of a header field")
    return found
