"""`torchserve`, with a decent end: its arguments are torchserve's, and nothing that it started outlives it.

Nothing of TorchServe starts before every archive that it is to serve was found as somebody trusted has signed it.

TorchServe's own launcher dies at once of a signal, while Java takes seconds, starts its workers anew meanwhile and,
when it is killed itself, leaves them running.
Supervisor looks only at the launcher, so the launcher has to see to the rest.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from certificates.admission import admit  # noqa: E402 - once it can be found
from local import leftovers  # noqa: E402


def main() -> int:
    """Run TorchServe until it ends or is told to."""
    stack, process = os.environ[leftovers.STACK], os.environ[leftovers.PROCESS]
    temporary = Path(os.environ["TMPDIR"])
    if temporary.name != process or not temporary.parent.name.startswith("cxr-"):
        sys.exit(f"{temporary} is not a folder to empty")
    signal.signal(signal.SIGTERM, _leave)
    leftovers.sweep(stack, process, grace_s=0)
    _clear(temporary)
    admit()
    from ts.model_server import start

    try:
        start()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        leftovers.sweep(stack, process)
        _clear(temporary)
    return 1  # it was not told to end


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _clear(folder: Path) -> None:
    """Empty it: a pid file or worker sockets in it confuse the next start, and unpacked archives add up."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
