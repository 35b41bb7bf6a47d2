"""What can go wrong in the gateway, beside what is wrong with a file.

CxrError
├── InputError ...                  the caller can fix it: cxr.errors, and
│   └── NotDeployedError            what is asked of the film has no stage here
├── NotFoundError                   no such assessment, or it has expired: results.errors
├── RunningError                an assessment that is not finished cannot be removed; try again later
├── OverloadedError                 too many requests in flight; try again later: imaging.errors
├── FeedUnavailableError            Redis, which keeps the feed, is away; try again later
├── StoreUnavailableError           Redis is away, which alone knows what is asked for; try again later
└── StageError                      a stage did not answer: cxr.errors, and
    ├── StageUnavailableError       not up, or its queue is full; try again later
    └── StageTimeoutError           the deadline passed; try again later
"""

from cxr.errors import CxrError, InputError, StageError


class FeedUnavailableError(CxrError):
    """The feed cannot be read, since Redis is away; assessments go on."""

    code = "feed-unavailable"
    retry_after_s = 2


class StoreUnavailableError(CxrError):
    """Redis is away, and what is asked for is not in the gateway's memory: nobody can say that it does not exist."""

    code = "store-unavailable"
    retry_after_s = 2


class RunningError(CxrError):
    """The assessment is not finished, and cannot be removed before it is."""

    code = "still-running"
    retry_after_s = 2


class NotDeployedError(InputError):
    """The problem that was asked for has no stage at this gateway: asking again does not help."""

    code = "problem-not-deployed"


class StageUnavailableError(StageError):
    """The stage is not up, or its queue is full."""

    code = "stage-unavailable"
    retry_after_s = 5


class StageTimeoutError(StageError):
    """The stage did not answer within the request's deadline."""

    code = "stage-timeout"
    retry_after_s = 5
