"""Looks at an installation and at the account behind it: what goes around the proxy, and who is there in clear.

It reads and never writes. Nothing of the account is printed but the host names of addresses, ids of courses and
dispatches, and counts, unless somebody asks for values.
"""

from proxy.doctor.account import Account as Account
from proxy.doctor.account import Limits as Limits
from proxy.doctor.account import look_at as look_at
from proxy.doctor.addresses import Ours as Ours
from proxy.doctor.findings import Finding as Finding
from proxy.doctor.findings import Report as Report
from proxy.doctor.local import exceptions_of as exceptions_of
from proxy.doctor.local import of_configuration as of_configuration
from proxy.doctor.local import ours_of as ours_of
from proxy.doctor.realm import look_at_realm as look_at_realm
from proxy.doctor.words import WORDS as WORDS
from proxy.doctor.words import Weight as Weight
