"""What an administrator is told about a package, and what is kept from everybody."""

import pytest

from proxy.package import Generation, Standard, Verdict, inspect_package

from . import builder

ORIGINS = [builder.CLOUD]


def report(make=builder.v2, origins=ORIGINS, **options):
    return inspect_package(builder.pack(make(**options)), origins)


def test_every_address_has_its_place_and_spelling():
    spots = {(spot.file, spot.line, str(spot.spelling), spot.origin) for spot in report().addresses}
    assert spots == {
        ("configuration.js", 2, "plain", builder.CLOUD),
        ("configuration.js", 4, "plain", builder.CLOUD),
        ("configuration.js", 5, "plain", builder.CLOUD),
        ("custom.js", 1, "json-escaped", builder.CLOUD),
    }
    nested = {str(spot.spelling) for spot in report(builder.v1).addresses}
    assert nested == {"plain", "percent-encoded", "percent-encoded twice or more"}


def test_namespaces_and_prose_are_counted_apart():
    found = report(standard="SCORM2004")
    assert found.harmless > 10
    assert {spot.verdict for spot in found.addresses} == {Verdict.MAPPED}
    assert found.unmapped == ()
    assert found.problems == ()


def test_without_a_mapping_the_origins_to_map_are_named():
    found = inspect_package(builder.pack({"a.js": "x='https://b.example/'; y='//a.example:8443/'; z='https://u@c/'"}))
    assert found.unmapped == ("(unclear)", "//a.example:8443", "https://b.example")
    assert found.problems == ("no-content-url",)


def test_addresses_that_already_are_the_proxys_are_told_apart():
    data = builder.pack(builder.engine_2020("https://veil.example.org/x"))
    found = inspect_package(data, [(builder.CLOUD, "https://veil.example.org/x")])
    assert {spot.verdict for spot in found.addresses} == {Verdict.PUBLIC}
    assert not found.problems


def test_tokens_are_located_but_not_shown():
    found = report()
    places = [(spot.file, spot.line, spot.name, spot.length) for spot in found.tokens]
    assert places == [
        ("configuration.js", 4, "dispatchid", len(builder.DISPATCH)),
        ("configuration.js", 4, "launchsecret", len(builder.SECRET)),
        ("configuration.js", 5, "launchsecret", len(builder.SECRET)),
        ("custom.js", 1, "dispatchid", len(builder.DISPATCH)),
        ("custom.js", 2, "launchtoken", len(builder.TOKEN)),
    ]
    line = builder.custom_config().splitlines()[1]
    assert line[found.tokens[-1].column - 1 :].startswith(builder.TOKEN)


@pytest.mark.parametrize("text", ["var launchToken = '{}';", "{{'launchToken': \"{}\"}}", "?x=1%26launchtoken%3D{}"])
def test_tokens_are_found_in_other_spellings(text):
    (spot,) = inspect_package(builder.pack({"a.js": text.format(builder.TOKEN)})).tokens
    assert (spot.name.lower(), spot.length) == ("launchtoken", len(builder.TOKEN))


def test_no_secret_is_in_a_report_or_in_what_is_printed_of_the_rest():
    for make in builder.GENERATIONS.values():
        shown = repr(report(make))
        assert not [secret for secret in (builder.TOKEN, builder.SECRET, builder.DISPATCH) if secret in shown]


def test_placeholders_and_globals_have_their_places():
    found = report()
    assert {(spot.placeholder, spot.key, spot.file, spot.line) for spot in found.placeholders} >= {
        ("LEARNER_ID", "learnerid", "configuration.js", 4),
        ("REFERRING_URL", "referringurl", "configuration.js", 4),
        ("_REGISTRATION_ARGUMENT", "regid", "configuration.js", 4),
    }
    globals_found = {(spot.name, spot.line, spot.origin) for spot in found.globals}
    assert ("DispatchRoot", 2, builder.CLOUD) in globals_found
    assert ("DispatchVersion", 3, "") in globals_found
    assert (found.custom_config.file, found.custom_config.origin) == ("custom.js", builder.CLOUD)


@pytest.mark.parametrize("generation", builder.GENERATIONS)
@pytest.mark.parametrize("standard", ["SCORM12", "SCORM2004", "AICC"])
def test_generation_and_standard_are_guessed(generation, standard):
    found = report(builder.GENERATIONS[generation], standard=standard)
    assert (found.generation, found.standard) == (generation, standard)


@pytest.mark.parametrize(
    ("manifest", "standard"),
    [
        ("<m xmlns:a='http://www.adlnet.org/xsd/adlcp_v1p3'/>", Standard.SCORM2004),
        ("<m><schemaversion>CAM 1.3</schemaversion></m>", Standard.SCORM2004),
        ("<m xmlns:a='http://www.adlnet.org/xsd/adlcp_rootv1p2'/>", Standard.SCORM12),
        ("<m/>", Standard.UNKNOWN),
        ("<m", Standard.UNKNOWN),
        ("<!DOCTYPE m [<!ENTITY e SYSTEM 'x'>]><m><schemaversion>&e;</schemaversion></m>", Standard.UNKNOWN),
    ],
)
def test_the_standard_is_read_from_manifests_of_any_shape(manifest, standard):
    assert inspect_package(builder.pack({"imsmanifest.xml": manifest})).standard is standard


def test_an_unknown_package_is_called_unknown():
    found = inspect_package(builder.pack({"readme.txt": "hello"}))
    assert (found.generation, found.standard) == (Generation.UNKNOWN, Standard.UNKNOWN)
