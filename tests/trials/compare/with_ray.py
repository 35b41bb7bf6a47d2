"""Ray Serve: a deployment a network and one that calls them. `python with_ray.py PORT CORES FOLDER`."""

import sys
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle
from starlette.requests import Request

from cxr.radiograph import Pixels
from cxr.wire import Answer
from tests.trials.compare.work import Film, Network, refused

HERE = "127.0.0.1"

STORE_BYTES = 200_000_000
"""Of shared memory for objects. Source: more than a hundred films; its least is 75 MB."""

SHARE = {"num_cpus": 0.4}
"""Of a core, for the scheduler: four deployments have to fit on two."""


@serve.deployment(ray_actor_options=SHARE, max_ongoing_requests=32)
class Stage:
    """One network."""

    def __init__(self, name: str) -> None:
        self._network = Network(name)

    def __call__(self, square: Pixels) -> Answer:
        return self._network(square)


@serve.deployment(ray_actor_options=SHARE, max_ongoing_requests=32)
class Cascade:
    """Source: Ray Serve's documentation, "Deploy compositions of models"."""

    def __init__(self, discriminator: DeploymentHandle, segmenter: DeploymentHandle, classifier: DeploymentHandle):
        self._discriminator, self._segmenter, self._classifier = discriminator, segmenter, classifier

    async def __call__(self, request: Request) -> dict[str, Any]:
        film = Film.read(await request.body())
        seen = await self._discriminator.remote(film.whole("discriminator"))
        if seen.refusal:
            return refused(seen.refusal)
        found = await self._segmenter.remote(film.whole("segmenter"))
        if found.refusal:
            return refused(found.refusal)
        return film.answer(seen, found, await self._classifier.remote(film.lungs(found)))


if __name__ == "__main__":
    port, cores, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    ray.init(
        num_cpus=cores,
        object_store_memory=STORE_BYTES,
        include_dashboard=False,
        _temp_dir=folder,
        _node_ip_address=HERE,
    )
    serve.start(http_options={"host": HERE, "port": port})
    stages = (Stage.options(name=name).bind(name) for name in ("discriminator", "segmenter", "classifier"))
    serve.run(Cascade.bind(*stages), blocking=True)
