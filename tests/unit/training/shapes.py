"""A small problem to train: how large a disc is, which looks smaller in films of group B."""

import csv
from pathlib import Path

import cv2
import numpy as np

from vocabulary.code import Code, ours
from vocabulary.problems.problem import Columns, Number, Problem

SHAPES = Problem(
    name="shapes",
    title="Size of a disc",
    stages=("shapes",),
    asks=Number("pixels", Code("{pixels}", "UCUM", "pixels"), 4.0, 20.0, 2.0, 2.0, bands=(4.0, 12.0, 21.0)),
    code=ours("shapes", "Size of a disc"),
    body_part="",
    film="disc",
    refusal="not_a_disc",
    side=48,
    inner_side=32,
    akin=("ball",),
    groups=("", "A", "B"),
    columns=Columns(truth="size", group="group"),
)


def disc(size: float, random: np.random.Generator) -> np.ndarray:
    film = random.integers(20, 60, (48, 48)).astype(np.uint8)
    cv2.circle(film, (24, 24), round(size), 200, -1)
    return film


def write_index(folder: Path, films: int = 36) -> Path:
    """Films of discs with their index.csv, in all three splits and groups."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ("image", "size", "group", "split"))
        writer.writeheader()
        for number in range(films):
            size = 4 + 16 * (number % 7) / 6
            group = ("A", "B", "")[number % 3]
            cv2.imwrite(str(folder / f"{number}.png"), disc(size * (0.8 if group == "B" else 1.0), random))
            split = ("train", "val", "test")[number // 3 % 3]
            writer.writerow({"image": f"{number}.png", "size": f"{size:.1f}", "group": group, "split": split})
    return folder / "index.csv"
