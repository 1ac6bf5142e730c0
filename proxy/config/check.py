"""Everything about a configuration that one field alone cannot tell. All problems are reported together."""

import re
from collections import Counter
from urllib.parse import urlsplit

from proxy.config.disclosure_check import disclosure_problems, network_problems
from proxy.config.model import Config, Keys, MountSettings, Rename, Server
from proxy.config.policy import EXCEPTIONS

ADAPTERS = ("dispatch", "cloud_v2", "cloud_v1", "postback", "xapi", "cmi5", "scorm", "aicc", "aicc_content")


def problems_of(config: Config) -> list[str]:
    """Return every cross-field problem as `toml.path: sentence`; empty if the configuration holds together."""
    found: list[str] = []
    if not config.mounts:
        found.append("mounts: there is none; without a mount nothing is forwarded")
    for index, mount in enumerate(config.mounts):
        where = f"mounts[{index}]"
        found += [f"{where}.{text}" for text in mount_problems(mount)]
        if mount.audience not in config.audiences:
            found.append(f"{where}.audience: there is no [audiences.{mount.audience}]")
        elif mount.adapter in {"cloud_v2", "xapi"} and config.audiences[mount.audience].reveal:
            found += [f"{where}.{text}" for text in _brokering_problems(mount)]
        elif mount.adapter == "scorm":
            found += [
                f"{where}.{text}" for text in _scorm_problems(mount, reveal=config.audiences[mount.audience].reveal)
            ]
    found += [
        f"audiences.{name}: sees people or details, never both; give the readers of details an audience of their own"
        for name, audience in config.audiences.items()
        if audience.reveal and audience.details
    ]
    for name, count in Counter(mount.name for mount in config.mounts).items():
        if count > 1:
            found.append(f"mounts: the name {name} is used {count} times")
    for public, count in Counter(mount.public.rstrip("/").lower() for mount in config.mounts).items():
        if count > 1:
            found.append(f"mounts: the public address {public} is used {count} times")
    found += _shared_aliases(config) + _courses_without_store(config)
    found += disclosure_problems(config) + network_problems(config.server)
    return found + _address_of_listeners(config.server) + _store_problems(config) + _officer_problems(config.keys)


def _address_of_listeners(server: Server) -> list[str]:
    listeners = (("server.listen", server.listen), ("server.admin_listen", server.admin_listen))
    return [f"{where}: must be ADDRESS:PORT" for where, listen in listeners if not _is_listen(listen)]


def _store_problems(config: Config) -> list[str]:
    found = [
        f"{where}: must begin with sqlite:/// or postgresql+psycopg://"
        for where, url in (("store.url", config.store.url), ("keystore.url", config.keystore.url))
        if not url.startswith(("sqlite:///", "postgresql+psycopg://"))
    ]
    if config.store.url.partition("?")[0] == config.keystore.url.partition("?")[0]:
        found.append("keystore.url: must be another database than store.url, or nobody could ever be forgotten")
    return found


_OTHERS = frozenset({"operator", "browser", "caller", "cloud", "sandbox", "system"})
"""Who acts without an officer's file. A role of theirs would be everybody's."""
_PUBLIC_KEY = re.compile(r"ed25519:[A-Za-z0-9+/]{43}=")


def _officer_problems(keys: Keys) -> list[str]:
    found = [
        f"keys.officers.{name}: is no public key; see `scormveil officers new`"
        for name, key in keys.officers.items()
        if not _PUBLIC_KEY.fullmatch(key)
    ]
    found += [
        f"keys.officers.{name}: a name has lower-case letters, digits and hyphens only"
        for name in keys.officers
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name)
    ]
    found += [
        f"keys.officers.{name}: the audit log calls others so; choose another name"
        for name in keys.officers
        if name in _OTHERS
    ]
    if len(set(keys.officers.values())) < len(keys.officers):
        found.append("keys.officers: two officers have the same key, so one of them could approve for both")
    if keys.two_officers and len(keys.officers) < TWO:
        found.append("keys.two_officers: needs two officers or more in [keys.officers]")
    return found


TWO = 2


def mount_problems(mount: MountSettings) -> list[str]:
    """Return what is wrong with one mount in itself, as `field: sentence`."""
    found = _mount_addresses(mount)
    if mount.adapter not in ADAPTERS:
        found.append(f"adapter: {mount.adapter} is not one of {', '.join(ADAPTERS)}")
    if mount.adapter in {"dispatch", "cmi5"} and not mount.lms_origins:
        found.append(
            f"lms_origins: a {mount.adapter} mount needs at least one, else no launch can be told from a stranger's"
        )
    if mount.adapter != "postback" and urlsplit(mount.public).path.rstrip("/") != urlsplit(mount.upstream).path.rstrip(
        "/"
    ):
        found.append("public: its path must equal the path of `upstream`, or links inside answers break")
    if mount.adapter == "postback" and len(urlsplit(mount.public).path) < MIN_TOKEN:
        found.append(f"public: needs an unguessable path of {MIN_TOKEN} characters or more: it is the cloud's password")
    for name, credential in (("caller", mount.caller), ("credential", mount.credential)):
        if credential is not None and not credential.user:
            found.append(f"{name}.user: is empty")
    found += [
        f"policy.exceptions: {name} is not one of {', '.join(EXCEPTIONS)}"
        for name in mount.policy.exceptions
        if name not in EXCEPTIONS
    ]
    return (
        found
        + _management_problems(mount)
        + _v1_problems(mount)
        + _lti_problems(mount)
        + _rename_problems(mount.rename)
        + _erase_problems(mount)
    )


def _management_problems(mount: MountSettings) -> list[str]:
    pair = (mount.management_caller, mount.management_credential)
    found = []
    if (pair[0] is None) != (pair[1] is None):
        found.append("management_credential: goes together with management_caller; one alone lets nobody in")
    if pair[0] is not None and pair[0] == mount.caller:
        found.append("management_caller: must differ from caller, or every caller manages the realm")
    if mount.trust_upstream_login and not mount.applications:
        found.append("applications: trust_upstream_login needs them, or a stranger's application could read people")
    return found


def _v1_problems(mount: MountSettings) -> list[str]:
    if mount.adapter != "cloud_v1":
        return ["v1: is for the adapter cloud_v1 only"] if mount.v1 is not None else []
    if mount.v1 is None:
        return ["v1: a cloud_v1 mount needs it: calls are signed, by the LMS for us and by us for the cloud"]
    found = [f"v1.{name}: is empty" for name in type(mount.v1).model_fields if not getattr(mount.v1, name)]
    if mount.v1.secret and mount.v1.secret == mount.v1.cloud_secret:
        found.append("v1.secret: must not be the cloud's own, or whoever has it could go around the proxy")
    return found


def _lti_problems(mount: MountSettings) -> list[str]:
    if mount.lti and mount.adapter != "dispatch":
        return ["lti: is for the adapter dispatch only"]
    found = [
        f"lti[{index}].{name}: is empty"
        for index, one in enumerate(mount.lti)
        for name in type(one).model_fields
        if not getattr(one, name)
    ]
    found += [
        f"lti[{index}].secret: must not be the cloud's own, or whoever has it could go around the proxy"
        for index, one in enumerate(mount.lti)
        if one.secret and one.secret == one.cloud_secret
    ]
    for key, count in Counter(one.key for one in mount.lti).items():
        if count > 1:
            found.append(f"lti: the key {key} is used {count} times")
    return found


def _erase_problems(mount: MountSettings) -> list[str]:
    """Deleting in the cloud needs somebody's word there, and a login."""
    if not mount.erase.allow:
        return []
    found = [] if mount.adapter == "cloud_v2" else ["erase.allow: is for cloud_v2 mounts"]
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", mount.erase.user_email):
        found.append("erase.user_email: must be the address of an owner or administrator of the account")
    if mount.credential is None:
        found.append("credential: is needed by erase.allow")
    return found


def _rename_problems(rename: Rename) -> list[str]:
    if rename.by == "v1" and not rename.v1_url:
        return ["rename.v1_url: is needed by rename.by = v1"]
    found = [f"rename.v1_url: {text}" for text in _address_problems(rename.v1_url)] if rename.v1_url else []
    if rename.v1_url.startswith("http://") and not is_loopback(urlsplit(rename.v1_url).hostname or ""):
        found.append("rename.v1_url: must be https (a signed address would travel in clear)")
    return found


def _brokering_problems(mount: MountSettings) -> list[str]:
    """Who reads people through us must prove to us who she is.

    Upstream's word is not enough: it is upstream's own people from whom the names are kept, and a stranger may have
    an account there too.
    """
    if mount.trust_upstream_login and mount.caller is None:
        return []
    return [
        f"{name}: an audience that sees people needs it; {why}"
        for name, credential, why in (
            ("caller", mount.caller, "the LMS logs in with a key of ours"),
            ("credential", mount.credential, "the cloud's own key stays in the proxy"),
        )
        if credential is None
    ]


def _scorm_problems(mount: MountSettings, *, reveal: bool) -> list[str]:
    """Where a host takes commits nobody can guess; and anybody can say a learner id."""
    found = [] if mount.routes else ["routes: a scorm mount needs them; they say where the host takes commits"]
    if reveal and mount.caller is None:
        found.append("caller: an audience that sees people needs it; give browsers one that does not")
    return found


def _mount_addresses(mount: MountSettings) -> list[str]:
    origins = {f"lms_origins[{index}]": origin for index, origin in enumerate(mount.lms_origins)}
    found = [f"{name}: {text}" for name in ("public", "upstream") for text in _address_problems(getattr(mount, name))]
    for name, address in {"public": mount.public, **origins}.items():
        if address.startswith("http://") and not is_loopback(urlsplit(address).hostname or ""):
            found.append(f"{name}: must be https (session cookies need it, and ids would travel in clear)")
    origins |= {f"origins.{alias}": origin for alias, origin in mount.origins.items()}
    origins |= {f"policy.external_hosts[{i}]": origin for i, origin in enumerate(mount.policy.external_hosts)}
    for name, origin in origins.items():
        found += [f"{name}: {text}" for text in _origin_problems(origin)]
    for alias in mount.origins:
        if not alias.replace("-", "").isalnum() or alias != alias.lower() or not alias.isascii():
            found.append(f"origins.{alias}: an alias has lower-case letters, digits and hyphens only")
    return found


def _courses_without_store(config: Config) -> list[str]:
    """Courses find session, record store and return address on one public host, or their cookies do not meet."""
    stores = {(one.tenant, urlsplit(one.public).netloc.lower()) for one in config.mounts if one.adapter == "xapi"}
    return [
        f"mounts[{index}].public: a cmi5 mount needs an xapi mount of its tenant on the same public host"
        for index, mount in enumerate(config.mounts)
        if mount.adapter == "cmi5" and (mount.tenant, urlsplit(mount.public).netloc.lower()) not in stores
    ]


MIN_TOKEN = 24


def _shared_aliases(config: Config) -> list[str]:
    """Mounts that share a public host share its /~alias space: one alias must not lead to two places."""
    seen: dict[tuple[str, str], str] = {}
    found: list[str] = []
    for index, mount in enumerate(config.mounts):
        host = urlsplit(mount.public).netloc.lower()
        for alias, origin in mount.origins.items():
            if seen.setdefault((host, alias), origin) != origin:
                found.append(f"mounts[{index}].origins.{alias}: another mount of this host uses the alias differently")
    return found


def _address_problems(address: str) -> list[str]:
    try:
        parts = urlsplit(address)
        port_is_sound = parts.port is None or parts.port > 0
    except ValueError:
        return ["is not an address"]
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_sound:
        return ["must be an http or https address"]
    if parts.query or parts.fragment or parts.username or parts.password:
        return ["must have no query, fragment, user or password"]
    if parts.hostname != parts.hostname.lower() or not address.isascii():
        return ["must be lower-case ASCII (use the punycode form of international names)"]
    return []


def _origin_problems(address: str) -> list[str]:
    found = _address_problems(address)
    if not found and urlsplit(address).path not in {"", "/"}:
        found.append("must be an origin: scheme, host and port, no path")
    return found


def _is_listen(value: str) -> bool:
    host, _, port = value.rpartition(":")
    return bool(host) and port.isdigit() and int(port) <= 65535  # noqa: PLR2004  the highest TCP port


def is_loopback(host: str) -> bool:
    """Tell whether browsers treat `host` as this machine (RFC 6761 section 6.3 for the names)."""
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
