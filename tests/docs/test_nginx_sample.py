"""deploy/nginx.conf, really started: it passes what scormveil needs and writes nothing of a learner down."""

import asyncio
import io
import shutil
import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import parts

SAMPLE = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text("utf-8")
HOST = "learning.example.org"
LEARNER = "zoe.mueller-oestergaard"
LAUNCH = f"/dispatch/DispatchHost.v2.html?learnerid={LEARNER}&fname=Zo%25C3%25AB&a=%2F..%2f&filler={'x' * 40_000}"

pytestmark = pytest.mark.real


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "tls.crt"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = folder / "tls.key"
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Front:
    """nginx with the sample, moved to a folder and ports of ours."""

    def __init__(self, folder: Path, behind: int) -> None:
        self.port = free_port()
        self.folder = folder
        pem, secret = certificate(folder)
        text = SAMPLE
        for old, new in (
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/ssl/learning.example.org.crt", str(pem)),
            ("/etc/ssl/learning.example.org.key", str(secret)),
            ("/var/log/nginx/scormveil.log", str(folder / "error.log")),
            ("http://127.0.0.1:8080", f"http://127.0.0.1:{behind}"),
        ):
            assert old in text
            text = text.replace(old, new)
        temp = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{user}daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/main.log;"
            f"events {{}} http {{ {temp} {text} }}",
            "utf-8",
        )

    def start(self) -> None:
        program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
        if program is None:
            parts.need("nginx", "install nginx")
        command = [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "stderr"]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        self.process = subprocess.Popen(command)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    async def ask(self, target: str, body: bytes | None = None) -> tuple[int, str]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        url = f"https://127.0.0.1:{self.port}{target}"
        connector = aiohttp.TCPConnector(ssl=context)
        headers = {"Host": HOST, "Referer": f"https://lms.example.org/?user={LEARNER}"}
        async with (
            aiohttp.ClientSession(connector=connector) as client,  # noqa: TID251  the rule is about the product
            client.request(
                "GET" if body is None else "POST",
                aiohttp.client.URL(url, encoded=True),
                data=None if body is None else io.BytesIO(body),
                headers=headers,
                allow_redirects=False,
                max_line_size=70_000,
                max_field_size=70_000,
            ) as answer,
        ):
            await answer.read()
            return answer.status, answer.headers.get("Location", "")

    async def ready(self) -> None:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return
        pytest.fail("nginx does not listen")

    def written(self) -> bytes:
        return b"".join(
            path.read_bytes() for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".conf"
        )


@pytest.fixture
async def scene(tmp_path):
    """What the server behind nginx received, and nginx."""
    received = []

    async def handler(request: web.BaseRequest) -> web.Response:
        size = sum([len(chunk) async for chunk in request.content.iter_any()])
        received.append((request.headers["Host"], request.raw_path, size))
        return web.Response(status=302, headers={"Location": "/washed?" + "y" * 40_000})

    behind = free_port()
    runner = web.ServerRunner(web.Server(handler, max_line_size=70_000))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", behind).start()
    front = Front(tmp_path, behind)
    front.start()
    try:
        await front.ready()
        yield received, front, runner
    finally:
        front.stop()
        await runner.cleanup()


async def test_long_launches_pass_unchanged_and_nothing_is_written_down(scene):
    received, front, runner = scene
    status, location = await front.ask(LAUNCH)
    assert (status, len(location)) == (302, 40_008)
    assert received == [(HOST, LAUNCH, 0)]
    await front.ask("/ScormEngineInterface/RecordResults.jsp", LEARNER.encode() * 200_000)
    assert received[1][2] == len(LEARNER) * 200_000
    await runner.cleanup()  # the proxy is gone: this is what nginx writes error lines about
    assert (await front.ask(LAUNCH))[0] == 502
    assert LEARNER.encode() not in front.written()
