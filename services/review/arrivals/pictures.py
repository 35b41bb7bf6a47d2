"""Films' pictures on the disk: the gateway forgets them after a day, an opinion is kept for years."""

import hashlib
import shutil
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from auditing.disk import sync, write_whole
from client.errors import FailedError
from erasure.sealed.errors import DamagedError
from erasure.sealed.vault import Vault
from results.pictures import colours
from review.errors import DamagedPictureError, NoRoomError, NotFoundError
from review.languages.texts import gettext as _

HEAT_SIDE = 512
"""Pixels of the longer side of a kept heat map. Source: the map has 14 cells a side; more shows nothing more."""

HEAT_OF_NUMBER = "number"
"""In the place of a class's name: the heat map of a film of which a number is asked."""

COLD = 0.5
"""Of the hottest place of all classes' maps: up to it, nothing is shown. Source: a judgement. Every map has warm places
everywhere, and a reader takes any colour for a lesion."""

LUNGS_SIDE = 1024
"""Pixels of the longer side of the mask that contours are drawn from. Source: four for each of its own 256 cells."""

THUMBNAIL_SIDE = 160
"""Pixels; twice what the worklist shows, for dense screens."""

CONTOUR_TOLERANCE = 0.0015
"""Of the film's longer side: what a contour's corners may be off. Source: half of the mask's own cell (1/256)."""

MIN_LUNG_SHARE = 0.002
"""Of the film's pixels: smaller islands are no lungs."""

PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
GRAY, INDEXED = 0, 3
"""Colour types of PNG."""

Pixels = NDArray[np.uint8]
Contour = list[list[float]]


@dataclass(frozen=True)
class Drawn:
    """What one assessment looks like; bytes are PNG files."""

    radiograph: bytes
    pixels: Pixels
    heat: dict[str, bytes]
    """Class to its heat map, coloured."""
    contours: list[Contour]
    zones: dict[str, str] = field(default_factory=dict)
    """Class to where in the lungs its heat is highest, in words."""


class Pictures:
    """A folder of its own for each film, one in it for each assessment."""

    def __init__(self, folder: Path, least_free_bytes: int = 0, vault: Vault | None = None) -> None:
        """In a folder.

        Args:
            folder: is made where it is not there.
            least_free_bytes: of its disk: with less, no more films are taken in.
            vault: encrypts pictures; without one, they are kept in clear.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._least_free_bytes = least_free_bytes
        self._vault = vault or Vault()

    @property
    def free_bytes(self) -> int:
        """Of the disk."""
        return shutil.disk_usage(self._folder).free

    @property
    def short(self) -> bool:
        """Whether no more films are taken in."""
        return self.free_bytes < self._least_free_bytes

    def check_room(self) -> None:
        """Refuse one more film; what is left of the disk is for what readers say. Raises NoRoomError."""
        if self.short:
            raise NoRoomError(_("the reading room's disk is short: no film is taken in until there is room again"))

    def keep(self, film_id: str, assessment_id: str, drawn: Drawn) -> None:
        """Write all of them; what is there already stays as it is."""
        film = self._folder / film_id
        (film / assessment_id).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(film / "radiograph.png", film_id, drawn.radiograph)
        self._write(film / "thumbnail.png", film_id, thumbnail(drawn.pixels))
        for name, heat in drawn.heat.items():
            self._write(film / assessment_id / f"heat-{name}.png", film_id, heat)
        for folder in (film / assessment_id, film, self._folder):
            sync(folder)

    def radiograph(self, film_id: str) -> bytes:
        """The pixels as displayed, 8 bit gray, a PNG file.

        Raises:
            NotFoundError: there is none.
            DamagedPictureError: it cannot be decrypted.
        """
        return self._read(film_id, "radiograph.png")

    def thumbnail(self, film_id: str) -> bytes:
        """The same, small. Raises as radiograph."""
        return self._read(film_id, "thumbnail.png")

    def heat(self, film_id: str, assessment_id: str, name: str) -> bytes:
        """A class's heat map in colours, alpha is heat; to be stretched over the film. Raises as radiograph."""
        return self._read(film_id, f"{assessment_id}/heat-{name}.png")

    def discard(self, film_id: str) -> None:
        """Remove what was kept of a film that did not come to be, or was forgotten, and destroy its key."""
        shutil.rmtree(self._folder / film_id, ignore_errors=True)
        self._vault.forget([film_id])

    def rekey(self) -> tuple[int, int]:
        """Have films' keys encrypted by the newest key, and pictures that are in clear; how many keys and files."""
        return self._vault.rekey(), sum(map(self._seal, list(self._folder.glob("*/**/[!.]*.png"))))

    def _seal(self, path: Path) -> bool:
        if self._vault.is_sealed(path):
            return False
        film_id = path.relative_to(self._folder).parts[0]
        write_whole(path, self._vault.seal(film_id, path.read_bytes()))
        sync(path.parent)
        return True

    def _write(self, path: Path, film_id: str, data: bytes) -> None:
        if not path.exists():
            write_whole(path, self._vault.seal(film_id, data))

    def _read(self, film_id: str, name: str) -> bytes:
        try:
            return self._vault.read(self._folder / film_id / name, film_id)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFoundError(_("no such picture")) from None
        except DamagedError as error:
            raise DamagedPictureError(_("the picture cannot be shown: %(why)s", why=error)) from error


def is_name(text: str) -> bool:
    """Whether it can be a part of a picture's path and address, and be nothing else there."""
    return text.isascii() and text.replace("_", "").isalnum()


def decode(file: bytes) -> Pixels:
    """A PNG or PGM file as 8 bit gray, shape (rows, columns).

    Raises:
        FailedError: it is none.
    """
    found = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_GRAYSCALE)
    if found is None:
        raise FailedError("pictures", "the gateway's picture cannot be read")
    return np.asarray(found, np.uint8)


def digest(pixels: Pixels) -> str:
    """SHA-256 of shape and pixels, as hex."""
    return hashlib.sha256(f"{pixels.shape} ".encode() + pixels.tobytes()).hexdigest()


def encode(pixels: Pixels) -> bytes:
    """A film, shape (rows, columns), as a PNG file, as it is."""
    return _png(pixels)


def coloured(heat: bytes) -> bytes:
    """A gray heat map, an 8 bit PNG file, in the inferno colours, transparent up to COLD.

    Every gray is given its colour and its opacity, in a palette: no pixel is decoded, none encoded again.

    Raises:
        FailedError: it is no such file.

    Source:
        PNG, ISO/IEC 15948, 11.2.2 (IHDR: bit depth, colour type), 11.2.3 (PLTE), 11.3.2.1 (tRNS, after PLTE).
    """
    header = heat[16:29]
    if heat[:16] != PNG_START or header[8:10] != bytes([8, GRAY]):
        raise FailedError("pictures", "the gateway's heat map is no gray picture")
    palette = colours(np.linspace(0, 1, 256, dtype=np.float32)[None])
    opacity = np.clip((np.arange(256) / 255 - COLD) / (1 - COLD), 0, 1)
    shown = np.rint(255 * opacity).astype(np.uint8).tobytes()
    chunks = (b"IHDR", header[:9] + bytes([INDEXED]) + header[10:]), (b"PLTE", palette.tobytes())
    told = [_chunk(name, data) for name, data in (*chunks, (b"tRNS", shown))]
    return PNG_START[:8] + b"".join(told) + heat[33:]


def thumbnail(pixels: Pixels) -> bytes:
    """A film, small, as a PNG file."""
    return _png(_shrunk(pixels, THUMBNAIL_SIDE))


def contours(mask: Pixels, shape: tuple[int, ...]) -> list[Contour]:
    """The outlines of a mask (0 is outside) of a film of that shape, as [x, y] in the film's pixels, the largest first.

    The mask may be smaller than the film. A pixel's place is its centre's.
    """
    found, _ = cv2.findContours((mask > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = [each for each in found if cv2.contourArea(each) >= MIN_LUNG_SHARE * mask.size]
    tolerance = CONTOUR_TOLERANCE * max(mask.shape)
    simple = [cv2.approxPolyDP(each, tolerance, True) for each in sorted(large, key=cv2.contourArea, reverse=True)]
    scale = np.divide(shape, mask.shape)[::-1]  # columns, rows
    on_film = [(each[:, 0] + 0.5) * scale - 0.5 for each in simple]
    return [np.round(each, 1).tolist() for each in on_film]


def _shrunk(pixels: Pixels, side: int) -> Pixels:
    scale = side / max(pixels.shape)
    if scale >= 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(values: Pixels) -> bytes:
    _, data = cv2.imencode(".png", values, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    return data.tobytes()
