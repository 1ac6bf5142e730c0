"""`scormveil package` as the administrator sees it."""

import pytest
from typer.testing import CliRunner

from proxy.cli.package import Where, build
from proxy.errors import ConfigInvalid, StoreFailed
from proxy.package import rewrite_package

from . import builder

MAPPING = [(builder.CLOUD, "https://veil.example.org")]


@pytest.fixture
def registered():
    return []


@pytest.fixture
def run(registered):
    app = build(lambda _config: MAPPING, lambda config, learned: registered.append((config, learned)))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "course.zip"
    path.write_bytes(builder.pack(builder.v2()))
    return path


def test_inspect_shows_everything_but_the_secrets(run, package):
    result = run("inspect", package, "--config", "c.toml")
    assert result.exit_code == 0
    for word in (
        "v2 package for SCORM12",
        "configuration.js",
        "LEARNER_ID",
        "learnerid",
        "customConfig",
        "launchtoken",
    ):
        assert word in result.output
    assert not [secret for secret in (builder.TOKEN, builder.SECRET, builder.DISPATCH) if secret in result.output]


def test_inspect_needs_no_configuration(package):
    app = build(lambda _config: pytest.fail("not needed"), lambda _config, _learned: None)
    result = CliRunner().invoke(app, ["inspect", str(package)])
    assert result.exit_code == 0
    assert builder.CLOUD in result.output


def test_rewrite_writes_the_package_and_registers_it(run, package, tmp_path, registered):
    out = tmp_path / "out.zip"
    result = run("rewrite", package, "-o", out, "--config", tmp_path / "c.toml")
    assert result.exit_code == 0, result.output
    wanted = rewrite_package(package.read_bytes(), MAPPING)
    assert out.read_bytes() == wanted.data
    assert registered == [(Where(tmp_path / "c.toml"), wanted.learned)]
    assert {path.name for path in tmp_path.iterdir()} == {"course.zip", "out.zip"}


def test_a_foreign_address_is_named_and_nothing_is_written(run, package, tmp_path, registered):
    package.write_bytes(builder.pack({**builder.v2(), "a[bold].js": "u = 'https://b.example/secret'"}))
    result = run("rewrite", package, "-o", tmp_path / "out.zip")
    assert result.exit_code == 2
    assert "package-refused: The package was not written." in result.output
    assert "reason: foreign-address. An address would still point around the proxy" in result.output
    assert "not mapped: https://b.example" in result.output
    assert "a[bold].js" in result.output
    assert "secret'" not in result.output
    assert not registered
    assert not (tmp_path / "out.zip").exists()
    assert run("rewrite", package, "-o", tmp_path / "out.zip", "--allow", "b.example").exit_code == 0


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.unlink(), "file-unreadable"),
        (lambda path: path.write_bytes(b"PK"), "not-a-zip"),
        (lambda path: path.write_bytes(builder.pack({"a.js": "1"})), "no-content-url"),
    ],
)
def test_a_bad_package_is_refused_without_a_traceback(run, package, tmp_path, make, reason):
    make(package)
    result = run("rewrite", package, "-o", tmp_path / "out.zip")
    assert result.exit_code == 2
    assert f"reason: {reason}. " in result.output
    assert "Traceback" not in result.output


def test_the_original_and_unwritable_places_are_not_overwritten(run, package, tmp_path):
    before = package.read_bytes()
    assert "reason: same-file" in run("rewrite", package, "-o", package).output
    assert "reason: file-unwritable" in run("rewrite", package, "-o", tmp_path / "no" / "out.zip").output
    (tmp_path / "folder").mkdir()
    assert "reason: file-unwritable" in run("rewrite", package, "-o", tmp_path / "folder").output
    assert package.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"course.zip", "folder"}


def test_nothing_is_written_if_registering_or_the_configuration_fails(package, tmp_path):
    def fails(*_):
        raise StoreFailed

    def invalid(_config):
        raise ConfigInvalid(("mounts: missing",))

    for app, code in (
        (build(lambda _config: MAPPING, fails), "store-failed"),
        (build(invalid, fails), "config-invalid"),
    ):
        result = CliRunner().invoke(app, ["rewrite", str(package), "-o", str(tmp_path / "out.zip")])
        assert result.exit_code == 2
        assert code in result.output
    assert not (tmp_path / "out.zip").exists()
