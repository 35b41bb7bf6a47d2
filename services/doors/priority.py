"""What a request's Priority header says."""

URGENT_WORDS = ("urgent", "u=0")
"""Source: RFC 9218, 4.1, whose most urgent is u=0; and its plain word, for people."""


def is_urgent(priority: str) -> bool:
    """Whether the header's value asks to go first; whatever it does not say is routine."""
    return any(word.strip().lower() in URGENT_WORDS for word in priority.split(","))
