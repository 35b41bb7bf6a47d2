"""Run the gateway: `python -m gateway`. Its commands: `python -m gateway release --help`, `... audit verify`."""

import argparse
import sys
from collections.abc import Sequence

ABOUT = """Serve the gateway until it is told to stop: radiographs in over HTTP (DICOM files, PNG, JPEG, DICOMweb), what
the three stages say of them out. It finds the stages and Redis where its settings say, and answers /readyz when all
stages are there; requests that are in flight are finished before it ends."""

SETTINGS = """Settings: variables of the environment whose names begin with CXR_, such as CXR_PORT=8000 and
CXR_TOKEN_FILE=/run/token. docs/settings.md lists them; one that cannot be is named when the gateway starts.
`make up` starts it with everything that it needs, on one machine."""

COMMANDS = {
    "release": "which versions of the stages answer: show, shadow, canary, serve, settle, rollback",
    "audit": "whether the audit is whole, or which row was the first to be changed",
}
"""Beside serving, each with a --help of its own."""


def main() -> None:
    """Read the settings, then serve until stopped; requests in flight are finished first."""
    _do_command(sys.argv[1:])
    # Here and not above: the process that decodes compressed pixels imports this module too, and needs none of it.
    from cxr.importing import importing

    with importing():
        import cv2
        from pydantic import ValidationError

        from auditing.settings import wrong
        from cxr import logs
        from gateway.app import create_app
        from gateway.fleet.releases import ReleasesError
        from gateway.server import serve
        from gateway.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(f"gateway: {wrong(error, Settings)}")
    logs.configure("gateway", settings.log_level)
    cv2.setNumThreads(1)  # resizing gains nothing from a second core, which a stage's worker wants
    try:
        app = create_app(settings)
    except (ReleasesError, OSError, ValueError) as error:
        sys.exit(f"gateway: {error}")
    serve(app, settings)


def _do_command(words: Sequence[str]) -> None:
    """Do the command and end, where the words name one, ask for help or are wrong."""
    if words and words[0] in COMMANDS:
        from gateway import audit, release

        sys.exit({"release": release, "audit": audit}[words[0]].main(list(words[1:])))
    parser = argparse.ArgumentParser(
        "python -m gateway", "%(prog)s [-h] [COMMAND ...]", description=ABOUT, epilog=SETTINGS
    )
    commands = parser.add_subparsers(metavar="COMMAND", title="commands beside serving, each with its --help")
    for name, about in COMMANDS.items():
        commands.add_parser(name, help=about)
    parser.parse_args(words)


if __name__ == "__main__":
    main()
