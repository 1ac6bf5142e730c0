"""Reading and writing the explicit settings of one level."""

from proxy.demo.cloud import settings
from proxy.demo.cloud.v2.calling import Call, Refused


def change(call: Call, explicit: dict[str, str]) -> None:
    """Every POST configuration; refuses the whole call if one setting is not known.

    The stock client sends `explicit: false` with every setting; what is sent is set all the same.
    """
    given = call.body.get("settings") or []
    unknown = next((one for one in given if one.get("settingId") not in settings.known()), None)
    if unknown is not None:
        raise Refused(400, f"Setting [{unknown.get('settingId')}] is not known.")
    for one in given:
        explicit[one["settingId"]] = str(one.get("value") or "")


def forget(call: Call, explicit: dict[str, str]) -> None:
    """Every DELETE configuration/{settingId}: the next level speaks again."""
    setting = call.path["settingId"]
    if setting not in settings.known():
        raise Refused(404, f"Setting [{setting}] is not known.")
    explicit.pop(setting, None)
