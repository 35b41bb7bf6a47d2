"""Run the gateway: `python -m gateway`. Its commands: `python -m gateway release --help`, `... audit verify`."""

import argparse
import sys


def main() -> None:
    """Read the settings, then serve until stopped; requests in flight are finished first."""
    # Here and not above: the process that decodes compressed pixels imports this module too, and needs none of it.
    import cv2
    from pydantic import ValidationError

    from cxr import logs
    from gateway.app import create_app
    from gateway.fleet.releases import ReleasesError
    from gateway.server import serve
    from gateway.settings import Settings

    if sys.argv[1:2] in (["release"], ["audit"]):
        from gateway import audit, release

        sys.exit({"release": release, "audit": audit}[sys.argv[1]].main(sys.argv[2:]))
    about = "Run the gateway, as CXR_* variables say (docs/settings.md). Commands: `gateway release`, `gateway audit`."
    argparse.ArgumentParser("gateway", description=about).parse_args()
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"CXR_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors())
        sys.exit(f"gateway: {wrong}")
    logs.configure("gateway", settings.log_level)
    cv2.setNumThreads(1)  # resizing gains nothing from a second core, which a stage's worker wants
    try:
        app = create_app(settings)
    except (ReleasesError, OSError, ValueError) as error:
        sys.exit(f"gateway: {error}")
    serve(app, settings)


if __name__ == "__main__":
    main()
