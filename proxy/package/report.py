"""What a package holds, for people: positions and names, never tokens, paths or queries."""

from dataclasses import dataclass

from proxy.package.spelling import Spelling
from proxy.package.tokens import TokenSpot
from proxy.package.traits import Generation, Standard
from proxy.package.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class AddressSpot:
    """One address: its file and line (from 1), how it is spelled, its origin and what it is to us."""

    file: str
    line: int
    spelling: Spelling
    origin: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PlaceholderSpot:
    """One placeholder of ContentURL, the query key that carries it, and where ContentURL is assigned."""

    placeholder: str
    key: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class GlobalSpot:
    """One global of the configuration, where it is assigned, and the origin of its value ("" if it is no address)."""

    name: str
    file: str
    line: int
    origin: str


@dataclass(frozen=True, slots=True)
class PackageReport:
    """The inspection of one package.

    `addresses` lists the cloud's, the proxy's and foreign ones; namespaces and prose in schemas are only counted.
    `custom_config` says where the address of the customConfig call stands, or is None. `unmapped` are the origins
    that neither the mapping nor the allowed hosts cover: while it is not empty, a rewrite is refused. `problems` are
    the further `Reason` words for which a rewrite would be refused.
    """

    digest: str
    files: int
    generation: Generation
    standard: Standard
    addresses: tuple[AddressSpot, ...]
    harmless: int
    tokens: tuple[TokenSpot, ...]
    globals: tuple[GlobalSpot, ...]
    placeholders: tuple[PlaceholderSpot, ...]
    custom_config: GlobalSpot | None
    unmapped: tuple[str, ...]
    problems: tuple[str, ...]
