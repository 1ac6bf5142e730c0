"""Dispatch packages: the zip a customer downloads from the cloud and uploads to a learning platform.

Layouts after the published packages. Cloud addresses stand in `configuration.js` (globals in single quotes);
packages of the cloud itself have one more script with the customConfig address and the launch token in plain text.
Nothing else in a package holds an address of the cloud. The bytes are the same on every download.
"""

import io
import zipfile
from urllib.parse import quote

from proxy.demo.cloud.client import CLOUD_KEYS, ENGINE_KEYS, Keys
from proxy.demo.cloud.model import Dispatch
from proxy.demo.cloud.pages import Pages, as_html
from proxy.demo.cloud.site import Site

_MADE = (2026, 1, 5, 10, 0, 0)
_IDENTIFIER_LENGTH = 27
_COMMON = ("blank.html", "goodbye.html")
_NEW = ("dispatch.html", "utils.js")
_OLD = ("dispatch.html", "dispatchclient.js", "dispatchapi.html", "ConcedeControl.html", "loading.html")
_LMS_STANDARD = {"SCORM12": "SCORM", "SCORM2004": "SCORM2004"}


def dispatch_zip(site: Site, dispatch: Dispatch) -> bytes:
    """The package of one dispatch, files at the root."""
    files = _files(site, dispatch)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return target.getvalue()


def _files(site: Site, dispatch: Dispatch) -> dict[str, str]:
    pages = site.pages
    fill = {
        "TITLE": as_html(dispatch.title),
        "IDENTIFIER": "RSD_" + site.seals.static(f"manifest {dispatch.id}", _IDENTIFIER_LENGTH),
        "LMS_STANDARD": _LMS_STANDARD[dispatch.standard],
        "HASH": site.seals.static("build", 12).lower(),
    }
    folder = "package/v1" if dispatch.generation == "v1" else "package/v2"
    names = {name: f"package/{name}" for name in _COMMON}
    names |= {name: f"{folder}/{name}" for name in (_OLD if dispatch.generation == "v1" else _NEW)}
    names |= {name: f"package/{dispatch.standard}/{name}" for name in pages.names(f"package/{dispatch.standard}")}
    files = {name: pages.text(source, **fill) for name, source in names.items()}
    if dispatch.generation == "v2":
        files["customconfig.js"] = _custom_config(site, dispatch)
        files["dispatch.html"] = _dispatch_page(pages, fill, "v2")
    elif dispatch.generation == "engine2020":
        files["dispatch.html"] = _dispatch_page(pages, fill, "engine")
    files["configuration.js"] = _configuration(site, dispatch)
    return files


def _dispatch_page(pages: Pages, fill: dict[str, str], start: str) -> str:
    """The launch page; a 2020 Engine includes the loader at once, the cloud asks for customConfig before."""
    lines = pages.text(f"package/start/{start}.html", **fill).rstrip("\n")
    return pages.text("package/v2/dispatch.html", **fill, START=lines)


def _configuration(site: Site, dispatch: Dispatch) -> str:
    root = f"{site.origin}/dispatch/"
    values = {"DispatchRoot": root, "DispatchVersion": "2" if dispatch.generation == "v2" else "1"}
    if dispatch.generation == "v1":
        values = {"ContentAPI": f"{root}DispatchHost.html"}
    values["ContentURL"] = _content_url(site, dispatch)
    if dispatch.generation == "engine2020":
        values["PreLaunchConfigurationURL"] = (
            f"{root}DispatchRequest.jsp?methodName=PreLaunchConfiguration"
            f"&tenant={dispatch.tenant}&dispatchid={_id(dispatch)}&launchsecret={dispatch.secret}"
        )
    elif dispatch.generation == "v2":
        values["PreLaunchConfigurationURL"] = (
            f"{site.origin}/api/cloud/dispatch/{_id(dispatch)}/preLaunchConfiguration"
            f"?dispatchId={_id(dispatch)}&launchtoken={dispatch.launch_token}"
        )
    lines = "".join(f"var {name} = '{value}';\n" for name, value in values.items())
    return f"// Where this package finds its course. Do not edit.\n{lines}"


def _content_url(site: Site, dispatch: Dispatch) -> str:
    """The launch address with its placeholders; the last one follows directly, with no ampersand."""
    if dispatch.generation == "v2":
        base = f"{site.origin}/api/cloud/dispatch/{_id(dispatch)}/launch"
        head = f"dispatchId={_id(dispatch)}&launchtoken={dispatch.launch_token}"
        return f"{base}?{head}&{_learner(CLOUD_KEYS, referring=True)}_REGISTRATION_ARGUMENT"
    base = f"{site.origin}/dispatch/DispatchRequest.jsp"
    head = f"methodName=Launch&tenant={dispatch.tenant}&dispatchid={_id(dispatch)}&launchsecret={dispatch.secret}"
    referring = dispatch.generation == "v1"
    return f"{base}?{head}&{_learner(ENGINE_KEYS, referring=referring)}_REGISTRATION_ARGUMENT"


def _id(dispatch: Dispatch) -> str:
    return quote(dispatch.id, safe="")


def _learner(keys: Keys, *, referring: bool) -> str:
    pairs = [(keys.learner, "LEARNER_ID"), (keys.first, "LEARNER_FNAME"), (keys.last, "LEARNER_LNAME")]
    pairs += [(keys.referring, "REFERRING_URL")] if referring else []
    pairs += [(keys.pipe, "PIPE_URL"), (keys.redirect, "REDIRECT_URL")]
    return "&".join(f"{key}={placeholder}" for key, placeholder in pairs)


def _custom_config(site: Site, dispatch: Dispatch) -> str:
    address = f"{site.origin}/api/cloud/dispatch/{_id(dispatch)}/customConfig?appId={site.app_id}"
    return site.pages.text(
        "package/start/customconfig.js",
        CUSTOM_CONFIG_URL=address,
        LAUNCH_TOKEN=dispatch.launch_token,
    )
