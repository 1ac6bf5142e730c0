"""A mount: one public address, the adapter spoken there, and where it leads. Built once by `proxy.assemble`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from proxy.errors import UnknownHost
from proxy.fields import Adapter
from proxy.passage.router import Router
from proxy.people import Direction
from proxy.rewrite import AddressBook
from proxy.rewrite.signatures.jws import StatementSigner

OWN = "/.scormveil/"
"""Below a mount's public address: what we answer ourselves."""


@dataclass(frozen=True, slots=True)
class Base:
    """An origin (`https://host:port`) and a path below it (`/api/v2`, or nothing)."""

    origin: str
    path: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as a Host header has them."""
        return urlsplit(self.origin).netloc

    @classmethod
    def of(cls, address: str) -> "Base":
        """Split `address`; the path loses its trailing slash."""
        parts = urlsplit(address)
        return cls(f"{parts.scheme}://{parts.netloc}".lower(), parts.path.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Policy:
    """The mount's decisions; see `proxy.config.model.Policy` for their meaning."""

    guard_refuses: bool = True
    guard_everybody: bool = True
    replace_free_text: bool = True
    refuse_opaque: bool = True
    refuse_without_session: bool = True
    minimise_names: bool = False
    pin_first_sight: bool = True
    session_seconds: int = 43_200
    security_policy: str = ""
    registration_ids: str = "identifying"
    tags: str = "pseudonymise"
    exceptions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads results: people or details, never both, and which fields (empty: what the route keeps)."""

    reveal: bool = False
    details: bool = False
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class XapiPolicy:
    """What a mount decides about xAPI; see `proxy.config.xapi.Xapi` for the meaning of each."""

    learner_home_pages: tuple[str, ...] = ()
    cloud_home_pages: tuple[str, ...] = ()
    learner_ids_are_addresses: bool = False
    documents: str = "refuse"
    attachments: str = "refuse"
    signatures: str = "refuse"
    signer: StatementSigner | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)
    """IRI -> text, keep, drop or refuse."""
    other_extensions: str = "text"
    named_by_courses: str = "refuse"


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A Basic credential (RFC 7617), ready as a header value. It does not print."""

    header: str


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """The name of a key (an application id, a consumer key) and its secret, for signed requests. It does not print."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True, repr=False)
class Signers:
    """One sender of signed requests: what she signs with is ours, what we sign with is the cloud's."""

    caller: Signer
    cloud: Signer


@dataclass(frozen=True, slots=True)
class Mount:
    """Everything an exchange needs to know about where it takes place."""

    name: str
    tenant: str
    adapter: Adapter
    router: Router
    public: Base
    upstream: Base
    book: AddressBook
    audience: Audience
    policy: Policy
    lms_origins: frozenset[str] = frozenset()
    further: Mapping[str, str] = field(default_factory=dict)
    """alias → origin of the cloud's further hosts."""
    caller: Login | None = None
    credential: Login | None = None
    management_caller: Login | None = None
    management_credential: Login | None = None
    applications: frozenset[str] = frozenset()
    """Applications of the cloud that may be named here, and, without brokering, may log in."""
    signers: Mapping[str, tuple[Signers, ...]] = field(default_factory=dict)
    """scheme → its senders; see `Route.signed`."""
    xapi: XapiPolicy = field(default=XapiPolicy())
    exact: bool = False
    """The public address is the whole address: below it lie other mounts' paths, and ours at `/.scormveil/`."""

    @property
    def inward(self) -> bool:
        """Whether requests of this mount enter the trusted side (postbacks)."""
        return self.adapter.faces is Direction.INWARD

    @property
    def searches_everybody(self) -> bool:
        """Whether messages without a session are searched for everybody seen lately."""
        return self.adapter.crowd and self.policy.guard_everybody


class Mounts:
    """All mounts, found by Host header and path; the longest public path wins."""

    def __init__(self, mounts: tuple[Mount, ...]) -> None:
        """Order the mounts once."""
        self._by_host: dict[str, list[Mount]] = {}
        for mount in sorted(mounts, key=lambda one: -len(one.public.path)):
            self._by_host.setdefault(mount.public.netloc, []).append(mount)
        self.all = mounts

    def find(self, host: str, path: str) -> tuple[Mount, str]:
        """Return the mount for `host` and the path below its public address; `UnknownHost` if there is none."""
        for mount in self._by_host.get(host.lower(), ()):
            base = mount.public.path
            below = path[len(base) :] or "/"
            if path != base and not path.startswith(base + "/"):
                continue
            if not mount.exact or below == "/" or below.startswith(OWN):
                return mount, below
        raise UnknownHost

    def of_host(self, host: str) -> bool:
        """Tell whether any mount has this public host."""
        return host.lower() in self._by_host
