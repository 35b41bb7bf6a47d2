"""What the measured reading room holds: a month of films, and what two readers said of half of them."""

from datetime import UTC, datetime, timedelta

import numpy as np

from tests.integration.reading_room import Room
from tests.unit.review.site import Site
from vocabulary.conditions import CLASSES

BLIND_SHARE, READER_RIGHT = 0.3, 0.85
"""As tests.unit.review.site.simulate has them: plausible, and of no hospital."""


def fill(room: Room, films: int) -> None:
    """Films, one every four minutes until now; a tenth is unread, and each second one has two opinions."""
    site, now = Site(room.sessions), datetime.now(UTC)
    random = np.random.default_rng(0)
    readers = [site.reader("bob", "Dr Bob"), site.reader("cyd", "Dr Cyd")]
    for number in range(films):
        urgency = (number * 37 % 100) / 100
        arrived = now - timedelta(minutes=4 * (films - number) + 1)
        named = {"patient_name": f"Patient {number}", "search": f"patient {number} p{number}"}
        read, blind = bool(number % 2), bool(random.random() < BLIND_SHARE)
        film = site.film(
            (urgency, (1 - urgency) / 2, (1 - urgency) / 2),
            state="unread" if number % 10 == 0 else "settled",
            arrived=arrived,
            blind=read and blind,
            **named,
        )
        for reader in readers if read else ():
            label = film["predicted_class"] if random.random() < READER_RIGHT else random.choice(CLASSES)
            seconds = float(random.lognormal(3 if blind else 2.5, 0.6))
            site.opinion(film, reader, str(label), arrived + timedelta(minutes=5), blind, seconds=seconds)
    site.keep()
