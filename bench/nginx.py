"""nginx in two parts: the upstream that every contestant talks to, and the plain proxy that is the limit."""

import os
import shutil
from pathlib import Path

from bench import plan
from bench.system import Process, Unavailable, free_port

FRAME = """
{user}
daemon off; master_process on; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 100000000; keepalive_timeout 300s;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  types {{ image/png png; video/mp4 mp4; application/json json; }}
  log_format seen '$request_uri';
  {servers}
}}
"""

CLOUD = """
  server {{
    listen 127.0.0.1:{port}; root {root};
    location = {launch} {{
      access_log {root}/seen.log seen;
      return 302 http://127.0.0.1:{port}/ScormEngineInterface/defaultui/launch.jsp?registration=r1;
    }}
    location /api/ {{ default_type application/json; }}
  }}
"""

PROXY = """
  upstream cloud {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_max_temp_file_size 0;
    location / {{ proxy_pass http://cloud; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
"""


def nginx(folder: Path, servers: str, core: int) -> Process:
    """Return an nginx with `servers`, everything it writes inside `folder`."""
    program = shutil.which("nginx", path=os.defpath + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Unavailable("nginx is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker could not read our private folder
    config.write_text(FRAME.format(user=user, dir=folder, servers=servers))
    return Process([program, "-c", str(config), "-e", str(folder / "error.log")], core, folder / "nginx.log")


class Cloud:
    """The upstream: one server with its own files for every contestant, because each has pseudonyms of its own."""

    def __init__(self, folder: Path, names: list[str], core: int) -> None:
        self.ports = {name: free_port() for name in names}
        self._roots = {name: folder / name for name in names}
        servers = []
        folder.mkdir()
        film = folder / "film"
        with film.open("wb") as out:
            out.truncate(plan.FILE_BYTES)
        for name, root in self._roots.items():
            (root / "api/v2/registrations").mkdir(parents=True)
            small = root / plan.SMALL_PATH[1:]
            small.parent.mkdir(parents=True)
            small.write_bytes(bytes(range(256)) * (plan.SMALL_BYTES // 256))
            (root / plan.FILE_PATH[1:]).hardlink_to(film)
            servers.append(CLOUD.format(port=self.ports[name], root=root, launch=plan.LAUNCH_PATH))
        self._process = nginx(folder / "nginx", "".join(servers), core)

    def start(self) -> None:
        self._process.start()
        self._process.wait_for(next(iter(self.ports.values())))

    def stop(self) -> None:
        self._process.stop()

    def launches_seen(self, name: str) -> list[str]:
        """Return the launch targets as they arrived here from the contestant `name`."""
        return (self._roots[name] / "seen.log").read_text().splitlines()

    def know(self, name: str, number: int, subject: str) -> None:
        """Hold a result of learner `number` under the id by which `name` made her known."""
        path = self._roots[name] / plan.REGISTRATION_PATH.format(number)[1:]
        path.write_bytes(plan.registration(number, subject))
