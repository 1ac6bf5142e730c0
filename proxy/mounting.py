"""From the settings of a mount to a `Mount`: which adapter, which addresses, which policy. Composition level."""

import base64
from dataclasses import replace
from pathlib import Path

from proxy.adapters import aicc, cloud_v1, cloud_v2, cmi5, dispatch, lti, postback, runtime, scorm, xapi
from proxy.config import V1, Config, Credential, Lti, MountSettings, Signed, Xapi, secret
from proxy.errors import ConfigInvalid
from proxy.fields import Adapter
from proxy.passage import Audience, Base, Login, Mount, Policy, Router, Signer, Signers, XapiPolicy
from proxy.rewrite import AddressBook, check_shape
from proxy.rewrite.signatures.jws import StatementSigner

SHORTEST_SECRET = 24
_FACING_LMS = frozenset({"postback", "aicc"})


def adapters() -> dict[str, tuple[Adapter, ...]]:
    """Return the adapters by the name a mount gives them; a mount speaks all adapters of its entry."""
    return {
        "dispatch": (dispatch.ADAPTER, lti.ADAPTER, cmi5.ADAPTER, runtime.ADAPTER),
        "cloud_v2": (cloud_v2.ADAPTER,),
        "cloud_v1": (cloud_v1.ADAPTER,),
        "postback": (postback.ADAPTER,),
        "xapi": (xapi.ADAPTER,),
        "cmi5": (cmi5.ADAPTER, cmi5.PAGES),
        "scorm": (scorm.ADAPTER,),
        "aicc": (aicc.ADAPTER,),
        "aicc_content": (aicc.CONTENT,),
    }


def mount_of(settings: MountSettings, config: Config, config_file: Path) -> Mount:
    """Make a mount of its settings; `AdapterInvalid`, `ConfigInvalid`."""
    spoken = adapters()[settings.adapter]
    adapter = _together(spoken)
    for route in adapter.routes:
        check_shape(route.request)
        check_shape(route.answer)
    public, upstream = Base.of(settings.public), Base.of(settings.upstream)
    further = {alias: Base.of(origin).origin for alias, origin in settings.origins.items()}
    audience = config.audiences[settings.audience]
    return Mount(
        name=settings.name,
        tenant=settings.tenant,
        adapter=adapter,
        router=Router(adapter.routes, settings.routes, frozenset(settings.policy.exceptions)),
        public=public,
        upstream=upstream,
        book=AddressBook([*address_pairs(settings, config), *_inner_pairs(settings, config)]),
        audience=Audience(audience.reveal, audience.details, audience.fields),
        policy=_policy(settings),
        lms_origins=frozenset(Base.of(origin).origin for origin in settings.lms_origins),
        further=further,
        caller=_login(settings.caller, config_file),
        credential=_login(settings.credential, config_file),
        management_caller=_login(settings.management_caller, config_file),
        management_credential=_login(settings.management_credential, config_file),
        applications=frozenset(settings.applications),
        signers=_signers(settings, config_file),
        xapi=_xapi(settings, config, config_file),
        exact=settings.adapter == "cloud_v1",
    )


def _together(spoken: tuple[Adapter, ...]) -> Adapter:
    """One adapter of all that a mount speaks: what one of them asks for holds for the whole mount."""
    return replace(
        spoken[0],
        routes=tuple(route for one in spoken for route in one.routes),
        request_headers=tuple(dict.fromkeys(name for one in spoken for name in one.request_headers)),
        answer_headers=tuple(dict.fromkeys(name for one in spoken for name in one.answer_headers)),
        crowd=any(one.crowd for one in spoken),
        callers_only=any(one.callers_only for one in spoken),
        withholds_addresses=any(one.withholds_addresses for one in spoken),
        error_texts=any(one.error_texts for one in spoken),
        alternate_syntax=any(one.alternate_syntax for one in spoken),
    )


def address_pairs(settings: MountSettings, config: Config) -> list[tuple[str, str]]:
    """Return (upstream origin, public base) for all hosts of the cloud that share this mount's public host.

    The host is turned back to the upstream of the mount at its root; where there is none, to this mount's own.
    """
    host = Base.of(settings.public).origin
    pairs: dict[str, str] = {}
    for mount in _of_host(settings, config):
        pairs.setdefault(Base.of(mount.upstream).origin, host)
        for alias, origin in mount.origins.items():
            pairs.setdefault(Base.of(origin).origin, f"{host}{Base.of(mount.public).path}/~{alias}")
    first = _of_root(settings, config)
    return sorted(pairs.items(), key=lambda pair: (pair[0] != first, pair))


def _inner_pairs(settings: MountSettings, config: Config) -> list[tuple[str, str]]:
    """Return (upstream, public) of mounts of this public host that lead to another upstream than its root does."""
    first = _of_root(settings, config)
    return [
        (mount.upstream.rstrip("/"), mount.public.rstrip("/"))
        for mount in _of_host(settings, config)
        if Base.of(mount.upstream).origin != first and Base.of(mount.public).path
    ]


def _of_host(settings: MountSettings, config: Config) -> list[MountSettings]:
    """Mounts with the same public host, the one at its root first.

    The upstream of a postback, or of AICC commands, is the LMS, which must not be taken for the cloud.
    """
    host = Base.of(settings.public).origin
    here = [one for one in config.mounts if one.adapter not in _FACING_LMS and Base.of(one.public).origin == host]
    return sorted(here, key=lambda one: len(Base.of(one.public).path))


def _of_root(settings: MountSettings, config: Config) -> str:
    root = next((one for one in _of_host(settings, config) if not Base.of(one.public).path), settings)
    return Base.of(root.upstream).origin


def _policy(settings: MountSettings) -> Policy:
    given = settings.policy
    return Policy(
        guard_refuses=given.guard == "refuse",
        guard_everybody=given.guard_scope == "active",
        replace_free_text=given.free_text == "replace",
        refuse_opaque=given.opaque == "refuse",
        refuse_without_session=given.without_session == "refuse",
        minimise_names=given.minimise_names,
        pin_first_sight=given.pin_scripts == "first-sight",
        session_seconds=int(given.session_hours * 3600),
        registration_ids=given.registration_ids.value,
        tags=given.tags.value,
        exceptions=frozenset(given.exceptions),
        security_policy=_security_policy(settings) if given.content_security_policy else "",
    )


def _signer(given: Xapi, mount: str, config_file: Path) -> StatementSigner | None:
    if given.signatures is not Signed.SIGN:
        return None
    chain = secret(config_file, given.signing_chain).encode() if given.signing_chain else b""
    try:
        return StatementSigner.load(secret(config_file, given.signing_key).encode(), chain)
    except (ValueError, TypeError):
        raise ConfigInvalid((f"mount {mount}: xapi.signing_key is no RSA key of 2048 bits or more (PEM)",)) from None


def _xapi(settings: MountSettings, config: Config, config_file: Path) -> XapiPolicy:
    """Whose accounts are whose is the same for all mounts of a tenant, or one person would be two."""
    given = settings.xapi
    tenants = [mount.xapi for mount in config.mounts if mount.tenant == settings.tenant]
    learners = dict.fromkeys(page.rstrip("/") for one in tenants for page in one.learner_home_pages)
    clouds = dict.fromkeys(page.rstrip("/") for one in tenants for page in one.cloud_home_pages)
    return XapiPolicy(
        learner_home_pages=tuple(learners),
        cloud_home_pages=tuple(clouds),
        learner_ids_are_addresses=any(one.learner_ids_are_addresses for one in tenants),
        documents=given.documents.value,
        attachments=given.attachments.value,
        signatures=given.signatures.value,
        signer=_signer(given, settings.name, config_file),
        extensions={iri: word.value for iri, word in given.extensions.items()},
        other_extensions=given.other_extensions.value,
        named_by_courses=given.named_by_courses.value,
    )


def _security_policy(settings: MountSettings) -> str:
    """A Content-Security-Policy (CSP level 3): pages load from the proxy only, and only LMS pages embed them."""
    own = " ".join(("'self'", "data:", "blob:", *settings.policy.external_hosts))
    lms = " ".join(settings.lms_origins)
    return (
        f"default-src {own} 'unsafe-inline' 'unsafe-eval'; frame-src {own} {lms}; "
        f"frame-ancestors 'self' {lms}; form-action 'self'; base-uri 'self'"
    )


def _signers(settings: MountSettings, config_file: Path) -> dict[str, tuple[Signers, ...]]:
    found: dict[str, tuple[Signers, ...]] = {}
    if settings.v1 is not None:
        found["v1"] = (_application(settings.v1, settings.name, config_file),)
    if settings.lti:
        found["oauth1"] = tuple(_consumer(one, config_file) for one in settings.lti)
    return found


def _application(given: V1, mount: str, config_file: Path) -> Signers:
    """The secrets of signed calls; `ConfigInvalid` for one that can be found by trying, or that is the cloud's."""
    ours, theirs = secret(config_file, given.secret), secret(config_file, given.cloud_secret)
    if ours == theirs:
        raise ConfigInvalid((f"mount {mount}: v1.secret is the cloud's own; whoever has it goes around us",))
    if len(ours) < SHORTEST_SECRET:
        # Learners see signed addresses, and MD5 is quick.
        raise ConfigInvalid((f"mount {mount}: v1.secret needs {SHORTEST_SECRET} characters or more",))
    return Signers(Signer(given.app_id, ours), Signer(given.cloud_app_id, theirs))


def _consumer(given: Lti, config_file: Path) -> Signers:
    caller = Signer(given.key, secret(config_file, given.secret))
    return Signers(caller, Signer(given.cloud_key, secret(config_file, given.cloud_secret)))


def _login(credential: Credential | None, config_file: Path) -> Login | None:
    if credential is None:
        return None
    pair = f"{credential.user}:{secret(config_file, credential.password)}"
    return Login("Basic " + base64.b64encode(pair.encode()).decode("ascii"))
