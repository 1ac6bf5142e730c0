"""How the audit log is signed, and where what was signed is kept."""

from typing import Annotated

from pydantic import Field

from proxy.config.tree import Tree


class AuditWitness(Tree):
    """A witness (C2SP tlog-witness): another machine that signs how long the log is, and no other past after that."""

    url: str = Field(pattern="^https?://", description="Its address; checkpoints go to `/add-checkpoint` under it.")
    key: str = Field(min_length=1, description="Its public key, as `scormveil witness show` prints it.")


class Audit(Tree):
    """The audit log: what every process did, each in a log of its own."""

    directory: str = Field(
        default="audit",
        description="The notebook: a folder for checkpoints, made by us, outside the database.",
    )
    entries: Annotated[int, Field(ge=1)] = Field(default=1000, description="Sign after so many entries,")
    seconds: Annotated[int, Field(ge=1)] = Field(default=60, description="or after so many seconds if there are any.")
    verify_hours: Annotated[int, Field(ge=0)] = Field(
        default=24, description="Every so many hours a process verifies its whole log again; 0: never."
    )
    waiting: Annotated[int, Field(ge=1)] = Field(
        default=1024, description="So many writes wait for a slow disk or database; what comes then is refused at once."
    )
    files: tuple[str, ...] = Field(
        default=(), description="Further folders for checkpoints, which must be there: a mount of another machine."
    )
    witnesses: tuple[AuditWitness, ...] = Field(
        default=(),
        description="Witnesses that sign each checkpoint.",
        examples=['url = "https://witness.example"\n# key = "witness.example/w1+…"'],
    )
    syslog: str = Field(
        default="", description="Send checkpoints to `udp://host:514`, `tcp://…`, `tls://…` or `unix:/dev/log`."
    )
