"""Renders `config.example.toml` from the model, so that the example cannot say anything the program does not."""

import textwrap
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from proxy.config.model import Audience, Config, MountSettings

_HEAD = """\
# scormveil: example configuration, with every setting and its default.
# Rendered from the program itself (`scormveil config example`); `scormveil check-config FILE` tells what is wrong.
# Paths are relative to this file. Secrets stand here by reference only: env:NAME or file:path.
"""

_MOUNTS: tuple[dict[str, Any], ...] = (
    {
        "name": "dispatch",
        "adapter": "dispatch",
        "tenant": "example",
        "public": "https://learning.example.org",
        "upstream": "https://cloud.scorm.com",
        "lms_origins": ["https://lms.example.org"],
    },
    {
        "name": "api",
        "adapter": "cloud_v2",
        "tenant": "example",
        "public": "https://learning.example.org/api/v2",
        "upstream": "https://cloud.scorm.com/api/v2",
        "caller": {"user": "lms", "password": "env:SCORMVEIL_LMS_PASSWORD"},
        "credential": {"user": "APPID", "password": "file:scorm-cloud-secret"},
    },
    {
        "name": "postback",
        "adapter": "postback",
        "tenant": "example",
        "public": "https://learning.example.org/postback/replace-me-by-32-random-letters",
        "upstream": "https://lms.example.org/results",
    },
)


def render() -> str:
    """Return the text of `config.example.toml`."""
    parts = [_HEAD]
    defaults = Config()
    for name, info in Config.model_fields.items():
        if name not in {"mounts", "audiences"}:
            value = getattr(defaults, name)
            parts.append(_sample(name, info) if value is None else _table(name, value, info.description or ""))
    parts.append(_comment("Who may see what on the way back: [audiences.NAME].", 0))
    for name, audience in defaults.audiences.items():
        parts.append(_lines(f"[audiences.{name}]", audience, Audience.model_fields))
    parts.append(_comment("Public addresses and where they lead. The first shows every setting.", 0))
    for index, given in enumerate(_MOUNTS):
        parts.append(_mount(given, complete=index == 0))
    return "\n".join(parts)


def _table(name: str, value: BaseModel, description: str) -> str:
    fields = type(value).model_fields
    plain = {key: info for key, info in fields.items() if not isinstance(getattr(value, key), BaseModel | dict | None)}
    text = _comment(description, 0) + _lines(f"[{name}]", value, plain)
    for key, info in fields.items():
        inner = getattr(value, key)
        if isinstance(inner, BaseModel):
            text += "\n" + _table(f"{name}.{key}", inner, info.description or "")
        elif key not in plain:  # a table that is empty by default: shown as a sample
            sample = "".join(str(one) for one in info.examples or ())
            text += f"\n{_comment(info.description or '', 0)}# [{name}.{key}]\n# {sample}\n"
    return text


def _sample(name: str, info: FieldInfo) -> str:
    """A table that is not there by default."""
    sample = "".join(map(str, info.examples or ()))
    return f"{_comment(info.description or '', 0)}# [{name}]\n# {sample}\n"


def _lines(head: str, value: BaseModel, fields: dict[str, FieldInfo]) -> str:
    lines = [head]
    for key, info in fields.items():
        lines.append(_comment(info.description or "", 0).rstrip("\n"))
        lines.append(f"{key} = {literal(getattr(value, key))}")
    return "\n".join(lines) + "\n"


_TABLES = frozenset(
    {
        "policy",
        "origins",
        "routes",
        "caller",
        "credential",
        "management_caller",
        "management_credential",
        "v1",
        "lti",
        "xapi",
        "rename",
        "erase",
        "disclosure",
        "minting",
    }
)


def _mount(given: dict[str, Any], *, complete: bool) -> str:
    mount = MountSettings.model_validate(given)
    if not complete:
        flat = [f"{key} = {literal(value)}" for key, value in given.items() if not isinstance(value, dict)]
        for key, table in given.items():
            if isinstance(table, dict):
                flat += [f"[mounts.{key}]", *(f"{name} = {literal(value)}" for name, value in table.items())]
        return "\n".join(["[[mounts]]", *flat]) + "\n"
    plain = {key: info for key, info in MountSettings.model_fields.items() if key not in _TABLES}
    text = _lines("[[mounts]]", mount, plain)
    text += "\n" + _comment(MountSettings.model_fields["policy"].description or "", 0)
    text += _lines("[mounts.policy]", mount.policy, type(mount.policy).model_fields)
    xapi = {key: info for key, info in type(mount.xapi).model_fields.items() if key != "extensions"}
    text += "\n" + _comment(MountSettings.model_fields["xapi"].description or "", 0)
    text += _lines("[mounts.xapi]", mount.xapi, xapi)
    extensions = type(mount.xapi).model_fields["extensions"]
    text += "\n" + _comment(extensions.description or "", 0)
    text += f"# [mounts.xapi.extensions]\n# {''.join(map(str, extensions.examples or ()))}\n"
    for key in ("disclosure", "minting"):
        inner = getattr(mount, key)
        text += "\n" + _comment(MountSettings.model_fields[key].description or "", 0)
        text += _lines(f"[mounts.{key}]", inner, type(inner).model_fields)
    for key, sample in (
        ("origins", 'content = "https://content.example.com"'),
        ("routes", '"runtime.results" = ["/AnotherEngine/results"]'),
        ("caller", 'user = "lms"\n# password = "env:SCORMVEIL_CALLER_PASSWORD"'),
        ("credential", 'user = "APPID"\n# password = "file:scorm-cloud-secret"'),
        ("management_caller", 'user = "realm"\n# password = "env:SCORMVEIL_REALM_PASSWORD"'),
        ("management_credential", 'user = "REALMID"\n# password = "file:scorm-cloud-realm-secret"'),
        (
            "v1",
            'app_id = "lms"\n# secret = "file:v1.key"\n# cloud_app_id = "APPID"\n# cloud_secret = "file:cloud.key"',
        ),
        (
            "lti",
            'key = "dispatch-7"\n# secret = "file:lti.key"\n# cloud_key = "KEY"\n# cloud_secret = "file:cloud-lti.key"',
        ),
        ("rename", 'by = "v1"\n# v1_url = "https://cloud.scorm.com/api"\n# wait_seconds = 60.0'),
        (
            "erase",
            'allow = true\n# user_email = "administrator@example.org"\n# retention = false\n# settle_seconds = 120.0',
        ),
    ):
        text += "\n" + _comment(MountSettings.model_fields[key].description or "", 0)
        many = isinstance(getattr(mount, key), tuple)
        text += f"# [[mounts.{key}]]\n# {sample}\n" if many else f"# [mounts.{key}]\n# {sample}\n"
    return text


def _comment(text: str, indent: int) -> str:
    lines = textwrap.wrap(text, 110 - indent)
    return "".join(f"# {line}\n" for line in lines)


def literal(value: Any) -> str:
    """Write a value of the model as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return f'"{value.value}"'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return f"{value:_}" if isinstance(value, int) else str(value)
