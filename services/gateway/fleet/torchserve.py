"""What TorchServe's gRPC statuses mean, which they alone do not say."""

import grpc

from cxr.errors import StageError, StageFailedError
from gateway.errors import StageTimeoutError, StageUnavailableError


def stage_error(stage: str, code: grpc.StatusCode, details: str) -> StageError:
    """Say what TorchServe meant, which its gRPC status alone does not.

    Source:
        Observed with TorchServe 0.12: a handler's uncaught exception is UNAVAILABLE "Prediction failed"; a full queue
        is INTERNAL "... has no worker to serve ..."; a worker that dies under a call, or is restarting, is
        RESOURCE_EXHAUSTED or INTERNAL "Worker died"; an archive that is not loaded is INTERNAL "Model not found".
    """
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return StageTimeoutError(stage, "did not answer in time")
    if code is grpc.StatusCode.UNAVAILABLE and "Prediction failed" in details:
        return StageFailedError(stage, "its handler failed")
    if code is grpc.StatusCode.UNAVAILABLE:
        return StageUnavailableError(stage, "cannot be reached")
    if "has no worker" in details:
        return StageUnavailableError(stage, "its queue is full or it has no worker")
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED or "Worker died" in details:
        return StageUnavailableError(stage, "its worker died and is restarted")
    if "Model not found" in details:
        return StageUnavailableError(stage, "its model is not loaded")
    if code is grpc.StatusCode.PERMISSION_DENIED:
        return StageUnavailableError(stage, "it wants a token, which the gateway has none of")
    return StageFailedError(stage, f"gRPC status {code.name}")
