"""How the store says no."""


class Refused(Exception):
    """An HTTP status and a text. Like the measured stores' texts it may quote what was sent."""

    def __init__(self, status: int, message: str) -> None:
        """Status and text."""
        super().__init__(status)
        self.status = status
        self.message = message
