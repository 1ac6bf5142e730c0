"""The searcher that the journeys trust finds each disguise of each planted person, and nothing in innocent bytes."""

import ast
import base64
import random
import uuid
from pathlib import Path

import pytest

from tests.guard.disguises import DISGUISES, NAME_SHAPES, PEOPLE, SINGLE_BYTE, WHOLE_DISGUISES
from tests.oracle import Oracle


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle({person: [text] for person, text in PEOPLE.items()})


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_each_disguise_of_each_person_is_found(oracle: Oracle, disguise: str, person: str) -> None:
    finds = oracle.search(DISGUISES[disguise](PEOPLE[person]))
    assert any(find.startswith(f"{person}: ") for find in finds)


@pytest.mark.parametrize("disguise", WHOLE_DISGUISES)
def test_a_whole_body_is_found_behind_its_head(oracle: Oracle, disguise: str) -> None:
    finds = oracle.search(b"POST /a HTTP/1.1\r\nhost: x\r\n\r\n" + WHOLE_DISGUISES[disguise](PEOPLE["double surname"]))
    assert any(find.startswith("double surname: ") for find in finds)


@pytest.mark.parametrize("disguise", [name for name in DISGUISES if name != "deflate"])
def test_a_disguise_is_found_in_the_middle_of_a_recording(oracle: Oracle, disguise: str) -> None:
    before = b"POST /a HTTP/1.1\r\nhost: x\r\n\r\n" + random.Random(1).randbytes(200) + b'{"a": "'
    finds = oracle.search(before + DISGUISES[disguise](PEOPLE["double surname"]) + b'", "b": 12}\r\n')
    assert any(find.startswith("double surname: ") for find in finds)


@pytest.mark.parametrize("person", ["double surname", "apostrophe"])
@pytest.mark.parametrize("disguise", SINGLE_BYTE)
def test_western_single_byte_spellings_are_found(oracle: Oracle, disguise: str, person: str) -> None:
    assert oracle.search(b"name=" + SINGLE_BYTE[disguise](PEOPLE[person]) + b"&x=1")


@pytest.mark.parametrize("shape", [shape for shape in NAME_SHAPES if shape != "two lines"])
def test_names_are_found_in_every_order_and_with_every_separator(shape: str) -> None:
    oracle = Oracle({"ann": ["Ann Lee"], "zoe": ["Zoë Müller"]})
    assert oracle.search(f"xx {NAME_SHAPES[shape]('Ann', 'Lee')} yy".encode())
    assert oracle.search(f"GET /?a={NAME_SHAPES[shape]('Zoë', 'Müller')}&b=1".encode())


@pytest.mark.parametrize("spelling", ["emp/4711", "emp_4711", "emp%2f4711", "EMP%255F4711"])
def test_a_slash_may_have_become_an_underscore(oracle: Oracle, spelling: str) -> None:
    assert oracle.search(f"id={spelling}&x=1".encode())


def test_a_find_says_who_how_and_where() -> None:
    oracle = Oracle({"zoe": ["zoe-77"]})
    assert oracle.search(b"0123 zoe-77") == ["zoe: utf-8 at 5", "zoe: text at 5"]


def test_common_words_count_only_by_themselves() -> None:
    oracle = Oracle({"ann": ["Ann"]}, whole_only={"ann": ["4711"]})
    assert oracle.search(b"an annual plan, x4711, 47110") == []
    for bytes_with_her in (b'{"given":"Ann"}', b"given=%41nn&x", b"id=4711;", b"ann_4711"):
        assert oracle.search(bytes_with_her)
    assert oracle.search(b'{"x":"' + base64.b64encode(b'{"given":"Ann"}') + b'"}')


def test_innocent_bytes_give_no_finds(oracle: Oracle) -> None:
    chance = random.Random(7)
    tokens = [base64.b64encode(chance.randbytes(40)).decode() for _ in range(300)]
    tokens += [str(uuid.UUID(bytes=chance.randbytes(16))) for _ in range(300)]
    tokens += ["sv1" + "".join(chance.choices("0123456789abcdefghjkmnpqrstvwxyz", k=36)) for _ in range(300)]
    assert oracle.search("\n".join(f'{{"k": "{token}", "p": "/a%2Fb?c=d&amp;e"}}' for token in tokens).encode()) == []
    assert oracle.search(chance.randbytes(20_000)) == []


def test_the_oracle_shares_no_code_with_the_product() -> None:
    for name in ("oracle", "oracle_lz"):
        tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
        modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        ours = {module for module in modules if module.split(".")[0] in {"proxy", "keys", "tests"}}
        assert ours <= {"tests.oracle_lz"}
