"""Makes synthetic dispatch packages of every generation and standard, and zips that somebody tampered with."""

import io
import struct
import zipfile

TOKEN = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0"
SECRET = "kS3cr3tKs3cr3tK"
DISPATCH = "0b5e1c2a-1111-4222-8333-444455556666"
CLOUD = "https://cloud.scorm.com"
PLACED = "learnerid=LEARNER_ID&fname=LEARNER_FNAME&lname=LEARNER_LNAME"

MANIFEST_12 = """<?xml version="1.0" encoding="utf-8" standalone="no" ?>\r
<!-- edited with a tool (http://www.schema-editor.example) -->\r
<manifest identifier="RSD_ABCDEFGHIJKLMNOPQRSTUVWXYZ0" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"\r
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\r
  xsi:schemaLocation="http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd">\r
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>\r
  <organizations default="o"><organization identifier="o"><title>Zoë &amp; O'Brien</title>\r
    <item identifier="i" identifierref="r"><title>Safety</title></item></organization></organizations>\r
  <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="dispatch.html"/></resources>\r
</manifest>\r
"""
MANIFEST_2004 = MANIFEST_12.replace(">1.2<", ">2004 3rd Edition<").replace("adlcp_rootv1p2", "adlcp_v1p3")
SCHEMA = """<?xml version="1.0"?>
<!DOCTYPE xs:schema PUBLIC "-//W3C//DTD XMLSCHEMA 200102//EN" "http://www.w3.org/2001/XMLSchema.dtd" [
  <!-- don't stop here -->
  <!ENTITY % p 'xs:'> <!ENTITY % n "http://www.w3.org/2001/XMLSchema"> ]>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.imsglobal.org/xsd/imsss">
  <!-- see http://www.imsglobal.org/license.html and http://elsewhere.example/x -->
  <xs:annotation><xs:documentation source="http://www.w3.org/TR/x">
    Don't use it but under <a href="http://creativecommons.example/by-sa">this</a> licence.</xs:documentation></xs:annotation>
  <xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>
</xs:schema>
"""
PAGE = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><script src="configuration.js?cache=4711"></script><script>
var strLMSStandard = 'STANDARD'; // nothing to see
if (/^https:\\/\\//i.test(window.location.href)) { DispatchRoot = DispatchRoot.replace('http://', 'https://'); }
include_script(DispatchRoot + 'scormdriver.js?cache=4711');
include_script(DispatchRoot + 'LOADER');
</script></head><body><iframe id="dispatch_content_frame"></iframe></body></html>
"""


def launch(base=CLOUD, *, referring=False, path="/ScormEngineInterface/dispatch/DispatchRequest.jsp"):
    more = "&referringurl=REFERRING_URL" if referring else ""
    return (
        f"{base}{path}?methodName=Launch&tenant=t1&dispatchid={DISPATCH}&launchsecret={SECRET}"
        f"&{PLACED}{more}&pipeurl=PIPE_URL&redirecturl=REDIRECT_URL_REGISTRATION_ARGUMENT"
    )


def configuration(base=CLOUD, *, content_url=None, prelaunch=True, version="1"):
    plc = f"{base}/ScormEngineInterface/dispatch/DispatchRequest.jsp?methodName=PreLaunchConfiguration&tenant=t1"
    return (
        "// Generated, do not edit.\r\n"
        f"DispatchRoot = '{base}/ScormEngineInterface/dispatch/';\r\n"
        f"DispatchVersion = '{version}';\r\n"
        f"ContentURL = '{content_url or launch(base)}';\r\n"
        f"PreLaunchConfigurationURL = '{plc + '&launchsecret=' + SECRET if prelaunch else ''}';\r\n"
    )


def custom_config(base=CLOUD):
    escaped = base.replace("/", "\\/")
    return (
        f'(function () {{ var url = "{escaped}\\/api\\/cloud\\/dispatch\\/{DISPATCH}\\/customConfig?appId=APP1";\n'
        f'  xhr.open("GET", url); xhr.setRequestHeader("launchtoken", "{TOKEN}");\n'
        "  var svg = 'http://www.w3.org/2000/svg'; }());\n"
    )


def standard_files(standard):
    if standard == "AICC":
        return {
            "AICCComm.html": "<html></html>",
            "dispatch.au": '"System_ID","File_Name"\r\n"A1","dispatch.html"\r\n',
            "dispatch.crs": f"[Course]\r\nCourse_ID={DISPATCH}\r\n",
            "dispatch.cst": '"block","member"\r\n',
            "dispatch.des": '"System_ID","Title"\r\n',
        }
    manifest = MANIFEST_12 if standard == "SCORM12" else MANIFEST_2004
    return {"imsmanifest.xml": manifest, "adlcp.xsd": SCHEMA, "common/xml.xsd": SCHEMA}


def engine_2020(base=CLOUD, standard="SCORM12", **config):
    page = PAGE.replace("STANDARD", standard).replace("LOADER", "dispatch.client.loader.js")
    return {
        "configuration.js": configuration(base, **config),
        "dispatch.html": page,
        "utils.js": "function include_script(u) {}\n",
        "blank.html": "<html></html>",
        "goodbye.html": "<html>Goodbye</html>",
        **standard_files(standard),
    }


def v2(base=CLOUD, standard="SCORM12"):
    files = engine_2020(base, standard, content_url=launch(base, referring=True))
    page = files["dispatch.html"].replace("dispatch.client.loader.js", "dispatch.client.loader.v2.js")
    return {**files, "dispatch.html": page, "custom.js": custom_config(base)}


def v1(base=CLOUD, standard="SCORM12"):
    url = launch(base, referring=True, path="/EngineWebServices/dispatch/launch.jsp")
    url = url.replace("REDIRECT_URL", "REDIRECT_URL&css=CSS_URL")
    nested = (base + "/help").replace(":", "%3A").replace("/", "%2F")
    page = (
        "<html><head><script>\nvar ContentURL = '';\n"
        f'  window.ContentAPI   =\n   "{base}/EngineWebServices/dispatch/DispatchHost.html";\n'
        f'ContentURL="{url}"\n'
        f"var help = '{base}/go?to={nested}&again={nested.replace('%', '%25')}';\n"
        "</script></head><frameset id='dispatch_frameset'></frameset></html>\n"
    )
    return {
        "dispatch.html": page,
        "dispatchapi.html": "<html></html>",
        "ConcedeControl.html": "<html></html>",
        "loading.html": "<html></html>",
        **standard_files(standard),
    }


GENERATIONS = {"v1": v1, "engine-2020": engine_2020, "v2": v2}


def pack(files, *, method=zipfile.ZIP_DEFLATED):
    """Zip `files` (name to text or bytes), alternating timestamps so that mix-ups show."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for number, (name, content) in enumerate(files.items()):
            info = zipfile.ZipInfo(name, (2020, 9, 1 + number % 28, 10, 20, 30))
            info.compress_type = method if number % 3 else zipfile.ZIP_STORED
            info.external_attr = 0o100640 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def unpack(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def as_bytes(files):
    return {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}


def tampered(data, *, central=(), local=()):
    """Patch 16-bit fields of the first central and local record: pairs of (offset in the record, value)."""
    out = bytearray(data)
    first = struct.unpack_from("<L", data, data.rfind(b"PK\x05\x06") + 16)[0]
    for base, patches in ((first, central), (0, local)):
        for offset, value in patches:
            struct.pack_into("<H", out, base + offset, value)
    return bytes(out)
