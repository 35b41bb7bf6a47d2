"""What `python -m review --help` tells whoever knows nothing of it."""

from review.cli import VERBS, _parser


def test_help_says_what_it_is_which_verbs_there_are_and_where_settings_are_told() -> None:
    told = " ".join(_parser().format_help().split())

    assert "The reading room" in told
    assert "docs/settings.md" in told
    assert all(verb.__name__ in told for verb in VERBS)
