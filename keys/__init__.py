"""The security team's room: keys, pseudonyms, envelopes. Knows no HTTP."""
