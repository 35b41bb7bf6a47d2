"""Which release a film goes to, where there are several, is drawn by its patient.

Two releases' scores may be on different scales: of one patient's earlier film and new one, the same release answers.
"""

from pydicom import Dataset

from gateway.vault import Vault
from gateway.work import Work
from imaging.header import unpack


class Draws:
    """Draws that are the same at all gateways with the same secret, and that nobody without it can repeat."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of(self, work: Work) -> float:
        """From 0 to less than 1, the same for all films of a patient; not for a log, nor to be kept.

        It unpacks the header, so it is asked for only where a release has a share of the films.
        """
        return int.from_bytes(self._vault.digest("draw", *whose(work.film, work.header))[:4], "big") / 2**32


def whose(film: str, packed: bytes | None) -> tuple[str, ...]:
    """Issuer of the patient's id and that id, which are patient data; the film's name where the header has no id.

    Args:
        film: its name.
        packed: its header; None for a picture.
    """
    header = unpack(packed) if packed else Dataset()
    patient, issuer = (str(header.get(each) or "").strip() for each in ("PatientID", "IssuerOfPatientID"))
    return ("patient", issuer, patient) if patient else ("film", film)
