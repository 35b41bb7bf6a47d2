"""What all bodies of several parts have in common, and the parser that we use does not know (RFC 2046, 5.1.1)."""

LINE_ENDS = "its lines of boundaries and headers end with CR LF"
"""For whoever is told that parts cannot be told apart: what is wrong in most of these bodies."""


class Preamble:
    """Leaves out what is before the first boundary, as mail libraries write it: nobody is to read it."""

    def __init__(self, boundary: bytes) -> None:
        self._line = b"\r\n--" + boundary
        self._held = b"\r\n"  # the body's first line may be the boundary
        self._found = False

    def skip(self, piece: bytes) -> bytes:
        """What of the next piece of a body the parser is to see; of the preamble, no more than a line is held."""
        if self._found:
            return piece
        data = self._held + piece
        start = data.find(self._line)
        self._found = start >= 0
        self._held = data[1 - len(self._line) :]
        return data[start + 2 :] if self._found else b""
