"""The site of the docs, built as `make docs` builds it."""

import re
from pathlib import Path

import pytest
from website.build import BrokenSiteError, build
from website.pages import chosen

from local.places import ROOT

ROLES = ("doctor", "hospital-it", "operator", "load-tester", "data-scientist", "developer")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strictly: that it is there says that every link and anchor leads somewhere."""
    return build(ROOT, tmp_path_factory.mktemp("site")).parent


def test_every_role_has_a_page_that_the_first_one_leads_to(site: Path) -> None:
    first = (site / "index.html").read_text()

    for role in ROLES:
        assert f'href="docs/start/{role}.html"' in first
        assert (site / "docs" / "start" / f"{role}.html").exists()


def test_every_page_of_the_docs_is_on_the_site(site: Path) -> None:
    there = {path.relative_to(site).with_suffix(".md") for path in site.rglob("*.html")}

    assert {path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md")} <= there


def test_nothing_is_fetched_from_elsewhere_to_be_read(site: Path) -> None:
    """Links that a reader follows may lead there; scripts, styles, fonts and pictures may not."""
    fetched = re.compile(
        r"<(?:script|img|iframe)[^>]+src=\"?https?:|<link[^>]+stylesheet[^>]+href=\"?https?:|@import|url\(https?:"
    )

    for path in (*site.rglob("*.html"), *site.rglob("*.css")):
        assert not fetched.search(path.read_text()), path


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("[there](docs/none.md), [here](#nowhere)\n")

    with pytest.raises(BrokenSiteError) as told:
        build(tmp_path, tmp_path / "site")

    assert "docs/none.md" in str(told.value)
    assert "#nowhere" in str(told.value)


def test_pages_bring_the_files_that_they_lead_to(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(
        "[page](docs/page.md#part) and `[no](docs/link.md)`\n```\n[nor](docs/this.md)\n```\n"
    )
    (tmp_path / "docs" / "page.md").write_text(
        "![picture](picture.png) [up](../README.md) [out](https://example.org/a.md)\n"
    )
    (tmp_path / "docs" / "picture.png").touch()
    (tmp_path / "docs" / "link.png").touch()

    assert chosen(tmp_path) == [Path("README.md"), Path("docs/page.md"), Path("docs/picture.png")]
