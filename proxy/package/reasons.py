"""Why a package is refused: stable words with one sentence each, for the command line and the documentation."""

from enum import StrEnum
from typing import Self

from proxy.errors import PackageRefused


class Reason(StrEnum):
    """A refusal's word, and in `text` what it means for the operator."""

    text: str

    def __new__(cls, word: str, text: str) -> Self:
        """Make the word a string that remembers its sentence."""
        self = str.__new__(cls, word)
        self._value_ = word
        self.text = text
        return self

    NOT_A_ZIP = "not-a-zip", "The file has no zip directory, or it is cut off."
    BROKEN = "broken-zip", "The zip contradicts itself, or a file in it does not unpack to what is declared."
    CHECKSUM = "checksum", "A file in the zip does not have its declared checksum."
    ZIP64 = "zip64", "The zip uses 64-bit or multi-disk records, which no dispatch package needs."
    PREPENDED = "prepended-data", "Data stands before the first file of the zip."
    TRAILING = "trailing-data", "Data stands behind the end of the zip."
    HIDDEN = "hidden-data", "The zip holds bytes that belong to no file, or files that overlap."
    EMPTY = "no-entries", "The zip holds no file."
    ENTRIES = "too-many-entries", "The zip holds more files than is allowed."
    SIZE = "too-large", "The unpacked files are larger than is allowed."
    RATIO = "compression-ratio", "A file is compressed so strongly that it may be a zip bomb."
    ENCRYPTED = "encrypted", "The zip holds encrypted files, which cannot be checked."
    METHOD = "compression-method", "A file is compressed with something other than deflate."
    SPECIAL = "special-file", "The zip holds a symbolic link or a device."
    ESCAPE = "path-escape", "A file name leads out of the folder (`..`, absolute, drive letter or backslash)."
    NAME = "file-name", "A file name is empty, not readable, has control characters or two readings."
    DUPLICATE = "duplicate-name", "Two files have the same name on some file systems."
    NESTED = "nested-archive", "The zip holds another archive, which is not looked into."
    ENCODING = "text-encoding", "A file is UTF-16 or UTF-32 in a way that cannot be read safely."
    ADDRESSES = "too-many-addresses", "The package holds more addresses than any dispatch package has."
    MAPPING = "mapping-invalid", "An origin or public address of the configuration does not have the expected form."
    AMBIGUOUS_MAPPING = "mapping-ambiguous", "One upstream origin has two public addresses; say which one is meant."
    CIRCULAR = "mapping-circular", "A public address of the proxy is at the same time an upstream origin."
    FOREIGN = "foreign-address", "An address would still point around the proxy; see the list of unmapped origins."
    NO_CONTENT_URL = "no-content-url", "No file of the package assigns ContentURL."
    COMPUTED = "configuration-computed", "A global of the configuration is put together by code and cannot be read."
    AMBIGUOUS = "configuration-ambiguous", "A global of the configuration is assigned two different values."
    RELATIVE = "content-url-relative", "ContentURL is not an absolute http or https address."
    NO_LEARNER = "no-learner-id", "ContentURL has no LEARNER_ID, so there is nothing to pseudonymise."
    REPEATED = "placeholder-repeated", "A placeholder stands twice in ContentURL; only the first would be filled in."
    IN_PATH = "placeholder-in-path", "A placeholder stands in the path or fragment of ContentURL."
    EMBEDDED = "placeholder-embedded", "A placeholder is only a part of a query value or key of ContentURL."
    KEY_REPEATED = "key-repeated", "The query key of a placeholder stands twice in ContentURL."
    SELF_CHECK = "self-check", "The rewritten package does not read back as expected."

    @classmethod
    def explain(cls, word: str) -> str:
        """Return the sentence of a reason's word, "" for a word that is none of ours."""
        return next((reason.text for reason in cls if reason.value == word), "")

    def refused(self) -> PackageRefused:
        """Make the error of this reason; the word is ours, nothing of the package is in it."""
        return PackageRefused(self.value)
