"""What films are accepted: SOP classes and transfer syntaxes. docs/conformance.md is written from it."""

from pydicom import uid
from pynetdicom.presentation import PresentationContext, build_context

ONE_FRAME = "assessed if it has one frame"

SOP_CLASSES: dict[uid.UID, str] = {
    uid.DigitalXRayImageStorageForPresentation: "assessed",
    uid.DigitalXRayImageStorageForProcessing: "assessed, from the raw detector values",
    uid.ComputedRadiographyImageStorage: "assessed",
    uid.SecondaryCaptureImageStorage: "assessed, as a fallback; our own overlays are ignored",
    uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage: ONE_FRAME,
    uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage: ONE_FRAME,
    uid.MultiFrameTrueColorSecondaryCaptureImageStorage: ONE_FRAME,
}
"""Storage SOP class to what becomes of its instances."""

TRANSFER_SYNTAXES: tuple[uid.UID, ...] = (
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.RLELossless,
    uid.JPEGBaseline8Bit,
    uid.JPEGExtended12Bit,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
    uid.JPEGLSLossless,
    uid.JPEGLSNearLossless,
    uid.JPEG2000Lossless,
    uid.JPEG2000,
)
"""In the order of preference; a film is kept and sent on in the syntax that it came in."""


VERIFICATION = uid.UID("1.2.840.10008.1.1")
"""C-ECHO. Source: PS3.4, A.4."""


def contexts() -> list[PresentationContext]:
    """Presentation contexts that we accept: C-ECHO, and every film in every transfer syntax."""
    films = [build_context(storage, list(TRANSFER_SYNTAXES)) for storage in SOP_CLASSES]
    return [build_context(VERIFICATION), *films]
