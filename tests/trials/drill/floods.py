"""More than can be taken: at the gateway's door, and in TorchServe's own queue."""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np

from cxr import wire
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from tests.trials.drill.fault import Fault
from tests.trials.drill.site import Site

BURST = 150
"""Films at once. Source: more than four times what the gateway has at work at most by default."""
CALLS = 150
"""At once. Source: job_queue_size in deploy/torchserve/config.properties is at most 100."""
HOLD_S = 4.0


class Burst(Fault):
    """Films beyond capacity get 429 at once, the others are answered. The queue is empty soon after."""

    name = "burst at the gateway"

    def inject(self, site: Site) -> None:
        """From as many clients."""
        site.load.burst(BURST)


class QueueFull(Fault):
    """Another client fills the discriminator's queue: films wait within their deadline, or get 429 or 503."""

    name = "TorchServe's queue full"
    hold_s = HOLD_S

    def inject(self, site: Site) -> None:
        """With films as large as the discriminator wants."""
        side = site.side("discriminator")
        pixels = np.zeros((side, side), np.uint8)
        self._request = PredictionsRequest(
            model_name="discriminator", input={"data": wire.encode_request(pixels, "drill")}
        )
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(CALLS)
        self._channel = grpc.insecure_channel(site.stages.target("discriminator"))
        for _ in range(CALLS):
            self._pool.submit(self._ask)

    def mend(self, site: Site) -> None:
        """Ask no more; what is queued there is computed first."""
        self._over.set()
        self._pool.shutdown()
        self._channel.close()

    def _ask(self) -> None:
        while not self._over.wait(0.05):
            try:
                InferenceAPIsServiceStub(self._channel).Predictions(self._request, timeout=60)
            except grpc.RpcError:  # full: as it should be
                continue
