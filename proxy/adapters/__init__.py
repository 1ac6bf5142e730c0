"""One file a protocol: where people live in its messages. Data only; `scormveil adapters` prints it for a review."""
