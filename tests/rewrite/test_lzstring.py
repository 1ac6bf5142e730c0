"""LZString: the vectors of the library itself both ways, whatever hypothesis invents, and nothing that is not its own."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.lzstring import (
    MOST_CHARACTERS,
    Notation,
    NotPacked,
    TooLong,
    glimpse,
    pack,
    pack_for_both,
    recognise,
    unpack,
)
from tests import parts

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "lzstring-1.json").read_text("utf-8"))
NPM = Path(__file__).parents[1] / "journeys" / "npm"
PEER = """
const lz = require(process.argv[1]);
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bytes = { to: (text) => Buffer.from(lz.compressToUint8Array(text)).toString("hex"),
  from: (hex) => lz.decompressFromUint8Array(Uint8Array.from(Buffer.from(hex, "hex"))) };
process.stdout.write(JSON.stringify(asked.map(({ text, ours, both }) => ({
  packed: { base64: lz.compressToBase64(text), uri: lz.compressToEncodedURIComponent(text),
    "utf-16": lz.compressToUTF16(text), bytes: bytes.to(text) },
  both: [lz.decompressFromBase64(both), lz.decompressFromEncodedURIComponent(both)],
  read: { base64: lz.decompressFromBase64(ours.base64), uri: lz.decompressFromEncodedURIComponent(ours.uri),
    "utf-16": lz.decompressFromUTF16(ours["utf-16"]), bytes: bytes.from(ours.bytes) } }))));
"""
URI_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
texts = st.text(st.characters(exclude_categories=["Cs"]))
repeating = st.lists(st.sampled_from(["ab", "aba", "Zoë", "李", "😀", " ", "x" * 40]), max_size=60).map("".join)


def written(packed: str, notation: Notation) -> str:
    """As the vectors write it."""
    return packed.encode("utf-8", "surrogateescape").hex() if notation is Notation.BYTES else packed


def read(packed: str, notation: Notation) -> str:
    return bytes.fromhex(packed).decode("utf-8", "surrogateescape") if notation is Notation.BYTES else packed


@pytest.mark.parametrize("notation", Notation)
@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda one: one["desc"])
def test_the_library_and_we_say_the_same(vector, notation):
    """Packed to the same signs, and opened to the same text."""
    assert written(pack(vector["text"], notation), notation) == vector[notation.value]
    assert unpack(read(vector[notation.value], notation), notation) == vector["text"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda one: one["desc"])
def test_what_no_packer_wrote_is_refused(vector):
    for notation in (Notation.BASE64, Notation.URI):
        with pytest.raises(NotPacked):
            unpack(vector["base64"], notation)


def test_a_bomb_is_left_alone():
    """Some kilobytes would become megabytes."""
    bomb = VECTORS["bomb"]
    assert len(bomb["base64"]) * 200 < bomb["times"]
    with pytest.raises(TooLong):
        unpack(bomb["base64"], Notation.BASE64)
    assert unpack(bomb["base64"], Notation.BASE64, bomb["times"]) == bomb["letter"] * bomb["times"]
    with pytest.raises(TooLong):
        pack("x" * (MOST_CHARACTERS + 1), Notation.BASE64)


@settings(max_examples=150)
@given(texts | repeating, st.sampled_from(Notation))
def test_whatever_is_packed_comes_out_again(text, notation):
    packed = pack(text, notation)
    assert unpack(packed, notation) == text
    if notation is Notation.BYTES:
        assert glimpse(packed.encode("utf-8", "surrogateescape"), 8, MOST_CHARACTERS) == text


@settings(max_examples=60)
@given(repeating | texts.filter(lambda text: len(text) < 40))
def test_a_text_for_both_reads_the_same_in_both(text):
    try:
        packed = pack_for_both(text)
    except NotPacked:
        return
    assert unpack(packed, Notation.BASE64) == unpack(packed, Notation.URI) == text


@settings(max_examples=300)
@given(
    st.text(st.sampled_from(URI_SIGNS + "/=$ ")) | texts,
    st.sampled_from(Notation),
)
def test_whatever_comes_is_opened_or_refused(text, notation):
    """Nothing crashes, and what is opened was packed like that."""
    try:
        opened = unpack(text, notation)
    except NotPacked:
        return
    assert unpack(pack(opened, notation), notation) == opened


@settings(max_examples=100)
@given(repeating.filter(bool), st.integers(0, 10_000), st.integers(0, 63))
def test_a_sign_that_was_altered_is_refused_or_says_something_else(text, place, number):
    packed = pack(text, Notation.URI)
    place %= len(packed)
    altered = packed[:place] + URI_SIGNS[number] + packed[place + 1 :]
    try:
        opened = unpack(altered, Notation.URI)
    except NotPacked:
        return
    assert (opened == text) == (altered == packed)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_a_glimpse_of_anything_is_a_text(data):
    assert isinstance(glimpse(data, 8, 10_000), str)


def test_a_glimpse_shows_what_was_cut_off_and_what_goes_on():
    packed = pack("Zoë Müller-Østergård has finished", Notation.BYTES).encode("utf-8", "surrogateescape")
    assert glimpse(packed + b"and more", 8, 1000) == "Zoë Müller-Østergård has finished"
    assert glimpse(packed[:24], 8, 1000).startswith("Zoë Müller")
    with pytest.raises(TooLong):
        glimpse(packed, 8, 10)


def test_the_notation_is_known_by_its_signs():
    assert recognise(pack("Zoë Müller-Østergård", Notation.BASE64)) == (Notation.BASE64,)
    assert recognise(pack("<?xml?><RTD></RTD>", Notation.URI)) == (Notation.URI,)
    assert recognise(pack("Zoë Müller-Østergård", Notation.UTF16)) == ()
    assert recognise("N4IgNgpg") == (Notation.BASE64, Notation.URI)


@pytest.mark.real
def test_the_library_opens_what_we_packed_and_packs_as_we_do():
    """Fifty texts, in one process of Node.js."""
    package = parts.npm_package(NPM, "lz-string")
    node = shutil.which("node") or parts.need("node", "install Node.js")
    told = [json.dumps({"n": n, "text": "Zoë 李小龙 😀"[: n % 12] * n, "x": "ab" * (n * n)}) for n in range(50)]
    asked = [
        {
            "text": text,
            "ours": {one.value: written(pack(text, one), one) for one in Notation},
            "both": pack_for_both(text[:60]),
        }
        for text in told
    ]
    done = subprocess.run(
        [node, "-e", PEER, str(package)], input=json.dumps(asked).encode(), capture_output=True, check=True, timeout=60
    )
    for one, answer in zip(asked, json.loads(done.stdout), strict=True):
        assert answer["packed"] == one["ours"]
        assert set(answer["read"].values()) == {one["text"]}
        assert set(answer["both"]) == {one["text"][:60]}
