"""What can go wrong when results are asked for."""

from cxr.errors import CxrError


class NotFoundError(CxrError):
    """There is no such assessment, or it has expired."""

    code = "not-found"


class GoneError(NotFoundError):
    """There was such a thing, and it is kept no longer."""

    code = "gone"
