"""HAR files as browsers write them, made by hand; and the command that traces them, run as an operator would."""

import base64
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from typer.testing import CliRunner

from proxy.cli.main import application
from proxy.errors import ProxyError

LMS = "https://lms.example.edu"
CLOUD = "https://cloud.example.com"
MEDIA = "https://media.example.net"
PROXY = "https://learning.example.edu"
LAUNCH = f"{CLOUD}/dispatch/DispatchRequest.jsp?methodName=Launch&tenant=t1&dispatchid=D1&launchsecret=X"
RESULTS = f"{CLOUD}/RusticiEngine/RecordResults.jsp?configuration=c1"
COMMIT = '<RTD RI="r-1"><A II="i"><ART L="page2" SD="{state}"><ARTI Id="q1" LR="{typed}"/></ART></A></RTD>'

CONFIG = """\
[audiences.lms]
reveal = true

[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://learning.example.edu"
upstream = "https://cloud.example.com"
lms_origins = ["https://lms.example.edu"]
"""
API = """
[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "uni"
public = "https://learning.example.edu/api/v2"
upstream = "https://cloud.example.com/api/v2"
caller = { user = "lms", password = "file:nowhere" }
credential = { user = "APPID", password = "env:NOWHERE" }
"""


@dataclass(frozen=True)
class Person:
    """An invented learner."""

    id: str = "s1234567"
    first: str = "Zoë"
    last: str = "Müller-Østergård"

    def query(self) -> str:
        names = f"&fname={quote(self.first)}&lname={quote(self.last)}" if self.first else ""
        return f"&learnerid={quote(self.id, safe='')}{names}&regid=_new_"


ZOE = Person()


def entry(
    url: str,
    method: str = "GET",
    *,
    headers: dict[str, str] | None = None,
    body: str | bytes | None = "",
    media: str = "text/xml",
    status: int = 200,
    answer: str | bytes | None = "",
    answer_media: str = "text/html; charset=utf-8",
    answer_headers: dict[str, str] | None = None,
    referer: str = "",
    **more: Any,
) -> dict[str, Any]:
    """One entry; a body of None is one that the browser left out."""
    fields = dict(headers or {})
    if referer:
        fields["Referer"] = referer
    request: dict[str, Any] = {"method": method, "url": url, "bodySize": -1}
    if body is None or body:
        fields["Content-Type"] = media
    if body:
        request["postData"] = {"mimeType": media, "text": body}
        if isinstance(body, bytes):
            request["postData"] |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    told = {"Content-Type": answer_media} | (answer_headers or {})
    content: dict[str, Any] = {"size": len(answer) if answer is not None else 99, "mimeType": answer_media}
    if isinstance(answer, bytes):
        content |= {"text": base64.b64encode(answer).decode(), "encoding": "base64"}
    elif answer:
        content["text"] = answer
    return {
        "request": request | {"headers": listed(fields)},
        "response": {"status": status, "headers": listed(told), "content": content},
    } | more


def listed(fields: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in fields.items()]


def launch(who: Person = ZOE, *, url: str = LAUNCH, more: str = "", **options: Any) -> dict[str, Any]:
    """What the page of the LMS asks for, and the cloud's answer."""
    answer = {"Location": f"{CLOUD}/RusticiEngine/defaultui/launch.jsp?registration=r-1"}
    return entry(url + who.query() + more, status=302, answer_headers=answer, referer=f"{LMS}/player", **options)


def commit(*, state: str = "v1|7", typed: str = "a", url: str = RESULTS, **options: Any) -> dict[str, Any]:
    answer = '<lmsresponse><error present="false"/></lmsresponse>'
    body = options.pop("body", COMMIT.format(state=state, typed=typed))
    headers = {"Origin": CLOUD}
    return entry(url, "POST", body=body, answer=answer, answer_media="text/xml", headers=headers, **options)


def page(path: str = "/content/course/index.html", text: str = "<p>Lighthouses</p>", **options: Any) -> dict[str, Any]:
    return entry(CLOUD + path, answer=text, referer=f"{CLOUD}/RusticiEngine/defaultui/launch.jsp", **options)


def har(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "by hand", "version": "1"}, "entries": list(entries)}}


def form(**fields: str) -> str:
    return urlencode(fields)


@dataclass
class Traced:
    """What the command said."""

    code: int
    text: str
    page: str
    json: dict[str, Any]
    error: ProxyError | None = None
    warnings: str = ""

    @property
    def state(self) -> str:
        return self.json["state"]

    def line(self, number: int) -> dict[str, Any]:
        return next(one for one in self.json["requests"] if one["number"] == number)

    @property
    def everything(self) -> bytes:
        return "\n".join((self.text, self.page, json.dumps(self.json, ensure_ascii=False))).encode()


@dataclass
class Desk:
    """A folder with a configuration, and a recording."""

    folder: Path
    config: str = CONFIG
    count: int = field(default=0)

    def write(self, recording: Any) -> Path:
        self.count += 1
        file = self.folder / f"recording-{self.count}.har"
        data = recording if isinstance(recording, bytes) else json.dumps(recording, ensure_ascii=False).encode()
        file.write_bytes(data)
        return file

    def trace(self, recording: Any, *options: str) -> Traced:
        """Run `scormveil trace` with all its outputs."""
        file = recording if isinstance(recording, Path) else self.write(recording)
        config = self.folder / "scormveil.toml"
        config.write_text(self.config, "utf-8")
        html, told = self.folder / "out.html", self.folder / "out.json"
        for old in (html, told):
            old.unlink(missing_ok=True)
        words = ["trace", str(file), "--config", str(config), "--html", str(html), "--json", str(told), *options]
        result = CliRunner(env={"COLUMNS": "150"}).invoke(application(), words)
        if isinstance(result.exception, ProxyError):
            assert not html.exists()
            return Traced(2, result.stdout, "", {}, result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        if result.exit_code == 2:
            return Traced(2, result.output, "", {})
        page, tree = html.read_text("utf-8"), json.loads(told.read_bytes())
        return Traced(result.exit_code, result.stdout, page, tree, None, result.stderr)

    def follow(self, advice: str) -> None:
        """Put the lines of an advice into the configuration, as its comments say where."""
        tree = tomllib.loads(self.config)
        for name, lines in re.findall(r'# in \[\[mounts\]\] with name = "(.*?)"\n(.*?)(?=# in |\Z)', advice, re.DOTALL):
            told = tomllib.loads(lines)
            mount = next(one for one in tree["mounts"] if one["name"] == name)
            mounts = told.pop("mounts", {})
            mount |= told
            for table, values in mounts.items():
                mount[table] = mount.get(table, {}) | values
        self.config = toml_of(tree)


def toml_of(tree: dict[str, Any]) -> str:
    """A configuration as TOML: inline tables serve for what is nested."""
    mounts = tree.pop("mounts")
    lines = [f"{key} = {value_of(value)}" for key, value in tree.items()]
    for mount in mounts:
        lines += ["[[mounts]]", *(f"{key} = {value_of(value)}" for key, value in mount.items())]
    return "\n".join(lines) + "\n"


def value_of(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {value_of(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(value_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
