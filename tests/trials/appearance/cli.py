"""`make trial ARGS="appearance"`: whether a film that comes oddly is assessed as another without a word.

And what ?correct=true makes of films that are turned or negatives: --only corrections.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from rich.console import Console
from tqdm import tqdm

from cxr.errors import InputError
from cxr.radiograph import Pixels
from gateway.cautions import cautions
from imaging.contrast import LEAST_SPREAD, spread
from imaging.file import File
from local.places import ROOT
from tests.trials.appearance.corrections import corrected_rows, corrected_table
from tests.trials.appearance.variants import VARIANTS, itself
from tests.trials.bench.cascade import MAX_PIXELS, Cascade, unpack
from vocabulary.conditions import CLASSES

PARTS = ("variants", "corrections")
BEGIN, END = "<!-- {}: written by make trial ARGS=appearance -->", "<!-- end of {} -->"
"""Around the part of the document that a part of the trial writes."""

MOST_SILENT = 0.02
"""Share of films whose class may change without a caution or a refusal."""


def main(words: Sequence[str]) -> int:
    """Measure, print and keep; 1 where films or archives are not there."""
    options, console = _options(words), Console(highlight=False, soft_wrap=True)
    if missing := [path for path in (*options.data, options.archives / "classifier.mar") if not path.exists()]:
        console.print(
            f"[red]not measured:[/] {missing[0]} is missing: this needs the films for training and `make models`"
        )
        return 1
    chosen = _films(options.data, options.films)
    with tempfile.TemporaryDirectory() as folder:
        cascade = Cascade.load(unpack(options.archives, Path(folder)))
        figures: dict[str, Any] = {}
        if "variants" in options.only:
            figures["variants"] = _variants(cascade, chosen)
        if "corrections" in options.only:
            figures["corrections"] = corrected_rows(cascade, chosen)
        cascade.close()
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    told = {"variants": _told, "corrections": corrected_table}
    for part, measured in figures.items():
        console.print(table := told[part](measured))
        if options.write:
            _write(part, table, ROOT / "docs" / "films.md")
    return 0


def _variants(cascade: Cascade, chosen: Sequence[Pixels]) -> dict[str, Any]:
    plain = [_answer(cascade, itself(film, np.random.default_rng(0))) for film in tqdm(chosen, "as they are")]
    rows = [_row("as they are", plain, plain)]
    for name, variant in VARIANTS.items():
        random = np.random.default_rng(1)
        rows.append(_row(name, plain, [_answer(cascade, variant(film, random)) for film in tqdm(chosen, name)]))
    return {"rows": rows, "greys": _greys(chosen), "least_spread": LEAST_SPREAD}


def _films(indexes: Sequence[Path], count: int) -> list[Pixels]:
    """Frontal films of the test split, as many of each index."""
    found: list[Pixels] = []
    for index in indexes:
        table = pd.read_csv(index, dtype=str, keep_default_na=False)
        frontal = table[(table["kind"] == "cxr") & (table["view"] != "L") & (table["split"] == "test")]
        names = frontal.sample(count // len(indexes), random_state=0)["image"]
        found += [np.asarray(cv2.imread(str(index.parent / name), cv2.IMREAD_GRAYSCALE), np.uint8) for name in names]
    return found


@dataclass(frozen=True)
class Answer:
    """What is said of one file."""

    said: str
    """The class, or why there is none."""
    cautions: tuple[str, ...] = ()
    sure: bool = False
    """Whether one class alone is possible."""

    @property
    def assessed(self) -> bool:
        """Whether there is a class."""
        return self.said in CLASSES


def _answer(cascade: Cascade, file: File) -> Answer:
    try:
        film, _ = file.read(MAX_PIXELS)
    except InputError as error:
        return Answer(error.code)
    conclusion = cascade.assess(file)[0].conclusion
    told = tuple(each.code for each in (*film.doubts, *cautions(conclusion)))
    said = conclusion.predicted_class or (conclusion.refusal.reason if conclusion.refusal else "failed")
    return Answer(said, told, len(conclusion.possible_classes or []) == 1)


def _row(name: str, plain: Sequence[Answer], answers: Sequence[Answer]) -> dict[str, Any]:
    """Of the films that are assessed as they are."""
    pairs = [(was, now) for was, now in zip(plain, answers, strict=True) if was.assessed]
    changed = [now.assessed and now.said != was.said for was, now in pairs]
    silent = [did and not now.cautions for did, (_, now) in zip(changed, pairs, strict=True)]
    shares = {
        "assessed": [now.assessed for _, now in pairs],
        "sure": [now.assessed and now.sure for _, now in pairs],
        "cautioned": [now.assessed and bool(now.cautions) for _, now in pairs],
        "changed": changed,
        "silent": silent,
        "silent_and_sure": [did and now.sure for did, (_, now) in zip(silent, pairs, strict=True)],
    }
    return {"name": name, "films": len(pairs)} | {key: round(float(np.mean(each)), 4) for key, each in shares.items()}


def _greys(chosen: Sequence[Pixels]) -> dict[str, float]:
    """How far films' own percentiles are apart."""
    levels = np.arange(256, dtype=np.uint8)
    found = [spread(levels, np.bincount(film.ravel(), minlength=256)) for film in chosen]
    return {"least": float(min(found)), "median": float(np.median(found))}


def _told(figures: dict[str, Any]) -> str:
    lines = [
        "| as it comes | films | assessed | sure | with a caution | class changed | without a caution | and sure |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in figures["rows"]:
        shares = " | ".join(f"{row[key]:.1%}" for key in ("assessed", "sure", "cautioned", "changed"))
        silent = f"{row['silent']:.1%}{'' if row['silent'] <= MOST_SILENT else ' **(aim: 2 %)**'}"
        lines.append(f"| {row['name']} | {row['films']} | {shares} | {silent} | {row['silent_and_sure']:.1%} |")
    greys, least = figures["greys"], figures["least_spread"]
    told = f"Greys between the films' own percentiles: least {greys['least']:.0f}, median {greys['median']:.0f}"
    return "\n".join([*lines, "", f"{told}; below {least} a film is shown by its own values."])


def _write(part: str, table: str, path: Path) -> None:
    """Replace a table of the document."""
    begin, end = BEGIN.format(part), END.format(part)
    before, rest = path.read_text().split(begin)
    path.write_text(f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}")


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="appearance", description=__doc__)
    shared = ROOT.parent / "shared" / "data"
    indexes = [shared / name / "index.csv" for name in ("cxr", "adults")]
    parser.add_argument("--data", type=Path, nargs="+", default=indexes, help="index.csv of the films")
    parser.add_argument("--archives", type=Path, default=ROOT / "build" / "model_store")
    parser.add_argument("--films", type=int, default=200, help="of the test splits (200)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts of it (both)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "appearance.json")
    parser.add_argument("--write", action="store_true", help="put the table into docs/films.md")
    return parser.parse_args(words)
