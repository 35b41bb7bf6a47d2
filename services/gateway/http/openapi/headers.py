"""Headers as the routes describe them."""

from typing import Any


def asked(name: str, description: str) -> dict[str, Any]:
    """One that a request may have: a Parameter Object."""
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string"}}


def told(name: str, description: str, kind: str = "string") -> dict[str, Any]:
    """One that an answer always has, by its name: a Header Object."""
    return {name: {"description": description, "required": True, "schema": {"type": kind}}}


AGAIN = told("Retry-After", "seconds after which to ask again", "integer")
