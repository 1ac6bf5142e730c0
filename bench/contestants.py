"""Who takes part: how each is installed, configured and started."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from bench.nginx import PROXY, nginx
from bench.system import Process, Unavailable, free_port

HERE = Path(__file__).parent
MITM_VENV = HERE / ".venv-mitm"
MITM_VERSION = "mitmproxy>=11,<13"


@dataclass
class Contestant:
    """A running proxy. `rewrites` says whether a learner id that leaves it is a failure."""

    name: str
    title: str
    rewrites: bool
    port: int
    process: Process

    @property
    def public(self) -> str:
        """The address under which it is reached."""
        return f"http://127.0.0.1:{self.port}"


def plain_nginx(folder: Path, upstream: int, core: int) -> Contestant:
    """Nothing is rewritten: what moving the bytes costs at least."""
    port = free_port()
    process = nginx(folder, PROXY.format(upstream=upstream, port=port), core)
    return Contestant("nginx", "nginx, plain proxy", rewrites=False, port=port, process=process)


def edge_only(folder: Path, upstream: int, core: int) -> Contestant:
    """Our two edges back to back."""
    port = free_port()
    command = [sys.executable, "-m", "bench.edge_only", f"http://127.0.0.1:{upstream}", str(port)]
    process = Process(command, core, folder / "log", {"PYTHONPATH": str(HERE.parent)})
    return Contestant("edge", "scormveil's edges, no rewriting", rewrites=False, port=port, process=process)


def mitmproxy(folder: Path, upstream: int, core: int) -> Contestant:
    """The obvious alternative: an addon of some sixty lines."""
    port = free_port()
    origin = f"http://127.0.0.1:{upstream}"
    command = [str(_mitmdump()), "--mode", f"reverse:{origin}", "--listen-host", "127.0.0.1", "-p", str(port), "-q"]
    command += ["-s", str(HERE / "mitm_addon.py"), "--set", f"confdir={folder}", "--set", "connection_strategy=lazy"]
    env = {"BENCH_UPSTREAM": origin, "BENCH_PUBLIC": f"http://127.0.0.1:{port}"}
    process = Process(command, core, folder / "log", env)
    return Contestant("mitmproxy", "mitmproxy with a rewriting addon", rewrites=True, port=port, process=process)


def scormveil(folder: Path, upstream: int, core: int) -> Contestant:
    """The program itself, as an operator would run it: guard, audit and a durable mapping included."""
    program = Path(sys.executable).parent / "scormveil"
    if not program.exists():
        raise Unavailable("the command `scormveil` is not installed next to this Python (`pip install -e .`)")
    port = free_port()
    config = folder / "scormveil.toml"
    config.write_text(_scormveil_config(port, free_port(), upstream))
    (folder / "secret").write_text("lms")  # the load carries lms:lms, for every contestant alike
    made = subprocess.run(
        [program, "init", "--config", config], capture_output=True, text=True, check=False, timeout=60
    )
    if made.returncode:
        words = (made.stderr or made.stdout).strip().splitlines()[-1:] or ["no output"]
        raise Unavailable(f"`scormveil init` fails: {words[0][:200]}")
    process = Process([str(program), "serve", "--config", str(config)], core, folder / "log")
    return Contestant("scormveil", "scormveil", rewrites=True, port=port, process=process)


def _scormveil_config(port: int, admin_port: int, upstream: int) -> str:
    public, cloud = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{upstream}"
    return f"""
[server]
listen = "127.0.0.1:{port}"
admin_listen = "127.0.0.1:{admin_port}"

[audiences.lms]
reveal = true

[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "bench"
public = "{public}"
upstream = "{cloud}"
lms_origins = ["https://lms.example.org"]
audience = "lms"
[mounts.minting]
people_burst = 1000000000

[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "bench"
public = "{public}/api/v2"
upstream = "{cloud}/api/v2"
audience = "lms"
[mounts.caller]
user = "lms"
password = "file:secret"
[mounts.credential]
user = "lms"
password = "file:secret"
"""


def _mitmdump() -> Path:
    """Install mitmproxy into an environment of its own, once; its pins would fight with ours."""
    program = MITM_VENV / "bin" / "mitmdump"
    if program.exists():
        return program
    print("installing mitmproxy into bench/.venv-mitm (once) …", flush=True)
    try:
        venv.create(MITM_VENV, with_pip=True)
        subprocess.run(
            [MITM_VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", MITM_VERSION],
            check=True,
            capture_output=True,
            timeout=240,
        )
    except (subprocess.SubprocessError, OSError):
        raise Unavailable("mitmproxy cannot be installed here (no package index?)") from None
    return program


MAKERS = {"nginx": plain_nginx, "mitmproxy": mitmproxy, "edge": edge_only, "scormveil": scormveil}
