"""Known vulnerabilities are found in what the bills list; to have no advisories is never good news."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from supply.audit import NoAdvisoriesError, affected, audit, tell
from supply.bills import SUFFIX

URLS = (
    "pkg:pypi/example-package@1.4.0",
    "pkg:npm/%40scope/part@2.0.0",
    "pkg:maven/io.netty/netty-codec-http2@4.1.53.Final",
    "pkg:maven/org.example/silent",
    "pkg:pypi/torch@2.13.0+cpu",
)


@pytest.fixture
def bills(tmp_path: Path) -> Path:
    """A bill, with components within others."""
    (tmp_path / "sbom").mkdir()
    outer, *inner = [{"name": "any", "purl": url} for url in URLS]
    document = {"components": [{**outer, "components": inner}]}
    (tmp_path / "sbom" / f"gateway{SUFFIX}").write_text(json.dumps(document))
    return tmp_path / "sbom"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "osv").mkdir()
    return tmp_path / "osv"


def advisory(ecosystem: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    """One in the form of OSV, made up."""
    entry = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
    }
    return {"id": "EX-1", "modified": "2026-11-01T00:00:00Z", "summary": "made up", "affected": [entry], **more}


@pytest.mark.parametrize(
    ("ecosystem", "name", "version"),
    [
        ("PyPI", "Example_Package", "1.4.0"),
        ("npm", "@scope/part", "2.0.0"),
        ("Maven", "io.netty:netty-codec-http2", "4.1.53.Final"),
        ("Maven", "org.example:silent", "(version unknown)"),
        ("PyPI", "torch", "2.13.0"),
    ],
)
def test_a_version_that_an_advisory_is_about_is_found(
    bills: Path, folder: Path, ecosystem: str, name: str, version: str
) -> None:
    (folder / "EX-1.json").write_text(json.dumps(advisory(ecosystem, name, {"introduced": "0"}, {"fixed": "99"})))

    (finding,), count, newest = audit(folder, bills)

    assert (finding.used.version or "(version unknown)") == version
    assert (count, newest) == (1, "2026-11-01")
    assert str(finding).startswith("EX-1  ")
    assert "in gateway: made up" in str(finding)


def test_one_that_is_mended_withdrawn_or_of_another_ecosystem_is_not(bills: Path, folder: Path) -> None:
    everything = ({"introduced": "0"},)
    given = [
        advisory("PyPI", "example-package", {"introduced": "0"}, {"fixed": "1.4.0"}),
        advisory("PyPI", "example-package", *everything, withdrawn="2026-11-02T00:00:00Z"),
        advisory("npm", "example-package", *everything),
        advisory("Maven", "io.netty:netty-codec-http2", {"introduced": "0"}, {"fixed": "4.1.53.Final"}),
    ]
    for number, each in enumerate(given):
        (folder / f"{number}.json").write_text(json.dumps(each))

    assert audit(folder, bills)[:2] == ([], len(given))


def test_an_export_is_read_as_it_is_packed(bills: Path, folder: Path) -> None:
    with zipfile.ZipFile(folder / "all.zip", "w") as packed:
        packed.writestr("EX-1.json", json.dumps(advisory("PyPI", "example-package", {"introduced": "1.0"})))

    assert [finding.advisory for finding in audit(folder, bills)[0]] == ["EX-1"]


def test_nothing_to_look_things_up_in_is_no_good_news(
    bills: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NoAdvisoriesError, match="0 advisories"):
        audit(folder, bills)
    with pytest.raises(NoAdvisoriesError, match="0 advisories"):
        audit(tmp_path / "not there", bills)
    (folder / "package.json").write_text('{"name": "no advisory"}')
    (folder / "list.json").write_text("[]")
    with pytest.raises(NoAdvisoriesError, match="0 advisories"):
        audit(folder, bills)
    (folder / "1.json").write_text(json.dumps(advisory("PyPI", "other", {"introduced": "0"})))
    with pytest.raises(NoAdvisoriesError, match="1 advisories"):
        audit(folder, tmp_path)

    assert tell(tmp_path / "not there") == 2
    assert "Nothing to look up" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "events", "within"),
    [
        ("1.0.0", [{"introduced": "1.0.0"}, {"fixed": "1.0.2"}], True),
        ("1.0.2", [{"introduced": "1.0.0"}, {"fixed": "1.0.2"}], False),
        ("0.9", [{"introduced": "1.0.0"}, {"fixed": "1.0.2"}], False),
        ("1.0.2", [{"introduced": "0"}, {"last_affected": "1.0.2"}], True),
        ("1.0.3", [{"introduced": "0"}, {"last_affected": "1.0.2"}], False),
        ("3.0.1", [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "3.0"}, {"fixed": "3.1"}], True),
        ("2.0", [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "3.0"}, {"fixed": "3.1"}], False),
        ("3.0.1", [{"fixed": "3.1"}, {"introduced": "3.0"}, {"fixed": "1.5"}, {"introduced": "0"}], True),
        ("1.10", [{"introduced": "1.9"}], True),
        ("5.0", [{"introduced": "0"}, {"limit": "4.0"}], False),
        ("not a version", [{"introduced": "0"}, {"fixed": "1.0"}], True),
    ],
)
def test_a_range_is_read_as_the_schema_says(version: str, events: list[dict[str, str]], within: bool) -> None:
    """Source: OSV schema 1.7, "Evaluation": the events are sorted; what was introduced holds until fixed."""
    assert affected(version, {"ranges": [{"type": "ECOSYSTEM", "events": events}]}) is within


def test_versions_that_are_listed_one_by_one_count_too() -> None:
    assert affected("1.4.0", {"versions": ["1.4.0"]})
    assert not affected("1.4.1", {"versions": ["1.4.0"]})
    commits = {"type": "GIT", "events": [{"introduced": "0"}]}
    assert not affected("1.4.1", {"versions": ["1.4.0"], "ranges": [commits]}), "commits are not compared"
