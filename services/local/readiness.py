"""Whether a stage, or the gateway, can answer now: asked of the model's worker itself, not of the server before it."""

import grpc
import httpx
from redis import Redis
from redis.exceptions import RedisError

from client import authorities
from cxr import wire
from cxr.errors import CxrError
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub


def describe(stage: str, target: str, timeout_s: float) -> wire.Description | None:
    """Who the stage says it is; None where it does not answer within timeout_s.

    Args:
        stage: its name.
        target: host:port of its gRPC inference API.
        timeout_s: how long to wait for a worker that is loading.
    """
    request = PredictionsRequest(model_name=stage, input={"data": wire.encode_request(None, "readiness")})
    try:
        with grpc.insecure_channel(target) as channel:
            reply = InferenceAPIsServiceStub(channel).Predictions(request, timeout=timeout_s)
        answer = wire.decode_reply(stage, reply.prediction).answer
    except (grpc.RpcError, CxrError):
        return None
    return answer if isinstance(answer, wire.Description) else None


def http_ready(url: str, timeout_s: float) -> bool:
    """Whether a gateway, a listener or a reading room says that it can do its work."""
    try:
        return httpx.get(f"{url}/readyz", timeout=timeout_s, verify=authorities.usual()).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def valkey_ready(url: str) -> bool:
    """Whether Valkey answers a ping."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as valkey:
            return bool(valkey.ping())
    except RedisError:
        return False
