"""What a model server's process does before TorchServe starts: no archive is served that nobody trusted has signed.

The model server's image has this module too, where there is none of our other code: it imports nothing of ours but
seal.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from certificates import seal

TRUSTED = "CXR_TRUSTED_KEYS"
"""Environment variable: the folder of the public keys (*.pub) whose archives are served."""

LOAD, STORE = "TS_LOAD_MODELS", "--model-store"
PREFIX = "cxr-archives-"


def admit() -> None:
    """Have TorchServe, which this process is about to become, serve nothing but what was signed; else end the process.

    PYTHONPATH goes, for what it names comes before the archive in a worker, and would run instead of what was signed.

    Source:
        TorchServe 0.12.0: the environment of a worker that was started with a PYTHONPATH.
    """
    try:
        sys.argv = admitted(sys.argv, os.environ)
    except (seal.SealError, OSError) as error:
        sys.exit(f"Not served: {error}.")
    os.environ.pop("PYTHONPATH", None)


def admitted(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """TorchServe's arguments, with a model store in which there is nothing but what was signed.

    It is a new folder, for this user alone, with the archives packed anew from what was verified: TorchServe reads no
    byte that was not looked at, and none that was changed since.

    Args:
        arguments: what torchserve was called with; --model-store names the folder of the archives.
        environment: TS_LOAD_MODELS names the archives, with commas between them; CXR_TRUSTED_KEYS the keys' folder.

    Raises:
        SealError: an archive is not as it was signed, or nothing says which, or whom to trust.
        OSError: the new folder cannot be written.
    """
    if STORE not in arguments[:-1]:
        raise seal.SealError(f"{STORE} does not say where the archives are")
    if missing := [name for name in (LOAD, TRUSTED) if not environment.get(name)]:
        raise seal.SealError(f"{missing[0]} is not set, so that no archive can be trusted")
    given = list(arguments)
    at = given.index(STORE) + 1
    keys = seal.trusted_keys(Path(environment[TRUSTED]))
    names = [name.rpartition("=")[2] for name in environment[LOAD].split(",") if name]
    archives = {name: seal.opened(Path(given[at]) / name, keys) for name in names}
    own = _own_folder()
    for name, archive in archives.items():
        seal.pack(own / name, archive.contents)
        said = archive.seal
        print(f"{name}: version {said.version}, signed ({archive.key.name}), digest {said.digest}", flush=True)
    given[at] = str(own)
    return given


def _own_folder() -> Path:
    """A new one; one that an earlier start left is removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX))
