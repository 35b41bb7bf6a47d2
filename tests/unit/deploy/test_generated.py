"""No file that is made from others is stale, and what is made for each stage is made for all of them."""

import pytest
import yaml
from generators.__main__ import SOURCES, stale
from generators.stages import for_each

from local.places import ROOT
from vocabulary.stages import STAGES


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_written_from_other_files_is_up_to_date(name):
    assert [str(path.relative_to(ROOT)) for path in stale(SOURCES[name]())] == [], "make generated"


def test_a_template_is_filled_for_each_stage():
    written = for_each("\n@stage@: {address: dns:///@stage@:7070, variable: CXR_@STAGE@}\n")

    assert yaml.safe_load(written) == {
        stage: {"address": f"dns:///{stage}:7070", "variable": f"CXR_{stage.upper()}"} for stage in STAGES
    }


def test_what_is_between_stages_is_not_before_or_after_them():
    assert for_each("name: @stage@", "---").count("---") == len(STAGES) - 1
