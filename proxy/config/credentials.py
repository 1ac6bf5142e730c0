"""Who presents what to whom: secrets stand here by reference only."""

from pydantic import Field

from proxy.config.tree import Tree


class Credential(Tree):
    """A user and a password; the password by reference."""

    user: str = Field(default="", description="User name.")
    password: str = Field(default="", description="`env:NAME` or `file:path`; never the password itself.")


class V1(Tree):
    """Who signs calls of the V1 API: the LMS with a secret of ours, scormveil with the cloud's."""

    app_id: str = Field(default="", description="The application id that the LMS signs with; ours to choose.")
    secret: str = Field(default="", description="Its secret, ours too: `env:NAME` or `file:path`, never the cloud's.")
    cloud_app_id: str = Field(default="", description="The application id in SCORM Cloud.")
    cloud_secret: str = Field(default="", description="Its secret key: `env:NAME` or `file:path`.")


class Lti(Tree):
    """A consumer of LTI 1.1: with which key and secret the LMS signs launches, and with which we do for the cloud."""

    key: str = Field(
        default="", description="The consumer key that the LMS has; ours to choose, one for each dispatch."
    )
    secret: str = Field(default="", description="Its secret, ours too: `env:NAME` or `file:path`, never the cloud's.")
    cloud_key: str = Field(default="", description="The consumer key that SCORM Cloud gave for the dispatch.")
    cloud_secret: str = Field(default="", description="Its shared secret: `env:NAME` or `file:path`.")
