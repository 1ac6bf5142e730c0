"""What every table of the configuration is."""

from pydantic import BaseModel, ConfigDict


class Tree(BaseModel):
    """Base of every table: frozen, and an unknown key is a problem, not a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
