"""python -m training index: an index.csv of data sets as they are published."""

import argparse
import sys
from pathlib import Path

from training.layouts import index
from training.layouts.listing import LayoutError
from training.layouts.summary import summary
from vocabulary.findings import FindingError, checked

FOLDERS = {
    "nih": "NIH ChestX-ray14: Data_Entry_2017.csv and images",
    "kermany": "Kermany's chest_xray: train/NORMAL and so on",
    "covid-chestxray": "Cohen's covid-chestxray-dataset: metadata.csv and images",
    "montgomery": "Montgomery: CXR_png and ManualMask",
    "shenzhen": "Shenzhen: CXR_png and, if there, mask",
    "other": "what is no chest film: a sub-folder for each kind",
    "folder": "films of your own: a sub-folder for each class, DICOM or images",
    "csv": "films of your own: a CSV file with the columns path and label",
}


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    for name in index.READERS:
        parser.add_argument(f"--{name}", type=Path, metavar="FILE" if name == "csv" else "FOLDER", help=FOLDERS[name])
    parser.add_argument("--out", type=Path, required=True, help="the index.csv; outside the data sets' folders")
    parser.add_argument(
        "--longest", type=_pixels, help="copy the images beside the index, their longer side this many pixels at most"
    )
    findings = "findings of your own that labels of --csv may name, beside ours"
    parser.add_argument("--findings", nargs="+", default=[], metavar="NAME", help=findings)
    parser.add_argument("--threads", type=int, default=2, help="images read at once")


def run(arguments: argparse.Namespace) -> None:
    """Write the index and print what went into it; exit with 2 where a folder is not laid out as expected."""
    folders = {name: getattr(arguments, name.replace("-", "_")) for name in index.READERS}
    try:
        given = {name: folder for name, folder in folders.items() if folder}
        listings = index.read(given, arguments.out, checked(arguments.findings))
    except (LayoutError, FindingError) as error:
        print(f"training index: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    rows = index.write(listings, arguments.out, arguments.longest, arguments.threads)
    print(f"{summary(rows, listings)}\n\nIndex: {arguments.out}")


def _pixels(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of pixels, such as 512")
    return int(text)
