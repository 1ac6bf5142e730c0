"""The configuration as a frozen tree. Every field says what it is for; `config.example.toml` is rendered from here.

Secrets stand in the file by reference only (`file:path`, `env:NAME`); `proxy.config.load` resolves them.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from proxy.config.audit import Audit as Audit
from proxy.config.credentials import V1 as V1
from proxy.config.credentials import Credential as Credential
from proxy.config.credentials import Lti as Lti
from proxy.config.disclosure import Disclosure as Disclosure
from proxy.config.disclosure import Minting as Minting
from proxy.config.disclosure import Showing as Showing
from proxy.config.people import People
from proxy.config.policy import Erase as Erase
from proxy.config.policy import Policy as Policy
from proxy.config.policy import Rename as Rename
from proxy.config.pseudonyms import Pseudonyms
from proxy.config.tree import Tree
from proxy.config.xapi import Signed as Signed
from proxy.config.xapi import Xapi as Xapi


class Server(Tree):
    """Where scormveil listens."""

    listen: str = Field(default="127.0.0.1:8080", description="Address and port for browsers, LMS and cloud.")
    admin_listen: str = Field(
        default="127.0.0.1:9464", description="Address and port of /healthz and /metrics. Never expose it."
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="Processes that share the port. They share mapping and keys, so any number is right."
    )
    client_address_header: str = Field(
        default="",
        description="In which field your web server says whose address it is (`X-Real-IP`); see [mounts.minting].",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"), description="Networks whose word for it is taken: your web servers."
    )
    user_agent: str = Field(
        default="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        description="The one User-Agent the cloud ever sees. Keep it constant: content links may be bound to it.",
    )


class Limits(Tree):
    """What a message may weigh, in bytes and seconds."""

    body_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=5_242_880, description="Largest body that is read and rewritten (a run-time commit, an API answer)."
    )
    package_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=67_108_864, description="Largest dispatch zip that is rewritten on its way through the API."
    )
    report_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=67_108_864,
        description="Largest API answer that is read in pieces (long lists, reports full of details), opened.",
    )
    connect_seconds: Annotated[float, Field(gt=0)] = Field(default=10.0, description="Longest wait for a connection.")
    idle_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60.0, description="Longest silence of the other side before the exchange is given up."
    )


class KekProviderName(StrEnum):
    """Who guards the keyring."""

    FILE = "file"
    ENV = "env"
    PASSPHRASE = "passphrase"  # noqa: S105  a word, not a secret
    COMMAND = "command"
    PKCS11 = "pkcs11"


class Kek(Tree):
    """The key-encryption key that seals the keyring."""

    provider: KekProviderName = Field(
        default=KekProviderName.FILE,
        description="`file` (mode 0600, ours), `env`, `passphrase`, `command` or `pkcs11` (an HSM).",
    )
    path: str = Field(default="kek.key", description="file: the key file, relative to this configuration file.")
    variable: str = Field(default="", description="env: the variable that holds 32 random bytes in base64.")
    passphrase: str = Field(default="", description="passphrase: `env:NAME` or `file:path`; 12 characters or more.")
    command: tuple[str, ...] = Field(default=(), description="command: program and arguments (for KMS or Vault).")
    library: str = Field(default="", description="pkcs11: the HSM's library (needs the extra `scormveil[pkcs11]`).")
    token: str = Field(default="", description="pkcs11: label of the token.")
    label: str = Field(default="", description="pkcs11: label of the AES key in it.")
    pin: str = Field(default="", description="pkcs11: `env:NAME` or `file:path`.")


class RotateEvery(Tree):
    """Days after which a running node rotates the active key of a purpose by itself; 0: only an officer does."""

    lookup: Annotated[int, Field(ge=0)] = Field(default=0, description="The index of the mapping: built anew, paced.")
    pseudonym: Annotated[int, Field(ge=0)] = Field(default=0, description="New people only; known ones keep theirs.")
    seal: Annotated[int, Field(ge=0)] = Field(default=0, description="What is sealed: sealed anew, paced.")
    audit: Annotated[int, Field(ge=0)] = Field(default=0, description="What is signed from then on.")


class Keys(Tree):
    """The keyring. Created by `scormveil init`; without it nothing starts."""

    keyring: str = Field(default="keyring.json", description="The sealed keyring, relative to this file.")
    distribute: bool = Field(
        default=True, description="Hand a new keyring, sealed, to the other nodes by way of the key store."
    )
    warn_days: Annotated[int, Field(ge=0)] = Field(
        default=14, description="So many days before a cryptoperiod ends, nodes begin to warn."
    )
    two_officers: bool = Field(
        default=False, description="Destroying, deactivating and importing keys needs a second officer's approval."
    )
    officers: dict[str, str] = Field(
        default_factory=dict,
        description="Names and public keys of the officers (`scormveil officers new NAME`).",
        examples=['anna = "ed25519:…"'],
    )
    kek: Kek = Field(default=Kek(), description="What seals it. Keep it on another medium than the backups.")
    new_kek: Kek | None = Field(
        default=None,
        description="While the key-encryption key is changed: the next one, with the settings of [keys.kek].",
        examples=['provider = "passphrase"\n# passphrase = "file:kek-passphrase"'],
    )
    rotate_every: RotateEvery = Field(
        default=RotateEvery(),
        description="Days after which a running node rotates the active key of a purpose; 0: only an officer does.",
    )


class StoreSettings(Tree):
    """The mapping, encrypted."""

    url: str = Field(
        default="sqlite:///scormveil.sqlite3",
        description="SQLite (path relative to this file) or, for many nodes, postgresql+psycopg://…",
    )


class KeyStoreSettings(Tree):
    """The data key of each person, apart from the mapping: destroying it forgets her in every copy of the mapping."""

    url: str = Field(
        default="sqlite:///scormveil-keys.sqlite3",
        description="Another file or database than the mapping's, with backups of its own that are kept for days only.",
    )
    journal: str = Field(
        default="erasures.journal",
        description="Who was forgotten (pseudonyms only), so that no restored database remembers; beside it, in a file "
        "`….restricted`, whose use is restricted. One for each node.",
    )


class Upkeep(Tree):
    """What running nodes do by themselves, one of them at a time."""

    records_per_second: Annotated[int, Field(ge=1)] = Field(
        default=500, description="How fast records are sealed and indexed anew after a rotation."
    )
    forget_after_days: Annotated[int, Field(ge=0)] = Field(
        default=0, description="People not seen for so many days are forgotten; 0: nobody is."
    )


class LogFormat(StrEnum):
    """How log lines look."""

    JSON = "json"
    CONSOLE = "console"


class Logging(Tree):
    """One line an exchange, never a value of it."""

    format: LogFormat = Field(default=LogFormat.JSON, description="`json` for machines, `console` for people.")
    level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="Least level written.")


class MountSettings(Tree):
    """One public address, what it speaks, and where it leads."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{0,30}$", description="Short name, for logs and audit.")
    adapter: str = Field(
        description="What is spoken: `dispatch`, `cloud_v2`, `cloud_v1`, `xapi`, `cmi5`, `scorm`, `aicc`, `postback`…"
    )
    tenant: str = Field(
        pattern="^[a-z][a-z0-9-]{0,30}$",
        description="The pseudonymisation domain. Two tenants never share a pseudonym for one person.",
    )
    public: str = Field(description="Address under which others reach this mount.")
    upstream: str = Field(description="Address it leads to: the cloud, or for `postback` the LMS.")
    lms_origins: tuple[str, ...] = Field(default=(), description="Origins of the LMS pages that launch courses.")
    origins: dict[str, str] = Field(
        default_factory=dict,
        description="Further hosts of the cloud (content hosts), by alias; served under /~alias of the public host.",
    )
    routes: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="More path templates for a declared route, e.g. a results page your cloud puts elsewhere.",
    )
    audience: str = Field(default="lms", description="Who reads results here; one of [audiences].")
    policy: Policy = Field(default=Policy(), description="Decisions; the defaults are strict.")
    caller: Credential | None = Field(default=None, description="Basic credential that callers must present to us.")
    credential: Credential | None = Field(default=None, description="Basic credential that we present upstream.")
    management_caller: Credential | None = Field(
        default=None, description="cloud_v2: what callers present for the realm's own operations (/appManagement)."
    )
    management_credential: Credential | None = Field(
        default=None, description="cloud_v2: what we present upstream for them. Without both they are refused."
    )
    applications: tuple[str, ...] = Field(
        default=(),
        description="cloud_v2: ids of the applications that may be named here; empty: all that the credentials reach.",
    )
    trust_upstream_login: bool = Field(
        default=False,
        description="cloud_v2: people are shown to whoever logs in UPSTREAM as one of `applications`.",
    )
    v1: V1 | None = Field(
        default=None, description="Who signs calls of the V1 API: the LMS with a secret of ours, we with the cloud's."
    )
    lti: tuple[Lti, ...] = Field(
        default=(), description="`dispatch`: LTI 1.1 consumers, one for each dispatch that is launched so."
    )
    xapi: Xapi = Field(default=Xapi(), description="What is decided about xAPI.")
    rename: Rename = Field(
        default=Rename(), description="How `keys migrate` renames learners in the application (`cloud_v2` only)."
    )
    erase: Erase = Field(
        default=Erase(), description="How `people erase` goes on in the application (`cloud_v2` only)."
    )
    disclosure: Showing = Field(
        default=Showing(), description="How many people this mount may show its readers (docs/disclosure.md)."
    )
    minting: Minting = Field(
        default=Minting(), description="How many new people one source may bring here (docs/disclosure.md)."
    )


class Audience(Tree):
    """Who reads results, and which fields."""

    reveal: bool = Field(default=False, description="Whether pseudonyms become people again for these readers.")
    details: bool = Field(
        default=False, description="Whether detailed results are shown; never to readers who see people."
    )
    fields: tuple[str, ...] = Field(
        default=(), description="JSON pointers that may be seen; empty: the four high-level results and the learner."
    )


class Config(Tree):
    """The whole configuration."""

    server: Server = Field(default=Server(), description="Where scormveil listens.")
    limits: Limits = Field(default=Limits(), description="What a message may weigh.")
    keys: Keys = Field(default=Keys(), description="The keyring and what seals it.")
    store: StoreSettings = Field(default=StoreSettings(), description="The mapping, encrypted.")
    keystore: KeyStoreSettings = Field(
        default=KeyStoreSettings(), description="Data keys of people. Back it up apart from the mapping, for days only."
    )
    pseudonyms: Pseudonyms = Field(default=Pseudonyms(), description="How people are called on the other side.")
    people: People = Field(default=People(), description="What `people access` tells a person besides what is held.")
    upkeep: Upkeep = Field(default=Upkeep(), description="What running nodes do by themselves, one of them at a time.")
    audit: Audit = Field(default=Audit(), description="The audit log: how it is signed, and who keeps what was signed.")
    logging: Logging = Field(default=Logging(), description="One line an exchange, never a value of it.")
    disclosure: Disclosure | None = Field(
        default=None,
        description="Looking a person up by hand; without this table whoever runs a command may. docs/disclosure.md.",
        examples=[
            (
                'roles = { privacy = ["anna", "ben"], support = ["carl"] }\n# people_per_hour = 20\n'
                '# office_hours = "07:00-19:00"\n# time_zone = "Europe/Berlin"\n# [[disclosure.reasons]]\n'
                '# name = "subject-access"\n# fields = ["id", "name", "email", "pseudonyms"]\n# roles = ["privacy"]\n'
                '# case = "DSR-[0-9]+"\n# second_person = true\n# valid_minutes = 60'
            )
        ],
    )
    audiences: dict[str, Audience] = Field(
        default_factory=lambda: {"lms": Audience(reveal=True)}, description="Who may see what on the way back."
    )
    mounts: tuple[MountSettings, ...] = Field(default=(), description="Public addresses and where they lead.")
