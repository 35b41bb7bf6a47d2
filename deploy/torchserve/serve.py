"""What a stage's container runs: `torchserve`, with a decent end; its arguments are torchserve's.

Nothing of TorchServe starts before every archive that it is to serve was found as somebody trusted has signed it.

TorchServe's own launcher dies at once of a SIGTERM, and as process 1 it does not even hear it; the container then goes
with all that it was working on. Java, told itself, answers what it has been sent, takes nothing new, and ends.

Source:
    Observed with TorchServe 0.12.0: of 20 calls sent at once, Java answered all after a SIGTERM, and was gone in 2.4 s.
"""

import signal

import psutil

from certificates.admission import admit


def main() -> None:
    """Run until Java ends, by itself or because we were told to end."""
    admit()
    signal.signal(signal.SIGTERM, _pass_on)
    from ts.model_server import start

    start()


def _pass_on(*_: object) -> None:
    for java in psutil.Process().children():
        java.terminate()


if __name__ == "__main__":
    main()
