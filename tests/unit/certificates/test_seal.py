"""Sealed archives: whatever somebody changes in one is found, and named."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from certificates import admission
from certificates.seal import SEAL, SIGNATURE, SealError, opened, pack, seal, trusted_keys
from certificates.signatures import PRIVATE, PUBLIC, SignatureError, make_keys
from cxr import stage

CONTENTS = {
    "MAR-INF/MANIFEST.json": b'{"model": {"handler": "classifier.py"}}',
    "classifier.py": b"pass\n",
    "cxr/__init__.py": b"",
    "weights.bin": bytes(range(256)),
    "weights.xml": b"<net/>",
}
ABOUT = {"stage": "classifier", "version": "1.2.0", "digest": "ab" * 32, "sources": "cd" * 32}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    make_keys(folder)
    return folder


@pytest.fixture
def archive(tmp_path: Path, keys: Path) -> Path:
    path = tmp_path / "classifier.mar"
    seal(path, CONTENTS, ABOUT, keys / PRIVATE)
    return path


def changed(archive: Path, changes: Mapping[str, bytes | None]) -> None:
    """Pack it anew, as somebody who knows what a zip is, but has no key."""
    with zipfile.ZipFile(archive) as packed:
        contents = {name: packed.read(name) for name in packed.namelist()} | dict(changes)
    pack(archive, {name: data for name, data in contents.items() if data is not None})


def why_not(archive: Path, keys: Path) -> str:
    with pytest.raises(SealError) as told:
        opened(archive, [keys / PUBLIC])
    return str(told.value)


def test_an_archive_that_nobody_changed_is_what_was_signed(archive: Path, keys: Path) -> None:
    found = opened(archive, trusted_keys(keys))

    assert {name: data for name, data in found.contents.items() if name in CONTENTS} == CONTENTS
    assert set(found.contents) == {*CONTENTS, SEAL, SIGNATURE}
    assert (found.seal.stage, found.seal.version, found.seal.digest) == ("classifier", "1.2.0", "ab" * 32)
    assert found.key == keys / PUBLIC


@pytest.mark.parametrize("name", [name for name, data in CONTENTS.items() if data])
def test_one_flipped_byte_in_any_file_is_found_and_the_file_is_named(archive: Path, keys: Path, name: str) -> None:
    changed(archive, {name: bytes([CONTENTS[name][0] ^ 1]) + CONTENTS[name][1:]})

    assert why_not(archive, keys) == f"{archive}: {name} was changed since the archive was signed"


def test_no_flipped_byte_of_the_file_on_the_disk_gives_other_contents(archive: Path, keys: Path) -> None:
    whole = archive.read_bytes()
    expected = opened(archive, [keys / PUBLIC]).contents
    refused = 0
    for at in range(len(whole)):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            assert opened(archive, [keys / PUBLIC]).contents == expected
        except SealError:
            refused += 1

    assert refused > sum(map(len, CONTENTS.values()))


def test_a_file_that_was_added_is_named(archive: Path, keys: Path) -> None:
    changed(archive, {"cxr/__pycache__/stage.cpython-311.pyc": b"runs instead of stage.py"})

    said = why_not(archive, keys)
    assert said == f"{archive}: cxr/__pycache__/stage.cpython-311.pyc was added since the archive was signed"


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_is_gone_is_named(archive: Path, keys: Path, name: str) -> None:
    changed(archive, {name: None})

    assert why_not(archive, keys) == f"{archive}: {name} is missing"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_named(archive: Path, keys: Path) -> None:
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("weights.bin", CONTENTS["weights.bin"])

    assert why_not(archive, keys) == f"{archive}: weights.bin is in it twice"


@pytest.mark.parametrize("name", [SEAL, SIGNATURE])
def test_an_archive_without_its_list_or_its_signature_is_nobodys(archive: Path, keys: Path, name: str) -> None:
    changed(archive, {name: None})

    assert why_not(archive, keys) == f"{archive}: {name} is missing: nobody signed this archive"


def test_a_list_that_was_changed_with_a_file_is_found(archive: Path, keys: Path) -> None:
    before = opened(archive, [keys / PUBLIC]).contents
    changed(archive, {SEAL: before[SEAL].replace(b'"1.2.0"', b'"1.3.0"')})

    assert f"{SEAL} was changed, or signed with a key that is not trusted here" in why_not(archive, keys)


def test_another_key_s_archive_is_refused_and_the_trusted_keys_are_named(tmp_path: Path, archive: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_keys(other)

    assert f"not trusted here (trusted: {other / PUBLIC})" in why_not(archive, other)


def test_while_keys_are_rotated_both_are_trusted_and_a_removed_one_no_longer(tmp_path: Path, archive: Path) -> None:
    trusted, new = tmp_path / "trusted", tmp_path / "new"
    for folder in (trusted, new):
        folder.mkdir()
    make_keys(new)
    (trusted / "2027.pub").write_bytes((new / PUBLIC).read_bytes())
    (trusted / "2026.pub").write_bytes((tmp_path / "keys" / PUBLIC).read_bytes())
    assert opened(archive, trusted_keys(trusted)).key.name == "2026.pub"

    (trusted / "2026.pub").unlink()

    with pytest.raises(SealError, match="not trusted here"):
        opened(archive, trusted_keys(trusted))
    seal(archive, CONTENTS, ABOUT, new / PRIVATE)
    assert opened(archive, trusted_keys(trusted)).key.name == "2027.pub"


def test_a_folder_without_keys_trusts_nobody(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="no public key"):
        trusted_keys(tmp_path)


def test_a_key_that_is_none_is_named_and_not_passed_over(keys: Path, archive: Path) -> None:
    (keys / "a.pub").write_text("not a key")

    with pytest.raises(SealError, match=r"a\.pub is damaged"):
        opened(archive, trusted_keys(keys))


def test_an_archive_is_not_signed_with_what_is_no_key(tmp_path: Path, keys: Path) -> None:
    with pytest.raises(SignatureError, match="not a key"):
        seal(tmp_path / "classifier.mar", CONTENTS, ABOUT, keys / PUBLIC)


def test_no_archive_passes_for_another_stages(archive: Path, keys: Path) -> None:
    renamed = archive.rename(archive.with_name("segmenter.mar"))

    assert why_not(renamed, keys) == f"{renamed}: {SEAL} says that this is the archive of the classifier"


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06"])
def test_what_is_no_archive_is_told_as_such(archive: Path, keys: Path, data: bytes) -> None:
    archive.write_bytes(data)

    assert "not an archive, or a damaged one" in why_not(archive, keys)


def test_the_same_files_make_the_same_archive_byte_for_byte(tmp_path: Path, archive: Path, keys: Path) -> None:
    again = tmp_path / "again.mar"
    seal(again, dict(reversed(CONTENTS.items())), ABOUT, keys / PRIVATE)

    assert again.read_bytes() == archive.read_bytes()


def test_the_digest_of_what_runs_leaves_out_the_seal_and_nothing_else() -> None:
    assert stage.SEAL == (SEAL, SIGNATURE)


# What a model server's process does with them.


def serve(store: Path, keys: Path, **environment: str) -> Path:
    """The folder that TorchServe would read."""
    given = {admission.TRUSTED: str(keys), admission.LOAD: "classifier.mar", **environment}
    arguments = admission.admitted(["serve.py", "--start", "--model-store", str(store), "--ncs"], given)
    assert [*arguments[:3], arguments[4]] == ["serve.py", "--start", "--model-store", "--ncs"]
    return Path(arguments[3])


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_torchserve_reads_a_copy_of_its_own_and_of_the_signed_archives_only(
    archive: Path, keys: Path, temporary: Path
) -> None:
    (archive.parent / "other.mar").write_bytes(b"not asked for")

    own = serve(archive.parent, keys)

    assert [path.name for path in own.iterdir()] == ["classifier.mar"]
    assert own.stat().st_mode & 0o077 == 0
    assert opened(own / "classifier.mar", [keys / PUBLIC]) == opened(archive, [keys / PUBLIC])
    assert serve(archive.parent, keys) != own
    assert len(list(temporary.iterdir())) == 1, "an earlier copy is removed"


def test_an_archive_that_is_two_at_once_is_served_as_the_signed_one(archive: Path, keys: Path, temporary: Path) -> None:
    """Java reads a zip from its beginning, Python from its end: this one is another archive to Java."""
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as packed:
        packed.writestr("classifier.py", b"import evil")
    archive.write_bytes(evil.getvalue() + archive.read_bytes())

    served = serve(archive.parent, keys) / "classifier.mar"

    assert b"import evil" in archive.read_bytes()
    assert b"import evil" not in served.read_bytes()


def test_an_unsigned_archive_is_not_served_and_no_copy_is_left(archive: Path, keys: Path, temporary: Path) -> None:
    changed(archive, {"weights.bin": b"other"})

    with pytest.raises(SealError, match=r"classifier\.mar: weights\.bin was changed"):
        serve(archive.parent, keys)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", [admission.TRUSTED, admission.LOAD])
def test_nothing_is_served_where_nothing_says_what_to_trust(archive: Path, keys: Path, name: str) -> None:
    with pytest.raises(SealError, match=f"{name} is not set"):
        serve(archive.parent, keys, **{name: ""})


def test_nothing_is_served_from_nowhere(keys: Path) -> None:
    with pytest.raises(SealError, match="--model-store does not say"):
        admission.admitted(["serve.py"], {admission.TRUSTED: str(keys), admission.LOAD: "classifier.mar"})


def test_a_missing_archive_is_named(tmp_path: Path, keys: Path, temporary: Path) -> None:
    with pytest.raises(SealError, match=r"segmenter\.mar: there is no such archive"):
        serve(tmp_path, keys, TS_LOAD_MODELS="segmenter.mar")
