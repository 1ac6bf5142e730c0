"""ENISA's adversaries against an installation: pure computations over what is held, and their report.

Source: ENISA, "Pseudonymisation techniques and best practices" (2019), section 4: brute force, dictionary search,
guesswork. Nothing here prints an identity: results are counts, and ordinal numbers of candidates.
"""

from proxy.attack.cloud import CloudFile as CloudFile
from proxy.attack.cloud import moment_of as moment_of
from proxy.attack.cloud import read_cloud as read_cloud
from proxy.attack.cloud import standing_in as standing_in
from proxy.attack.guesses import Pattern as Pattern
from proxy.attack.guesses import Search as Search
from proxy.attack.guesses import held_in as held_in
from proxy.attack.held import Held as Held
from proxy.attack.held import balance as balance
from proxy.attack.held import guessed_keys as guessed_keys
from proxy.attack.held import held_of as held_of
from proxy.attack.held import names as names
from proxy.attack.held import tenants as tenants
from proxy.attack.held import uniqueness as uniqueness
from proxy.attack.held import weak_keys as weak_keys
from proxy.attack.page import as_html as as_html
from proxy.attack.report import Result as Result
from proxy.attack.report import Verdict as Verdict
from proxy.attack.times import join as join
from proxy.attack.times import times as times
