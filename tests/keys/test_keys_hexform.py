"""A pseudonym as 40 hexadecimal digits: published vectors, and both ways for everything."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import from_hex_form, hex_form
from keys.model import ALPHABET
from keys.pseudonym import PREFIX, check_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "hexform-1.json").read_text("utf-8"))


@pytest.mark.parametrize("one", VECTORS["valid"], ids=lambda one: one["token"])
def test_valid_vectors(one):
    assert hex_form(one["token"]) == one["hex"]
    assert hex_form(one["token"].upper()) == one["hex"]
    assert from_hex_form(one["hex"]) == one["token"]
    assert from_hex_form(one["hex"].upper()) == one["token"]


@pytest.mark.parametrize("one", VECTORS["invalid"], ids=lambda one: one["reason"])
def test_invalid_vectors(one):
    assert from_hex_form(one["hex"]) == ""


@given(st.text(ALPHABET, min_size=30, max_size=30))
def test_both_ways(letters):
    token = PREFIX + letters + check_of(PREFIX + letters)

    assert from_hex_form(hex_form(token)) == token
