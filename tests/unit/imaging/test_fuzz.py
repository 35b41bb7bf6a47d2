import pytest

from cxr.errors import InputError
from imaging.dicom import read_radiograph
from tests.trials.fuzz.mutants import DAMAGES, mutants


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what is wrong with a file, and everything is
def test_damaged_files_are_read_or_refused_in_words_of_ours():
    """How long each takes, and two thousand of them: `make trial ARGS="fuzz"`."""
    said, read = [], 0
    for _, data in mutants(4 * len(DAMAGES), seed=7):
        try:
            read += read_radiograph(data, 50_000_000)[0].pixels.ndim == 2
        except InputError as error:
            said.append(str(error))

    assert read > 3
    assert len(said) > 10
    assert not [text for text in said if "Test^Patient" in text]
