"""What an administrator gets who lets a dispatch package be pointed at the proxy."""

import hashlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import PackageRefused
from proxy.package import rewrite_package

from . import builder

PUBLIC = "https://veil.example.org/cloud"
MAPPING = [(builder.CLOUD, PUBLIC)]
CASES = [(name, standard) for name in builder.GENERATIONS for standard in ("SCORM12", "SCORM2004", "AICC")]

labels = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
ports = st.sampled_from(["", ":80", ":443", ":8443"])
origins = st.builds(
    lambda scheme, names, port: f"{scheme}://{'.'.join(names)}{port}",
    st.sampled_from(["http", "https"]),
    st.lists(labels, min_size=1, max_size=4),
    ports,
)
prefixes = st.lists(st.from_regex(r"[A-Za-z0-9_~-]{1,6}", fullmatch=True), max_size=3).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)


def one_file(text, **more):
    return builder.pack({"configuration.js": builder.configuration(), "extra.js": text, **more})


def rewritten_text(text):
    return builder.unpack(rewrite_package(one_file(text), MAPPING).data)["extra.js"].decode()


@pytest.mark.parametrize(("generation", "standard"), CASES)
def test_every_package_looks_as_if_the_proxy_had_been_its_cloud(generation, standard):
    make = builder.GENERATIONS[generation]
    before = builder.as_bytes(make(builder.CLOUD, standard))
    result = rewrite_package(builder.pack(before), MAPPING)
    after = builder.unpack(result.data)
    assert after == builder.as_bytes(make(PUBLIC, standard))
    assert list(after) == list(before)


@pytest.mark.parametrize(("generation", "standard"), CASES)
def test_what_was_learned_is_what_the_cloud_knows(generation, standard):
    data = builder.pack(builder.GENERATIONS[generation](standard=standard))
    learned = rewrite_package(data, MAPPING).learned
    assert learned.digest == hashlib.sha256(data).hexdigest()
    assert (learned.generation, learned.standard) == (generation, standard)
    assert learned.content_origin == builder.CLOUD
    assert learned.launch_path.startswith("/Engine" if generation == "v1" else "/ScormEngineInterface/dispatch/")
    assert learned.hosts == (builder.CLOUD,)
    expected = {
        "LEARNER_ID": "learnerid",
        "LEARNER_FNAME": "fname",
        "LEARNER_LNAME": "lname",
        "PIPE_URL": "pipeurl",
        "REDIRECT_URL": "redirecturl",
        "_REGISTRATION_ARGUMENT": "regid",
    }
    if generation != "engine-2020":
        expected["REFERRING_URL"] = "referringurl"
    if generation == "v1":
        expected["CSS_URL"] = "css"
    assert learned.roles == expected
    assert learned.fixed == ("methodName", "tenant", "dispatchid", "launchsecret")


def test_the_addresses_of_each_generation_are_learned():
    v1, engine, v2 = (rewrite_package(builder.pack(make()), MAPPING).learned for make in builder.GENERATIONS.values())
    assert v1.content_api.url == builder.CLOUD + "/EngineWebServices/dispatch/DispatchHost.html"
    assert v1.dispatch_root is None
    assert v1.prelaunch is None
    assert engine.dispatch_root.url == builder.CLOUD + "/ScormEngineInterface/dispatch/"
    assert engine.dispatch_version == "1"
    assert engine.prelaunch.keys == ("methodName", "tenant", "launchsecret")
    assert engine.custom_config is None
    assert v2.custom_config.path == f"/api/cloud/dispatch/{builder.DISPATCH}/customConfig"
    assert v2.custom_config.keys == ("appId",)


def test_rewriting_twice_changes_nothing_and_teaches_the_same():
    once = rewrite_package(builder.pack(builder.v2()), MAPPING)
    twice = rewrite_package(once.data, MAPPING)
    assert twice.data == once.data
    assert twice.learned.launch_path == once.learned.launch_path
    assert (twice.learned.roles, twice.learned.hosts) == (once.learned.roles, once.learned.hosts)


def test_rewriting_back_gives_the_first_contents():
    before = builder.as_bytes(builder.v2())
    there = rewrite_package(builder.pack(before), [(builder.CLOUD, "https://veil.example.org")])
    back = rewrite_package(there.data, [("https://veil.example.org", builder.CLOUD)])
    assert builder.unpack(back.data) == before


def test_untouched_files_keep_their_records_and_the_others_their_names_and_times():
    data = builder.pack(builder.v2())
    result = rewrite_package(data, MAPPING).data
    old, new = (zipfile.ZipFile(io.BytesIO(zipped)).infolist() for zipped in (data, result))
    facts = [(info.filename, info.date_time, info.compress_type, info.external_attr, info.extra) for info in old]
    assert facts == [
        (info.filename, info.date_time, info.compress_type, info.external_attr, info.extra) for info in new
    ]
    for before, after in zip(old, new, strict=True):
        if before.CRC == after.CRC:
            begin, length = before.header_offset, 30 + len(before.filename) + before.compress_size
            assert data[begin : begin + length] == result[after.header_offset :][:length]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 'HTTPS://Cloud.Scorm.COM/x'", "a = 'https://veil.example.org/cloud/x'"),
        ("a = 'https://cloud.scorm.com:443/x'", "a = 'https://veil.example.org/cloud/x'"),
        ("a = 'http://cloud.scorm.com/x'", "a = 'https://veil.example.org/cloud/x'"),
        ("a = '//cloud.scorm.com/x'", "a = '//veil.example.org/cloud/x'"),
        ("a = 'https:' + '//cloud.scorm.com'", "a = 'https:' + '//veil.example.org/cloud'"),
        (r'a = "https:\/\/cloud.scorm.com\/x"', r'a = "https:\/\/veil.example.org\/cloud\/x"'),
        (r'a = "https\x3a\x2f\x2fcloud.scorm.com\x2fx"', r'a = "https\x3a\x2f\x2fveil.example.org\x2fcloud\x2fx"'),
        ("?u=https%3A%2F%2Fcloud.scorm.com%2Fx", "?u=https%3A%2F%2Fveil.example.org%2Fcloud%2Fx"),
        ("?u=https%253a%252f%252fcloud.scorm.com%252fx", "?u=https%253a%252f%252fveil.example.org%252fcloud%252fx"),
        ("u=https&#58;&#47;&#47;cloud.scorm.com&#47;x", "u=https&#58;&#47;&#47;veil.example.org&#47;cloud&#47;x"),
        ("<!-- made at https://cloud.scorm.com. -->", "<!-- made at https://veil.example.org/cloud. -->"),
        ("?u=https://cloud.scorm.com?to=https://cloud.scorm.com", f"?u={PUBLIC}?to={PUBLIC}"),
    ],
)
def test_addresses_keep_their_spelling(before, after):
    assert rewritten_text(before) == after


def test_a_port_is_spelled_like_the_rest_of_a_relative_address():
    data = one_file("u = '%22%2F%2Fcloud.scorm.com%2Fx'")
    result = rewrite_package(data, [(builder.CLOUD, "http://127.0.0.1:8080")])
    assert builder.unpack(result.data)["extra.js"] == b"u = '%22%2F%2F127.0.0.1%3A8080%2Fx'"


def test_wide_text_is_rewritten_in_its_own_encoding():
    text = "\ufeff<help url='https://cloud.scorm.com/ö'/>\r\n"
    for codec in ("utf-16-le", "utf-16-be"):
        result = rewrite_package(one_file("", **{"help.xml": text.encode(codec)}), MAPPING)
        wanted = text.replace(builder.CLOUD, PUBLIC).encode(codec)
        assert builder.unpack(result.data)["help.xml"] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "a = 'https://elsewhere.example/x'",
        "a = 'https://cloud.scorm.com.elsewhere.example/x'",
        "a = 'https://cloud.scorm.com@elsewhere.example/x'",
        "a = 'https://cloud.scorm.com:443@elsewhere.example/x'",
        "a = 'https://cloud.scorm.com%2eelsewhere.example/x'",
        "a = 'https://cloud.scorm.com%40elsewhere.example/x'",
        "a = 'https://cloud.scorm.com,elsewhere.example/x'",
        "a = 'https://cloud.scorm.com:8443/x'",
        r"a = 'https://cloud.scorm.com\u002eelsewhere.example/x'",
        r"a = 'https:\\cloud.scorm.com\x'",
        "a = 'https:/cloud.scorm.com/x'",
        "a = 'https:cloud.scorm.com/x'",
        "a = 'https:///cloud.scorm.com/x'",
        "a = 'wss://cloud.scorm.com/x'",
        "a = '//elsewhere.example/x'",
        "a = '//localhost.elsewhere.example/x'",
        "a = '//127.0.0.1.elsewhere.example/x'",
        "a = '//user@elsewhere.example/x'",
        "a = '//user:word@elsewhere.example/x'",
        "a = '//cloud.scorm.com@elsewhere.example/x'",
        "// see //cloud.scorm.com:443@elsewhere.example/x",
        "a = '//elsewhere:8080/x'",
        "a = '//else.where.élsewhere.example/x'",
        "a = '//" + "very." * 40 + "far.example/x'",
        "<img src=//elsewhere.example/x>",
        "a { background: url(//elsewhere.example/x) }",
        "a = 'https://' + 'cloud.scorm.com' + '/x'",
        "a = atob('aHR0cHM6Ly9lbHNld2hlcmUuZXhhbXBsZS8=')",
        "?u=https%3A%2F%2Felsewhere.example%2F",
        r'"https:\/\/elsewhere.example\/"',
        "a = 'http://www.w3.org/2000/svg/tracker.js'",
        "a = 'http://www.imsglobal.org/xsd/imscp_v1p1'",
        "a = 'https://veil.example.org/other'",
        "a = 'https://veil.example.org/cloudy'",
        "a = 'http://veil.example.org/cloud/x'",
        "a = 'https://[::1]/x'",
        "a = 'https://clöud.scorm.com/x'",
    ],
)
def test_an_address_that_leads_around_the_proxy_is_refused(text):
    with pytest.raises(PackageRefused) as caught:
        rewrite_package(one_file(text), MAPPING)
    assert str(caught.value) == "package-refused foreign-address"


@pytest.mark.parametrize(
    "text",
    [
        "if (/^https:\\/\\//i.test(u)) { u = u.replace('http://', 'https://'); } // see the docs",
        "var svg = 'http://www.w3.org/2000/svg';",
        "x = 'a';//set.y = 1",
        "x = 'a'//this.load(2)",
        "x = 'a'//this.y = 2",
        "x = 'https:'; y = \"http:\"",
        "a = 'https://veil.example.org/cloud/x'",
        "a = '\\/\\/veil.example.org\\/cloud'",
        'a = "-//W3C//DTD XHTML 1.0 Strict//EN"',
    ],
)
def test_harmless_text_stays(text):
    assert rewritten_text(text) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.xml", "<a href='http://www.w3.org/x'/>"),
        ("x.xml", "<a>http://www.imsglobal.org/x</a>"),
        ("x.xml", "<a xmlns='http://elsewhere.example/ns'/>"),
        ("x.xml", "<documentation>http://elsewhere.example/</documentation>"),
        ("x.xml", "<!-- open <a href='http://elsewhere.example/'/>"[4:]),
        ("x.xsd", "<a b='<!--'><c href='http://elsewhere.example/'/><d e='-->'/></a>"),
        ("x.xsd", "<xs:documentation/><a>http://elsewhere.example/</a><xs:documentation/>"),
        ("x.html", "<!-- [if IE] --><img src='http://elsewhere.example/'>"),
        ("x.html", "<!--[if IE]><img src='http://elsewhere.example/'><![endif]-->"),
    ],
)
def test_outside_namespaces_and_prose_markup_is_live(name, text):
    with pytest.raises(PackageRefused, match="foreign-address"):
        rewrite_package(one_file("", **{name: text}), MAPPING)


def test_allowed_hosts_may_stay_and_others_may_not():
    text = "a = 'https://css.example.org/x.css'; b = 'http://css.example.org:8080/y'"
    allowed = ["CSS.example.org", "css.example.org:8080"]
    assert b"css.example.org" in builder.unpack(rewrite_package(one_file(text), MAPPING, allowed).data)["extra.js"]
    with pytest.raises(PackageRefused, match="foreign-address"):
        rewrite_package(one_file(text), MAPPING, allowed[:1])


def test_several_origins_go_to_several_places():
    text = "a = 'https://content.scorm.example/c'; b = 'https://cloud.scorm.com/d'"
    mapping = [*MAPPING, ("https://content.scorm.example", "https://veil.example.org/cloud/content")]
    result = rewrite_package(one_file(text), mapping)
    wanted = f"a = '{PUBLIC}/content/c'; b = '{PUBLIC}/d'"
    assert builder.unpack(result.data)["extra.js"].decode() == wanted
    assert rewrite_package(result.data, mapping).learned.hosts == result.learned.hosts
    assert result.learned.hosts == (builder.CLOUD, "https://content.scorm.example")


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ([("cloud.scorm.com", PUBLIC)], "mapping-invalid"),
        ([("ftp://cloud.scorm.com", PUBLIC)], "mapping-invalid"),
        ([("https://cloud.scorm.com/api", PUBLIC)], "mapping-invalid"),
        ([("https://u:p@cloud.scorm.com", PUBLIC)], "mapping-invalid"),
        ([("https://cloud.scorm.com:x", PUBLIC)], "mapping-invalid"),
        ([(builder.CLOUD, "https://veil.example.org/a b")], "mapping-invalid"),
        ([(builder.CLOUD, "https://veil.example.org/a/../b")], "mapping-invalid"),
        ([(builder.CLOUD, "https://veil.example.org/?a")], "mapping-invalid"),
        ([*MAPPING, (builder.CLOUD + ":443", "https://other.example.org")], "mapping-ambiguous"),
        ([(builder.CLOUD, builder.CLOUD + "/x")], "mapping-circular"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(mapping, reason):
    with pytest.raises(PackageRefused, match=reason):
        rewrite_package(builder.pack(builder.v2()), mapping)


@settings(max_examples=60, deadline=None)
@given(
    upstream=origins,
    public=origins,
    prefix=prefixes,
    make=st.sampled_from(list(builder.GENERATIONS.values())),
    standard=st.sampled_from(["SCORM2004", "AICC"]),
)
def test_any_host_and_prefix_replaces_any_other_and_nothing_else(upstream, public, prefix, make, standard):
    before = builder.pack(make(upstream, standard))
    try:
        result = rewrite_package(before, [(upstream, public + prefix)])
    except PackageRefused as refused:
        assert refused.reason == "mapping-circular"  # noqa: PT017  the only excuse
        return
    assert builder.unpack(result.data) == builder.as_bytes(make(public + prefix, standard))
    again = rewrite_package(result.data, [(upstream, public + prefix)])
    assert again.data == result.data
