"""docs/reading-room.md says what the settings say."""

from local.places import ROOT
from review.settings import MEBIBYTE, Settings

DOCUMENT = ROOT / "docs" / "reading-room.md"


def test_the_settings_are_documented_as_they_are():
    told = DOCUMENT.read_text().partition("<!-- settings -->\n")[2].partition("<!-- end of settings -->")[0]

    assert told == "".join(f"{_row(name)}\n" for name in Settings.model_fields)


def _row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "" if field.default in (None, "") else str(field.default)
    if name.endswith("_bytes"):
        default = f"{field.default // MEBIBYTE} MiB"
    return f"| `REVIEW_{name.upper()}` | {default} | {field.description} |"
