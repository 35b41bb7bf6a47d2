"""The images that docker-compose.yml builds, as files that `docker load` takes, where there is a registry or none."""

import os
import subprocess
from pathlib import Path

from distribution.errors import DistributionError
from local.places import ROOT

OURS = "cxr-cascade/"
DIGESTS = "DIGESTS"
"""A line for each image: the id that `docker image inspect` tells after it was loaded, and its name."""

MAX_BUILD_S = 3600


def save(out: Path, version: str, epoch: int, root: Path = ROOT) -> None:
    """Build all, and write each to a file, and what each is known by to one beside them.

    Args:
        out: the folder they come to.
        version: which docker-compose.yml has to name.
        epoch: the time that they and all their files have, in seconds since 1970.
        root: the working tree.

    Raises:
        DistributionError: there is no Docker, it fails, or the file names another version.
    """
    listed = _docker(root, "compose", "config", "--images").split()
    names = sorted({each for each in listed if each.startswith(OURS)})
    if other := [each for each in names if not each.endswith(f":{version}")]:
        raise DistributionError(f"docker-compose.yml names {other[0]}, and this is version {version}.")
    _docker(root, "compose", "build", SOURCE_DATE_EPOCH=str(epoch))
    out.mkdir()
    for name in names:
        file = out / f"{name.removeprefix(OURS).partition(':')[0]}.tar"
        _docker(root, "save", "--output", str(file.resolve()), name)
    ids = [_docker(root, "image", "inspect", "--format", "{{.Id}}", name).strip() for name in names]
    (out / DIGESTS).write_text("".join(f"{id_}  {name}\n" for id_, name in zip(ids, names, strict=True)))


def _docker(root: Path, *words: str, **variables: str) -> str:
    command = ["docker", *words]
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=MAX_BUILD_S,
        )
    except FileNotFoundError as error:
        raise DistributionError("images want Docker with Compose (docs/deployment.md), and there is none.") from error
    except subprocess.TimeoutExpired as error:
        raise DistributionError(f"docker {words[0]} {words[1]} did not end within {MAX_BUILD_S} s.") from error
    if done.returncode:
        raise DistributionError(f"docker {words[0]} {words[1]}: {' '.join(done.stderr.split())[-500:]}")
    return done.stdout
