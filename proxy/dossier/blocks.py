"""What a report is made of, whatever it becomes: headings, paragraphs, facts, tables, lines to be copied."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a part (level 1: one record; 2: a part of it)."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known, by name; a fact may have several values."""

    pairs: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    """How much room each column gets, in parts; empty: all the same."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Commands, one a line."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Facts | Grid | Lines
