"""deploy/kek-vault, really run, against a stub of Vault's transit engine on loopback."""

import base64
import json
import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys import CommandKek, KeyringError, Secret, create_keyring, open_keyring

PROGRAM = Path(__file__).parents[2] / "deploy" / "kek-vault"
TOKEN = "hvs.invented"


class Transit(BaseHTTPRequestHandler):
    """`POST /v1/transit/encrypt/NAME` and `decrypt`, as Vault's API page has them."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, asked))
        _, _, mount, act, name = self.path.split("/")
        if self.server.sealed:
            return self.answer(503, {"errors": ["Vault is sealed"]})
        if self.headers["X-Vault-Token"] != TOKEN:
            return self.answer(403, {"errors": ["permission denied"]})
        key = self.server.keys.get(f"{mount}/{name}")
        if key is None:
            return self.answer(400, {"errors": ["encryption key not found"]})
        bind = base64.b64decode(asked["associated_data"], validate=True)
        if act == "encrypt":
            nonce = os.urandom(12)
            raw = nonce + AESGCM(key).encrypt(nonce, base64.b64decode(asked["plaintext"], validate=True), bind)
            return self.answer(200, {"data": {"ciphertext": "vault:v1:" + base64.b64encode(raw).decode()}})
        raw = base64.b64decode(asked["ciphertext"].removeprefix("vault:v1:"), validate=True)
        try:
            plain = AESGCM(key).decrypt(raw[:12], raw[12:], bind)
        except InvalidTag:
            return self.answer(400, {"errors": ["cipher: message authentication failed"]})
        return self.answer(200, {"data": {"plaintext": base64.b64encode(plain).decode()}})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@contextmanager
def vault():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Transit)
    server.keys = {"transit/scormveil": AESGCM.generate_key(256), "transit/other": AESGCM.generate_key(256)}
    server.sealed, server.heard = False, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server():
    with vault() as running:
        yield running


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


def kek(server, token, key="transit/scormveil"):
    return CommandKek((str(PROGRAM), f"http://127.0.0.1:{server.server_port}", key, str(token)))


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


def test_a_keyring_is_sealed_and_opened_and_vault_sees_data_keys_only(server, token, tmp_path):
    keeper = kek(server, token)
    ring = create_keyring(tmp_path / "keyring.json", keeper, datetime(2025, 1, 1, tzinfo=UTC))
    assert open_keyring(tmp_path / "keyring.json", keeper).keys == ring.keys
    sent = [asked["plaintext"] for path, asked in server.heard if "/encrypt/" in path]
    assert sent
    assert {len(base64.b64decode(one)) for one in sent} == {32}
    assert {path for path, _ in server.heard} == {f"/v1/transit/{act}/scormveil" for act in ("encrypt", "decrypt")}


def test_another_key_or_another_place_does_not_open_it(server, token):
    wrapped = kek(server, token).wrap(Secret(b"all keys"), b"here")
    assert kek(server, token).unwrap(wrapped, b"here") == Secret(b"all keys")
    assert code_of(kek(server, token, "transit/other").unwrap, wrapped, b"here") == "kek-wrong"
    assert code_of(kek(server, token).unwrap, wrapped, b"there") == "kek-wrong"


def test_a_vault_that_is_sealed_refuses_or_is_away_is_said(server, token):
    keeper = kek(server, token)
    wrapped = keeper.wrap(Secret(b"all keys"), b"here")
    server.sealed = True
    assert code_of(keeper.unwrap, wrapped, b"here") == "kek-unavailable"
    server.sealed = False
    token.write_text("hvs.expired")
    assert code_of(keeper.unwrap, wrapped, b"here") == "kek-unavailable"
    token.unlink()
    assert code_of(keeper.unwrap, wrapped, b"here") == "kek-unavailable"
    token.write_text(TOKEN)
    assert code_of(kek(server, token, "transit/none").wrap, Secret(b"all keys"), b"here") == "kek-unavailable"
    assert keeper.unwrap(wrapped, b"here") == Secret(b"all keys")


def test_no_vault_at_all_is_said(token):
    with vault() as gone:
        pass
    assert code_of(kek(gone, token).wrap, Secret(b"all keys"), b"here") == "kek-unavailable"


def test_its_key_does_not_go_by_way_of_an_http_proxy(server, token, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert kek(server, token).wrap(Secret(b"all keys"), b"here")
