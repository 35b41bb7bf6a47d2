"""A film as it may be sent: turned by quarter turns, or inverted."""

import numpy as np

from cxr.geometry import Square, sample
from cxr.radiograph import Pixels


def letterbox(film: Pixels, turns: int, invert: bool, side: int) -> Pixels:
    """The film as serving sends it to the discriminator, turned counter-clockwise and inverted on request.

    Args:
        turns: quarter turns.
        side: pixels of the result.
    """
    turned = np.ascontiguousarray(np.rot90(255 - film if invert else film, turns))
    return sample(turned, Square.whole(turned.shape), side)
