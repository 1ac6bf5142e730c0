"""A bundle comes back as it went in, or not at all: every bit, every cut, every exchange of chunks is noticed."""

import io
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import BundleReader, BundleWriter, FileKek, KeyringError, PassphraseKek, Secret, Title, read_title
from keys.bundle import CHUNK
from tests.tampering import bits_of

TITLE = Title("mapping", 1_760_000_000_000)
SEALED = CHUNK + 16
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = "Zoë Müller-Østergård, O'Brien, 李小龙".encode()


def sealed(data, kek, title=TITLE, *, step=10_000, finished=True):
    sink = io.BytesIO()
    writer = BundleWriter(sink, kek, title)
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
    if finished:
        writer.finish()
    return sink.getvalue()


def opened(bundle, *keks):
    return b"".join(BundleReader(io.BytesIO(bundle), keks).chunks())


def code_of(bundle, *keks):
    with pytest.raises(KeyringError) as refused:
        opened(bundle, *keks)
    return refused.value.code


def parts_of(bundle):
    """The first line and the chunks."""
    line, _, rest = bundle.partition(b"\n")
    return line + b"\n", [rest[at : at + SEALED] for at in range(0, len(rest), SEALED)]


@pytest.fixture
def other(tmp_path):
    return FileKek.create(tmp_path / "other")


class TestWhole:
    @pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
    @pytest.mark.parametrize("step", [1000, CHUNK, 4 * CHUNK])
    def test_comes_back_as_it_went_in_whatever_the_pieces(self, kek, length, step):
        data = (NAMES * (length // len(NAMES) + 1))[:length]
        bundle = sealed(data, kek, step=step)

        assert opened(bundle, kek) == data
        assert NAMES not in bundle
        assert len(parts_of(bundle)[1]) == max(1, -(-length // CHUNK))

    @QUICK
    @given(data=st.binary(max_size=2000), kind=st.text(max_size=20), created=st.integers(0, 2**60))
    def test_with_every_title(self, kek, data, kind, created):
        bundle = sealed(data, kek, Title(kind, created, created + 1))

        assert read_title(io.BytesIO(bundle)) == Title(kind, created, created + 1)
        assert opened(bundle, kek) == data

    def test_under_a_passphrase_or_whichever_of_several_keys_it_was(self, kek, other):
        words = PassphraseKek(Secret(b"six random words of two officers"), n=1 << 14)
        bundle = sealed(NAMES, words)

        assert opened(bundle, kek, other, words) == NAMES
        assert opened(sealed(NAMES, other), kek, other, words) == NAMES
        assert code_of(bundle, PassphraseKek(Secret(b"another six random words"))) == "kek-passphrase"

    def test_two_bundles_of_the_same_have_nothing_in_common(self, kek):
        one, two = sealed(NAMES, kek), sealed(NAMES, kek)
        assert parts_of(one)[1] != parts_of(two)[1]
        assert one[:80] == two[:80]


class TestAltered:
    def test_every_single_bit_is_refused(self, kek):
        bundle = sealed(NAMES, kek)
        for position, altered in bits_of(bundle):
            assert code_of(altered, kek) in {
                "bundle-altered",
                "bundle-unreadable",
                "bundle-version",
                "bundle-kek",
                "bundle-cut",
            }, position

    @QUICK
    @given(data=st.data())
    def test_any_bit_of_a_long_one_is_refused(self, kek, data):
        bundle = bytearray(sealed(NAMES * 6000, kek))
        at = data.draw(st.integers(0, len(bundle) - 1))
        bundle[at] ^= 1 << data.draw(st.integers(0, 7))
        code_of(bytes(bundle), kek)

    def test_every_cut_is_refused(self, kek):
        bundle = sealed(NAMES, kek)
        for length in range(len(bundle)):
            code_of(bundle[:length], kek)

    @pytest.mark.parametrize("count", [0, 1, 2, 3])
    def test_a_cut_between_chunks_is_told_as_one(self, kek, count):
        line, chunks = parts_of(sealed(bytes(3 * CHUNK + 5), kek))
        assert code_of(line + b"".join(chunks[:count]), kek) == "bundle-cut"

    @pytest.mark.parametrize("length", [5, CHUNK, 2 * CHUNK])
    def test_one_that_was_not_finished_is_refused(self, kek, length):
        assert code_of(sealed(bytes(length), kek, finished=False), kek) == "bundle-cut"

    @pytest.mark.parametrize("more", [b"\0", bytes(SEALED), "its last chunk"])
    def test_one_that_was_lengthened_is_refused(self, kek, more):
        bundle = sealed(bytes(CHUNK), kek)
        assert code_of(bundle + (parts_of(bundle)[1][-1] if isinstance(more, str) else more), kek) == "bundle-altered"

    def test_chunks_in_another_order_twice_or_left_out_are_refused(self, kek):
        line, (one, two, three, last) = parts_of(sealed(bytes(3 * CHUNK + 5), kek))
        for order in ((two, one, three, last), (one, one, two, three, last), (one, three, last), (last,)):
            assert code_of(line + b"".join(order), kek) == "bundle-altered"

    def test_chunks_of_another_bundle_are_refused(self, kek):
        data = bytes(2 * CHUNK)
        (line, (one, two)), (_, (_, foreign)) = parts_of(sealed(data, kek)), parts_of(sealed(data, kek))
        assert opened(line + one + two, kek) == data
        assert code_of(line + one + foreign, kek) == "bundle-altered"

    def test_the_title_of_another_bundle_is_refused(self, kek):
        """An expiry moved into the future, a key store said to be a mapping: the file key is bound to all of it."""
        bundle = sealed(NAMES, kek, Title("keys", 1, 1000))
        for name, value in (("expires", 2000), ("created", 2), ("kind", "mapping"), ("kek", "env")):
            line, chunks = parts_of(bundle)
            forged = json.dumps(json.loads(line) | {name: value}, sort_keys=True).encode() + b"\n"
            assert code_of(forged + b"".join(chunks), kek) in {"bundle-altered", "bundle-kek"}
        mine, theirs = parts_of(bundle), parts_of(sealed(NAMES, kek, Title("keys", 1, 9000)))
        assert code_of(theirs[0] + b"".join(mine[1]), kek) == "bundle-altered"


class TestForeign:
    def test_another_key_or_kind_of_key_does_not_open_it(self, kek, other):
        bundle = sealed(NAMES, kek)
        assert code_of(bundle, other) == "bundle-kek"
        assert code_of(bundle) == "bundle-kek"
        assert code_of(bundle, PassphraseKek(Secret(b"six random words of ours"))) == "bundle-kek"

    def test_what_is_no_bundle_is_refused(self, home, kek):
        for content in (b"", b"\n", b"[]\n", b"{}\n", home.read_bytes(), b"SQLite format 3\0" * 9000, b"[" * 9000):
            assert code_of(content, kek) == "bundle-unreadable"

    def test_one_of_a_later_version_says_so(self, kek):
        bundle = sealed(NAMES, kek)
        assert code_of(bundle.replace(b'"version": 1', b'"version": 2'), kek) == "bundle-version"

    def test_it_names_neither_key_nor_content(self, kek):
        bundle = sealed(NAMES, kek)
        assert re.fullmatch(
            rb'\{"created": 1760000000000, "expires": 0, "format": "scormveil-bundle", "kek": "file", '
            rb'"kind": "mapping", "sealed": "[A-Za-z0-9+/=]+", "version": 1\}\n',
            parts_of(bundle)[0],
        )
