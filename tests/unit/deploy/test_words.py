import pytest

from local.words import as_installed


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("`make up` starts it", "`cxr up` starts it"),
        ('`make scale STAGES="classifier=2"`.', "`cxr scale classifier=2`."),
        ("`make backup TO=/path/to/file`, or", "`cxr backup --to /path/to/file`, or"),
        ("`make models RELEASE=next STORE=FOLDER`", "`python -m local.archives --release next --store FOLDER`"),
        ('`make release ARGS="serve stable"` first', "`python -m gateway release serve stable` first"),
        ("or choose another port: CXR_PORT=8001 make demo", "or choose another port: CXR_PORT=8001 cxr demo"),
        ("`make train` recreates them", "`make train` recreates them"),
        ("these make upright films", "these make upright films"),
    ],
)
def test_commands_are_named_as_whoever_has_the_wheels_can_give_them(told: str, meant: str) -> None:
    assert as_installed(told, installed=True) == meant
    assert as_installed(told, installed=False) == told
