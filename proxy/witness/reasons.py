"""What each reason of a `WitnessFailed` means for whoever runs a witness: one sentence that says what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exists": "There is a witness in this folder already, and its key is never overwritten. Take another folder.",
        "no-folder": "There is no such folder, or it holds no witness. `scormveil witness init` makes one.",
        "in-use": "Another process runs this witness. Two with one key could sign two pasts: stop the other one.",
        "settings": "witness.toml is not as it should be: `name`, `listen` and `logs` are texts and a list of keys.",
        "name": "The name of a witness has no spaces and no plus sign; an address without `https://` is usual.",
        "listen": "Where a witness listens is an address and a port, as 127.0.0.1:8466 or [::1]:8466.",
        "log-key": "A key of a log is not one: copy it whole from `scormveil audit key`.",
        "key": "witness.key is missing, open to others, or not the key that was made. Without it there is no witness: "
        "take it from your copy, or make a new witness and tell every log its key.",
        "state": "What the witness remembers of a log does not bear its own signature. It is not believed, and the log "
        "would be signed anew from nothing: find out what happened to the disk first.",
        "not-written": "The folder cannot be written. Nothing was signed; make room or mend the disk.",
    }
)
