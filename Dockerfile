# scormveil in a container: no compiler, no root, nothing writable but its three volumes.
#
#   docker build -t scormveil .
#   docker compose -f deploy/compose.yaml run --rm scormveil init
#   docker compose -f deploy/compose.yaml up -d
#
# Written without a container engine at hand: tests/docs/test_deploy.py holds it against the tree, nobody has built it yet.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY keys keys
COPY proxy proxy
RUN python -m venv /opt/scormveil \
 && /opt/scormveil/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/scormveil --shell /usr/sbin/nologin scormveil \
 && install -d -o scormveil -g scormveil -m 0700 /var/lib/scormveil /var/lib/scormveil-keys /var/lib/scormveil-kek \
 && install -d -m 0755 /etc/scormveil
COPY --from=build /opt/scormveil /opt/scormveil
ENV PATH=/opt/scormveil/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    SCORMVEIL_CONFIG=/etc/scormveil/scormveil.toml
USER 10001
WORKDIR /var/lib/scormveil
# Keyring and mapping, data keys of people, the key that seals the keyring: never all in one backup.
VOLUME ["/var/lib/scormveil", "/var/lib/scormveil-keys", "/var/lib/scormveil-kek"]
EXPOSE 8080
# The admin listener stays on the container's loopback; urlopen raises for the 503 of a failing store.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["scormveil"]
CMD ["serve"]
