"""Names of what is kept. None carries patient data, and nothing of a film but what its pixels decide."""

import hashlib

from cxr.radiograph import Radiograph
from cxr.wire import Description


def film_name(radiograph: Radiograph) -> str:
    """SHA-256 of shape, display transform and pixels, as hex: nothing of the patient but the pixels themselves."""
    digest = hashlib.sha256(f"{radiograph.shape} {radiograph.display} ".encode())
    digest.update(radiograph.pixels.tobytes())
    return digest.hexdigest()


def result_key(film: str, stages: dict[str, Description], despite_refusal: bool = False) -> str:
    """A film under these very archives: a new model or threshold can never answer with an old one's findings.

    Nor does what a doctor had assessed despite a refusal ever answer who asked for no such thing.
    """
    digests = " ".join(f"{name}={who.digest}" for name, who in sorted(stages.items()))
    overridden = " despite refusal" * despite_refusal
    return hashlib.sha256(f"{film} {digests}{overridden}".encode()).hexdigest()


def record(assessment_id: str) -> str:
    """Of an assessment."""
    return f"cxr:assessment:{assessment_id}"


def measured(assessment_id: str) -> str:
    """Of a measured film."""
    return f"cxr:measured:{assessment_id}"


def is_answer(name: str) -> bool:
    """Whether it is of an assessment or a measured film, and not of what these are made from."""
    return name.startswith((record(""), measured("")))


def made_of(film: str) -> str:
    """Of a set: the names of all that is kept of a film, by whichever requests."""
    return f"cxr:of:{film}"
