"""BentoML: a service a network, and one that depends on them: `bentoml serve` with this module's Cascade."""

from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import bentoml
import numpy as np

from cxr import wire
from tests.trials.compare.work import Film, Network, refused


class Stage:
    """An array in, an array out: what crosses between services cheaply. An answer is the bytes that we know it as."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._network = Network(self.name)

    @bentoml.api
    def ask(self, square: np.ndarray) -> np.ndarray:
        return np.frombuffer(wire.encode_answer(self._network(square), digest=""), np.uint8)


@bentoml.service(workers=1)
class Discriminator(Stage):
    name = "discriminator"


@bentoml.service(workers=1)
class Segmenter(Stage):
    name = "segmenter"


@bentoml.service(workers=1)
class Classifier(Stage):
    name = "classifier"


@bentoml.service(workers=1)
class Cascade:
    """Source: BentoML's documentation, "Model composition" (sequential) and "Input and output types" (root input)."""

    discriminator = bentoml.depends(Discriminator)
    segmenter = bentoml.depends(Segmenter)
    classifier = bentoml.depends(Classifier)

    @bentoml.api
    async def assess(self, file: Path, /) -> dict[str, Any]:
        film = Film.read(file.read_bytes())  # noqa: ASYNC240 - as the documentation does it
        seen = await _asked(self.discriminator, film.whole("discriminator"))
        if seen.refusal:
            return refused(seen.refusal)
        found = await _asked(self.segmenter, film.whole("segmenter"))
        if found.refusal:
            return refused(found.refusal)
        return film.answer(seen, found, await _asked(self.classifier, film.lungs(found)))


async def _asked(service: Any, square: np.ndarray) -> Any:
    """What fails is asked again: after every hundred calls BentoML's client closes its session under those in flight.

    Source: BentoML 1.4.40, _bentoml_impl.client.proxy2.SessionManager.get_session; its issue 5544 is of the same place.
    """
    try:
        encoded = await service.to_async.ask(square)
    except aiohttp.ClientConnectionError:
        encoded = await service.to_async.ask(square)
    return wire.decode_reply("", encoded.tobytes()).answer
