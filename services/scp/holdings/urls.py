"""Addresses of what is held (PS3.18, table 10.4.1-1); base is the URL of the DICOMweb service."""

from scp.holdings.index import Held


def study_url(base: str, held: Held) -> str:
    """Where the study of an instance is retrieved."""
    return f"{base}/studies/{held.study}"


def series_url(base: str, held: Held) -> str:
    """Where its series is."""
    return f"{study_url(base, held)}/series/{held.series}"


def instance_url(base: str, held: Held) -> str:
    """Where it is."""
    return f"{series_url(base, held)}/instances/{held.instance}"
