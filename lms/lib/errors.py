"""Errors that mean something to a person, not to a programmer."""


class WrongState(Exception):
    """The object is not, or no longer, in the state this step needs. Shown kindly on a page with status 409.

    headline: of that page, where a kind of refusal has a truer one than "This was changed in the meantime".
    """

    headline = ""

    def __init__(self, message: str = "", *, obj: object | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.obj = obj
