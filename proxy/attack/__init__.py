"""ENISA's adversaries against an installation: computations over what is held, and their report.

Source: ENISA, "Pseudonymisation techniques and best practices" (2019), section 4: brute force, dictionary search,
guesswork. Nothing here prints an identity: results are counts, and ordinal numbers of candidates and records.
"""

from proxy.attack.battery import MINUTE_MS as MINUTE_MS
from proxy.attack.battery import Battery as Battery
from proxy.attack.battery import Knowledge as Knowledge
from proxy.attack.cloud import CloudFile as CloudFile
from proxy.attack.cloud import moment_of as moment_of
from proxy.attack.compact import printed as printed
from proxy.attack.page import as_html as as_html
from proxy.attack.patterns import Pattern as Pattern
from proxy.attack.records import json_records as json_records
from proxy.attack.records import records_of as records_of
from proxy.attack.report import Result as Result
from proxy.attack.report import Verdict as Verdict
from proxy.attack.times import Launches as Launches
