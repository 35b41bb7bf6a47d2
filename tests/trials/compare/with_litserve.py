"""LitServe: one API whose workers hold all three networks. `python with_litserve.py PORT WORKERS`."""

import sys
from typing import Any

import litserve as ls
from fastapi import UploadFile

from tests.trials.compare.work import Film, Network, refused


class Cascade(ls.LitAPI):
    """Source: LitServe's documentation, "Full control" (several models in setup) and "Request, response format"."""

    def setup(self, device: str) -> None:
        self.discriminator, self.segmenter, self.classifier = map(Network, ("discriminator", "segmenter", "classifier"))

    def decode_request(self, request: UploadFile) -> Film:
        return Film.read(request.file.read())

    def predict(self, film: Film) -> dict[str, Any]:
        seen = self.discriminator(film.whole("discriminator"))
        if seen.refusal:
            return refused(seen.refusal)
        found = self.segmenter(film.whole("segmenter"))
        if found.refusal:
            return refused(found.refusal)
        return film.answer(seen, found, self.classifier(film.lungs(found)))


if __name__ == "__main__":
    server = ls.LitServer(Cascade(), accelerator="cpu", workers_per_device=int(sys.argv[2]))
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
