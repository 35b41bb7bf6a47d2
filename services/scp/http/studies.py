"""/dicomweb/studies: STOW-RS (PS3.18, 10.5). Its public address is the gateway's, which passes requests on to here."""

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool

from cxr.errors import MalformedError, TooLargeError
from doors.accept import preferred
from doors.errors import NotAcceptableError
from doors.priority import is_urgent
from doors.request_id import current_request_id
from doors.uploads import unpacking
from imaging.errors import OverloadedError
from scp.errors import NoRoomError
from scp.holdings.urls import instance_url, study_url
from scp.http.addresses import base
from scp.http.multipart import body_of
from scp.http.native import to_xml
from scp.http.received import Received
from scp.http.stow import Instance, Outcome
from scp.intake import OUT_OF_RESOURCES, SUCCESS
from scp.service import Service
from scp.trail import REFUSED, arriving

log = structlog.get_logger()

JSON, XML = "application/dicom+json", "application/dicom+xml"
OFFERED = {JSON: JSON, XML: XML, "application/json": JSON, "application/xml": XML, "text/xml": XML}
"""What the Accept header may ask for, and what is answered. Source: PS3.18, 8.7.3 and 10.5.3; the last three are what
libraries for JSON and XML ask for by themselves."""

SENDER = "STOW-RS"
"""As the ledger names whoever sent a film."""

BUSY_S = 10
"""After which there may be room again."""

STORING_S = 90.0
"""For taking a request apart, beside the time in which it arrives; and as much for storing what is in it. Source: both
together, and CXR_SCP_UPLOAD_TIMEOUT_S, are less than the 300 s for which the gateway waits."""


def router(service: Service) -> APIRouter:
    """The routes of a running service."""
    studies = Studies(service)
    routes = APIRouter(prefix="/dicomweb")

    @routes.post("/studies")
    async def store_instances(request: Request) -> Response:
        """Store instances: 200 when all are on the disk, 202 when some are, 409 when none is."""
        return await studies.store(request, None)

    @routes.post("/studies/{study}")
    async def store_study_instances(
        request: Request, study: Annotated[str, InPath(pattern=r"^[0-9.]{1,64}$")]
    ) -> Response:
        """As /studies, for instances of one study only; those of another are not stored."""
        return await studies.store(request, study)

    return routes


class Studies:
    """Stores instances in the spool. Nothing is taken in before the whole request has come and is well-formed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = asyncio.Semaphore(service.settings.max_associations)

    async def store(self, request: Request, study: str | None) -> Response:
        """The answer to one request.

        Raises:
            MalformedError: not a whole body of instances.
            UnsupportedTypeError: another type or coding of body than there is.
            NotAcceptableError: another type of answer.
            TooLargeError: more bytes or instances than one request may have, or more than is taken apart in time.
            OverloadedError: too many requests at once, or no room for any of the instances.
        """
        kind = _kind(request.headers.get("accept", ""))
        if self._places.locked():
            raise OverloadedError(BUSY_S)
        async with self._places:
            with Received(self._service.spool) as received:
                await self._receive(request, received)
                urgent = is_urgent(request.headers.get("priority", ""))
                outcome = await run_in_threadpool(self._keep, received.paths, study, urgent)
        if outcome.full and not outcome.stored:
            raise OverloadedError(BUSY_S)
        module = await run_in_threadpool(self._module, outcome, base(request))
        answer = to_xml(module) if kind == XML else json.dumps(module)
        return Response(answer, outcome.status(), media_type=kind)

    async def _receive(self, request: Request, received: Received) -> None:
        settings = self._service.settings
        try:
            body = body_of(request.headers.get("content-type", ""), received)
            async with asyncio.timeout(settings.upload_timeout_s + STORING_S):
                async for piece in unpacking(request, settings.upload_timeout_s, settings.max_store_bytes):
                    await run_in_threadpool(body.feed, piece)
            body.finish()
        except TimeoutError as error:
            raise TooLargeError("it takes too long to take apart: send less at once") from error
        except (NoRoomError, OSError) as error:
            log.warning("refused", sender=SENDER, reason=str(error))
            self._service.metrics.received.labels("full").inc()
            raise OverloadedError(BUSY_S) from error
        if not received.paths:
            raise MalformedError("the request has no instance in it")

    def _keep(self, paths: list[Path], study: str | None, urgent: bool) -> Outcome:
        """What becomes of each; those for which there is no time are to be sent again."""
        outcome, end = Outcome(study), time.monotonic() + STORING_S
        with arriving(self._service.trail, SENDER, request=current_request_id()) as arrived:
            for path in paths:
                with self._service.spool.vault.open(path) as file:
                    instance = Instance.at(file)
                late = OUT_OF_RESOURCES if time.monotonic() >= end else None
                if reason := instance.failure(study) or late:
                    arrived.add(instance.study_instance_uid, REFUSED)
                else:
                    reason = self._service.intake.store(path, SENDER, urgent, arrived)
                outcome.add(instance, None if reason == SUCCESS else reason)
        return outcome

    def _module(self, outcome: Outcome, at: str) -> dict[str, Any]:
        """The answer, with addresses of what can be retrieved: of what is ours and came back, perhaps nothing can."""
        holdings = self._service.holdings
        holdings.index.refresh()
        stored = [instance for instance, reason in outcome.instances if reason is None]
        urls, studies = {}, set()
        for each in stored:
            for held in holdings.index.find(each.study_instance_uid, instance=each.sop_instance_uid):
                urls[each] = instance_url(at, held)
                studies.add(study_url(at, held))
        of_one = len(studies) == len({each.study_instance_uid for each in stored}) == 1
        return outcome.module(urls, studies.pop() if of_one else None)


def _kind(accept: str) -> str:
    """Of the answer; found out before anything is stored."""
    wanted = preferred(accept, list(OFFERED))
    if wanted is None:
        raise NotAcceptableError(f"the answer is {JSON} or {XML}, which Accept does not allow")
    return OFFERED[wanted]
