"""What stands for people, where a store wants it in another form."""

from typing import Annotated

from pydantic import Field

from proxy.config.tree import Tree


class Pseudonyms(Tree):
    """How people are called on the other side."""

    mail_domain: Annotated[
        str, Field(pattern=r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z]$", max_length=190)
    ] = Field(
        default="pseudonym.invalid",
        description="Domain of the addresses that stand for people. Some stores refuse `.invalid`; then name a domain "
        "of your own that takes no mail. What was told at another one stays known.",
    )
