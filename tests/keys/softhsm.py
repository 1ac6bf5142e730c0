"""A real PKCS#11 token: SoftHSM 2 in a folder of its own."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

from keys import Pkcs11Kek, Secret
from tests.parts import need

PIN, SO_PIN = "4711-0815", "so-4711-0815"
LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


def library():
    """The path of SoftHSM's library; ends the test loudly where a part is missing."""
    found = next((path for path in LIBRARIES if Path(path).is_file()), None)
    if found is None or not shutil.which("softhsm2-util"):
        need("softhsm2", "install SoftHSM 2 (Debian: softhsm2); the HSM provider is tested against it")
    if importlib.util.find_spec("pkcs11") is None:
        need("python-pkcs11", "pip install python-pkcs11; the HSM provider is tested with it")
    return Path(found)


def token(folder, monkeypatch, label="scormveil test"):
    """A new token in `folder`, which from now on is the only one that the library finds."""
    found = library()
    (folder / "tokens").mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    pins = ["--pin", PIN, "--so-pin", SO_PIN]
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, *pins], check=True, capture_output=True
    )
    return found


def hsm_kek(found, key="kek", where="scormveil test", pin=PIN):
    return Pkcs11Kek(found, where, key, lambda: Secret(pin.encode()))
