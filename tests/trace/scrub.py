"""Makes a recording one that can be kept: fixed ports, no times, no noise of the machine."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from tests.journeys.kit import Scene

PORTS = {"lms": "8101", "proxy": "8102", "cloud": "8103", "content": "8104"}
_DROPPED = ("startedDateTime", "time", "cache", "timings", "serverIPAddress", "connection", "pageref")
_KEPT = ("_resourceType", "_initiator")
_NOISE = re.compile(r"sec-|accept-encoding$|connection$|date$|server$|upgrade-|cache-control$|pragma$", re.IGNORECASE)


def scrubbed(file: Path, scene: Scene) -> dict[str, Any]:
    """The recording as a tree, with ports that do not change."""
    tree = json.loads(with_ports(file.read_text("utf-8"), scene))["log"]
    entries = [_entry(one) for one in tree["entries"]]
    return {"log": {"version": "1.2", "creator": tree["creator"] | {"version": "1"}, "entries": entries}}


def with_ports(text: str, scene: Scene) -> str:
    """The text with ports that do not change."""
    for name, origin in origins(scene).items():
        port = origin.rpartition(":")[2]
        text = re.sub(rf"{name}\.localhost(:|%3A|%253A){port}", rf"{name}.localhost\g<1>{PORTS[name]}", text)
    return text


def scrubbed_package(package: bytes, scene: Scene) -> bytes:
    """A dispatch package that is for the same ports."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            text = with_ports(old.read(one).decode("utf-8"), scene)
            new.writestr(zipfile.ZipInfo(one.filename), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def origins(scene: Scene) -> dict[str, str]:
    return {
        "lms": scene.lms.origin,
        "proxy": scene.sandbox.proxy_origin,
        "cloud": scene.cloud.origin,
        "content": scene.cloud.content_origin,
    }


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    request, response = entry["request"], entry["response"]
    kept = {key: value for key, value in entry.items() if key in _KEPT}
    content = response["content"]
    if f"lms.localhost:{PORTS['lms']}" in request["url"]:
        content = {"size": content["size"], "mimeType": content["mimeType"]}  # of no interest, and long
    return kept | {"request": _message(request), "response": _message(response) | {"content": content}}


def _message(message: dict[str, Any]) -> dict[str, Any]:
    wanted = ("method", "url", "postData", "bodySize", "status", "redirectURL")
    kept = {key: message[key] for key in wanted if key in message}
    return kept | {"headers": [one for one in message["headers"] if not _NOISE.match(one["name"])]}


def written(file: Path, tree: dict[str, Any]) -> None:
    file.write_text(json.dumps(tree, ensure_ascii=False, indent=1) + "\n", "utf-8")
