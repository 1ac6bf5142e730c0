"""What nobody has published, or where clouds differ: chosen here, changed by tests while the cloud runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_AMOUNT = "\x00amount"


@dataclass
class Habits:
    """Traits of this cloud.

    `statement_object` is the wire form of a statement's object in v2 lists: `split` (the client's four members),
    `standard` (the xAPI member `object`) or `both`. `amount` is written as it is for `registrationCompletionAmount`
    (public samples show `7.0000000000000009` and `NaN`). `extra` is added to every registration: unknown fields and
    unknown words must not break a client. `xml_wrapped` puts V1 postbacks into `<rsp stat="ok">`. `commits` is what the
    player posts: `xml`, `json`, or `delta` (JSON of what has changed); `packed` how LZString writes it: not at all, or
    `base64`, `uri`, `utf-16`, `bytes`.
    """

    statement_object: str = "split"
    amount: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    xml_wrapped: bool = True
    commits: str = "xml"
    packed: str = ""

    @property
    def commit_type(self) -> str:
        """The media type of a commit."""
        if self.packed:
            return "application/octet-stream" if self.packed == "bytes" else "text/plain"
        return "text/xml" if self.commits == "xml" else "application/json"

    def told(self, answer: dict[str, Any]) -> dict[str, Any]:
        """A registration as this cloud tells it."""
        amount = {"registrationCompletionAmount": _AMOUNT} if self.amount else {}
        return {**answer, **amount, **self.extra}

    def dumps(self, data: object) -> str:
        """JSON in this cloud's spelling."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return text.replace(json.dumps(_AMOUNT), self.amount) if self.amount else text
