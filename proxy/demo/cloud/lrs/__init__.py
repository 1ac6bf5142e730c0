"""The cloud's xAPI record store: small, strict, in memory. It shares its statements with what the cloud itself writes.

xAPI 1.0.3 as far as courses and launchers use it: no multipart bodies, no alternate request syntax, no OAuth.
"""
