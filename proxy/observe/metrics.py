"""Counters and times for Prometheus: labels are names of ours (mount, route, verdict, code), never a value."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One process's metrics in a registry of their own."""

    def __init__(self) -> None:
        """Create the registry."""
        self._children: dict[tuple[str, str, str, str], tuple[Counter, Histogram]] = {}
        self.registry = CollectorRegistry()
        self._exchanges = Counter(
            "scormveil_exchanges_total",
            "Exchanges by outcome.",
            ("mount", "route", "verdict", "code"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "scormveil_exchange_seconds",
            "Time to the answer's head.",
            ("mount",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._veiled = Counter(
            "scormveil_identities_veiled_total", "Identities replaced.", ("mount",), registry=self.registry
        )
        self._reidentified = Counter(
            "scormveil_people_reidentified_total", "People put back into results.", ("mount",), registry=self.registry
        )

        self._alarms = Counter(
            "scormveil_alarms_total",
            "Unusual patterns of disclosure and minting.",
            ("event", "mount", "reason"),
            registry=self.registry,
        )
        self._generation = Gauge(
            "scormveil_keyring_generation", "Generation of the keyring in force.", registry=self.registry
        )
        self._keys_well = Gauge(
            "scormveil_keys_well", "1 while the newest keyring is in force, 0 if it cannot be.", registry=self.registry
        )
        self._days_left = Gauge(
            "scormveil_key_days_left", "Days until a cryptoperiod ends.", ("purpose",), registry=self.registry
        )
        self._upkeep_left = Gauge(
            "scormveil_upkeep_left", "Records that a job still has to look at.", ("job",), registry=self.registry
        )

        self._post_behind = Gauge(
            "scormveil_post_behind_seconds",
            "How long a place for checkpoints has lacked one.",
            ("post",),
            registry=self.registry,
        )

    def post_behind(self, post: str, seconds: float) -> None:
        """Say for how long a place for checkpoints has not had the newest one; 0 if it has."""
        self._post_behind.labels(post).set(seconds)

    def alarm(self, *, event: str, mount: str, reason: str) -> None:
        """Count an alarm."""
        self._alarms.labels(event, mount, reason).inc()

    def keyring(self, generation: int, *, well: bool) -> None:
        """Say which keyring is in force, and whether it is the newest."""
        self._generation.set(generation)
        self._keys_well.set(int(well))

    def key_days_left(self, purpose: str, days: float) -> None:
        """Say how long the active key of a purpose is still to be used."""
        self._days_left.labels(purpose).set(days)

    def upkeep_left(self, job: str, left: int) -> None:
        """Say how much a job has left."""
        self._upkeep_left.labels(job).set(left)

    def exchange(self, *, mount: str, route: str, verdict: str, code: str, seconds: float) -> None:
        """Count one exchange. Its labels are looked up once: they are few, and the look-up costs most of the count."""
        key = (mount, route, verdict, code)
        held = self._children.get(key)
        if held is None:
            held = self._children[key] = (self._exchanges.labels(*key), self._seconds.labels(mount))
        held[0].inc()
        held[1].observe(seconds)

    def people(self, *, mount: str, veiled: int, reidentified: int) -> None:
        """Count what was replaced and what was put back."""
        if veiled:
            self._veiled.labels(mount).inc(veiled)
        if reidentified:
            self._reidentified.labels(mount).inc(reidentified)

    def render(self) -> bytes:
        """Return the exposition format."""
        return generate_latest(self.registry)
