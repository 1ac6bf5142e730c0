"""From a TOML file to a checked `Config`: the only I/O of this room, done once at start."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from proxy.config.check import mount_problems, problems_of
from proxy.config.model import Config, MountSettings
from proxy.errors import ConfigInvalid


def load(path: Path) -> Config:
    """Read and check the configuration at `path`; `ConfigInvalid` lists every problem with its TOML path."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        raise ConfigInvalid(
            (f"{path}: cannot be read; --config names another one, `scormveil init` makes a first one",)
        ) from None
    except UnicodeDecodeError:
        raise ConfigInvalid((f"{path}: is not UTF-8",)) from None
    return parse(text)


def parse(text: str) -> Config:
    """Check the TOML document `text`; `ConfigInvalid` lists every problem with its TOML path."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise ConfigInvalid((f"not TOML: {trouble}",)) from None
    return from_tree(tree)


def from_tree(tree: Mapping[str, Any]) -> Config:
    """Check an already parsed document."""
    try:
        config = Config.model_validate(tree)
    except ValidationError as trouble:
        single = [_sentence(error["loc"], error["msg"]) for error in trouble.errors()]
        raise ConfigInvalid((*single, *_problems_of_sound_mounts(tree))) from None
    problems = problems_of(config)
    if problems:
        raise ConfigInvalid(tuple(problems))
    return config


def _problems_of_sound_mounts(tree: Mapping[str, Any]) -> list[str]:
    """Check the mounts that can be read, so that one typing error elsewhere does not hide their problems."""
    found: list[str] = []
    mounts = tree.get("mounts")
    for index, one in enumerate(mounts if isinstance(mounts, list) else []):
        with suppress(ValidationError):
            found += [f"mounts[{index}].{text}" for text in mount_problems(MountSettings.model_validate(one))]
    return found


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    """TOML path and pydantic's sentence; the input itself is left out, it may be a secret put in by mistake."""
    where = ""
    for part in location:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else str(part)
    return f"{where}: {message[:1].lower()}{message[1:]}"


def digest_of(config: Config) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of all settings: another one means that something was changed.

    Secrets stand in the configuration by reference only, so nothing can be guessed from it.
    """
    return hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:16]


def beside(config_file: Path, name: str) -> Path:
    """Resolve a path of the configuration relative to the file it stands in."""
    return (config_file.parent / Path(name).expanduser()).resolve()


def store_url(config_file: Path, url: str) -> str:
    """Make the path of a SQLite address absolute, relative to the configuration file."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith(prefix + "/"):
        return url
    # SQLAlchemy percent-decodes the path of an address.
    return prefix + str(beside(config_file, url.removeprefix(prefix))).replace("%", "%25")


def secret(config_file: Path, reference: str, environment: Mapping[str, str] | None = None) -> str:
    """Resolve `env:NAME` or `file:path`; `ConfigInvalid` if it leads nowhere or stands in the file in clear."""
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = (os.environ if environment is None else environment).get(rest)
        if value is None:
            raise ConfigInvalid((f"env:{rest}: is not set",))
        return value
    if scheme == "file":
        try:
            return beside(config_file, rest).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigInvalid((f"file:{rest}: cannot be read",)) from None
    raise ConfigInvalid(("a secret must be a reference, env:NAME or file:path",))
