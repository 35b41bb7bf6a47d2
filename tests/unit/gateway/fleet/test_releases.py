import stat
from pathlib import Path

import pytest

from gateway import release
from gateway.fleet.releases import Plan, ReleasesError

TWO = """\
serve: stable
releases:
  stable: {discriminator: "a:1", segmenter: "b:1", classifier: "c:1,c:2"}
  next: {discriminator: "a:1", segmenter: "b:1", classifier: {at: "dns:///d:1", version: "1.2.0"}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "releases.yaml"
    path.write_text(TWO)
    return path


BECAUSE = ("--without-certificate", "a test")


def run(file: Path, *arguments: str) -> int:
    return release.main(["--file", str(file), *arguments])


def test_a_file_says_where_each_stage_of_each_release_is(file):
    plan = Plan.read(file)

    assert plan.releases["stable"]["classifier"].at == "c:1,c:2"
    assert plan.releases["next"]["classifier"].version == "1.2.0"
    assert plan.used == {"stable": "serve"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("serve: [", "not YAML", id="not YAML"),
        pytest.param("", "Input should be", id="empty"),
        pytest.param(TWO.replace("serve: stable", "serve: newest"), "there is no release newest", id="unknown release"),
        pytest.param(TWO + "canery: {release: next}\n", "canery: Extra inputs", id="misspelled"),
        pytest.param(TWO.replace('"b:1"', '"b"', 1), "releases.stable.segmenter.at: .*neither host:port", id="no port"),
        pytest.param(TWO.replace("1.2.0", '1", digest: "12'), "classifier.digest", id="no digest"),
        pytest.param(TWO + "canary: {release: next, share: 1.5}\n", "canary.share", id="more than all"),
        pytest.param(TWO + "references: {newest: a.json}\n", "there is no release newest", id="unknown reference"),
        pytest.param(TWO.replace("next:", "'next\\n{}':"), "releases", id="odd name"),
        pytest.param(TWO.replace("segmenter", "segmentor"), "there is no stage segmentor", id="unknown stage"),
        pytest.param(TWO.replace(', segmenter: "b:1"', ""), "does not say where the segmenter is", id="missing stage"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_reason(file, text, says):
    file.write_text(text)

    with pytest.raises(ReleasesError, match=says):
        Plan.read(file)


def test_a_file_that_is_missing_is_told_by_name(tmp_path):
    with pytest.raises(ReleasesError, match=r"none\.yaml: FileNotFoundError"):
        Plan.read(tmp_path / "none.yaml")


def test_what_releases_are_for_is_changed_and_shown(file, capsys):
    assert run(file, "canary", "next", "0.25", *BECAUSE) == 0
    assert run(file, "shadow", "next") == 0

    assert Plan.read(file).used == {"next": "canary", "stable": "serve"}
    assert "next: canary, 25% of films" in capsys.readouterr().out
    assert run(file, "serve", "next", *BECAUSE) == 0
    assert Plan.read(file).used == {"next": "serve"}


def test_a_rollback_undoes_the_last_change_and_another_redoes_it(file):
    run(file, "serve", "next", *BECAUSE)

    run(file, "rollback")
    assert Plan.read(file).serve == "stable"
    run(file, "rollback")
    assert Plan.read(file).serve == "next"


def test_a_change_that_does_not_fit_leaves_the_file_as_it_is(file, capsys):
    assert run(file, "serve", "newest") == 1
    assert run(file, "canary", "next", "2") == 1
    assert run(file, "rollback") == 1

    said = capsys.readouterr().err
    assert "there is no release newest" in said
    assert "nothing to roll back to" in said
    assert file.read_text() == TWO


def test_the_file_is_replaced_as_a_whole_and_can_be_read_by_the_gateways_user(file):
    before = file.stat().st_ino
    run(file, "settle")

    assert file.stat().st_ino != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    audit = [f"releases.yaml.audit{end}" for end in ("", ".key", ".mark")]
    names = sorted(each.name for each in file.parent.iterdir())
    assert names == ["releases.yaml", *audit, "releases.yaml.previous"]
