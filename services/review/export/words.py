"""What a table of an export is made of."""

Row = dict[str, str]


def inert(text: str) -> str:
    """Text that a spreadsheet takes for text, and not for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
