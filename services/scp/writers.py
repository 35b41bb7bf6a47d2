"""What is written of a film that the gateway has answered: the same objects as the gateway's own addresses give."""

from collections.abc import Callable, Iterable
from functools import partial

import structlog

from results.errors import NotFoundError
from results.fhir import write_fhir
from results.overlay import write_overlay
from results.reading import Reading
from results.report import Superseded
from results.seg import write_lungs
from results.sr import write_sr
from scp.errors import UnwritableError

log = structlog.get_logger()


def write(reading: Reading, kinds: Iterable[str], earlier: Superseded | None) -> dict[str, bytes]:
    """The results of a reading by kind, those that there are: of a film refused before the segmenter, no lungs.

    Args:
        reading: with the film's header.
        kinds: results, as routes name them.
        earlier: the report of the same film that this one supersedes.

    Raises:
        UnwritableError: the film is such that a result cannot be written of it.
    """
    writers: dict[str, Callable[[Reading], bytes]] = {
        "sr": partial(write_sr, supersedes=earlier),
        "lungs": write_lungs,
        "overlay": write_overlay,
        "fhir": write_fhir,
    }
    written = {}
    for kind in sorted(kinds):
        try:
            written[kind] = writers[kind](reading)
        except NotFoundError:
            continue
        except Exception as error:  # a library met a film that it did not expect, and its words may be a patient's
            log.warning("result cannot be written", result=kind, error=type(error).__name__)
            raise UnwritableError(f"no {kind} can be written of it") from None
    return written
