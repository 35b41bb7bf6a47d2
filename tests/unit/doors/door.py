"""A door in a process of its own, for test_connections.py: python door.py PORT FILES MOST HEADER_S [PEM]."""

import resource
import sys

from fastapi import FastAPI, Request

from doors.connections import Limits
from doors.server import serve

app = FastAPI()


@app.get("/")
async def answer() -> str:
    return "ours"


@app.get("/large")
async def large() -> str:
    return "x" * 50_000_000


@app.post("/early")
async def early() -> str:
    """Without waiting for its body."""
    return "early"


@app.post("/")
async def body(request: Request) -> int:
    return len(await request.body())


if __name__ == "__main__":
    port, files, most, header_s, *pem = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files) // 2, int(files)))
    limits = Limits(int(most), float(header_s), 3 * float(header_s))
    certificate = {"ssl_certfile": pem[0], "ssl_keyfile": pem[0]} if pem else {}
    serve(app, limits, host="127.0.0.1", port=int(port), **certificate)
