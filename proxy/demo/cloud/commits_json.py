"""Commits of newer players: JSON, whole or only what changed, packed by LZString or not.

What SCORM Cloud's player sends today is not published. The members here are made up, after the words of the cloud's own
API; what is published is that there are deltas and that bodies are compressed with LZString (Engine settings
`UseDeltaRecordResultsPayload` and `CompressRecordResultsPayload`).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from proxy.demo.cloud.commits import MAX_COMMENT, MAX_LOCATION, MAX_RESPONSE, MAX_SUSPEND_DATA, Commit, CommitUnreadable
from proxy.demo.cloud.commits import read_commit as read_xml
from proxy.demo.cloud.model import Comment, Interaction, Runtime
from proxy.lzstring import Notation, NotPacked, unpack

_NUMBERED = re.compile(r"(comments|interactions)\.(\d+)\.(\w+)(?:\.(\d+))?")


class CommitReader:
    """Reads commits in whatever form this cloud's players were told to use; remembers what deltas are of."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._pictures: dict[str, dict[str, Any]] = {}

    def read(self, body: bytes, commits: str, packed: str) -> Commit:
        """Read one body; `CommitUnreadable`."""
        if packed:
            body = _unpacked(body, packed)
        return read_xml(body) if commits == "xml" else self._read_json(body, commits)

    def _read_json(self, body: bytes, commits: str) -> Commit:
        try:
            tree = json.loads(body)
            registration = str(tree["registrationId"])
            picture = _flat(tree) if commits == "json" else tree["delta"]
            if commits == "delta":
                picture = self._pictures.setdefault(registration, {}) | picture
            self._pictures[registration] = picture
            return _commit(registration, picture)
        except (ValueError, KeyError, TypeError):
            raise CommitUnreadable from None


def _unpacked(body: bytes, packed: str) -> bytes:
    try:
        return unpack(body.decode("utf-8", "surrogateescape"), Notation(packed)).encode()
    except (NotPacked, ValueError):
        raise CommitUnreadable from None


def _flat(tree: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict | list):
        return {path: tree}
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return {
        name: value
        for key, inner in pairs
        for name, value in _flat(inner, f"{path}.{key}" if path else str(key)).items()
    }


def _commit(registration: str, picture: Mapping[str, Any]) -> Commit:
    told = {name.removeprefix("activities.0.runtime."): value for name, value in picture.items()}
    runtime = Runtime()
    runtime.location = _short(told, "location", MAX_LOCATION)
    runtime.suspend_data = _short(told, "suspendData", MAX_SUSPEND_DATA)
    runtime.exit, runtime.language = str(told.get("exit", "")), str(told.get("language", ""))
    runtime.completion = {"complete": "completed"}.get(told["rollup.completion"], told["rollup.completion"])
    runtime.success = told["rollup.success"]
    scaled = told["rollup.scaled"]
    runtime.score = round(float(scaled) * 100, 4) if scaled != "" else None
    lists: dict[str, dict[int, dict[str, Any]]] = {"comments": {}, "interactions": {}}
    for name, value in told.items():
        if found := _NUMBERED.fullmatch(name):
            one = lists[found[1]].setdefault(int(found[2]), {})
            if found[4]:
                one.setdefault(found[3], []).append(value)
            else:
                one[found[3]] = value
    for _, one in sorted(lists["comments"].items()):
        runtime.comments.append(
            Comment(_short(one, "comment", MAX_COMMENT), one.get("location", ""), one.get("timestamp", ""))
        )
    for _, one in sorted(lists["interactions"].items()):
        runtime.interactions.append(
            Interaction(
                id=one.get("id", ""),
                type=one.get("type", ""),
                description=one.get("description", ""),
                response=_short(one, "learnerResponse", MAX_RESPONSE),
                result=one.get("result", ""),
                correct=list(one.get("correct", [])),
            )
        )
    return Commit(registration, runtime, int(told["hundredths"]), [str(told.get("browser", ""))])


def _short(given: Mapping[str, Any], name: str, limit: int) -> str:
    value = str(given.get(name, ""))
    if len(value) > limit:
        raise CommitUnreadable
    return value
