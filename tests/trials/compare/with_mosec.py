"""mosec: a chain of workers, each a process. `python with_mosec.py --port PORT`."""

from typing import Any

from mosec import Server, Worker

from tests.trials.compare.work import Film, Network, refused


class Discriminator(Worker):
    """Source: mosec's documentation, "Concept and FAQs" (stages of a pipeline); what goes on is pickled."""

    def __init__(self) -> None:
        self._network = Network("discriminator")

    def deserialize(self, data: bytes) -> Film:
        return Film.read(data)

    def forward(self, data: Film) -> Any:
        seen = self._network(data.whole("discriminator"))
        return refused(seen.refusal) if seen.refusal else (data, seen)


class Segmenter(Worker):
    def __init__(self) -> None:
        self._network = Network("segmenter")

    def forward(self, data: Any) -> Any:
        if isinstance(data, dict):
            return data
        film, seen = data
        found = self._network(film.whole("segmenter"))
        return refused(found.refusal) if found.refusal else (film, seen, found)


class Classifier(Worker):
    def __init__(self) -> None:
        self._network = Network("classifier")

    def forward(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict):
            return data
        film, seen, found = data
        return film.answer(seen, found, self._network(film.lungs(found)))


if __name__ == "__main__":
    server = Server()
    for stage in (Discriminator, Segmenter, Classifier):
        server.append_worker(stage)
    server.run()
