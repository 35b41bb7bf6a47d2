"""What the gateway says in English, for a person: the same by its code, in the language of the request.

In English its own words stay, which tell of numbers, too; and so do those of a newer gateway's codes, which nobody has
translated yet.
"""

from collections.abc import Mapping
from typing import Any

from client.errors import GatewayError
from review.languages.catalogue import SOURCE
from review.languages.spoken import spoken
from review.languages.texts import gettext, gettext_noop
from vocabulary.problems.known import NUMBERS
from vocabulary.refusals import REFUSALS

Json = dict[str, Any]

CAUTIONS = {
    "display_replaced": gettext_noop(
        "As its file says, nobody could read this film; so it is shown by the range of most of its pixels. "
        "Compare it with what the workstation shows."
    ),
    "polarity_contradiction": gettext_noop(
        "The file contradicts itself about which values are white. What the film looks like has decided."
    ),
    "corrected": gettext_noop(
        "The film was turned or inverted before it was assessed, because that was asked for. "
        "Check on the corrected film that this is right."
    ),
    "low_resolution": gettext_noop(
        "The film has fewer pixels than the models look at: fine signs are lost. Send the film itself, not a preview."
    ),
    "lungs_uncertain": gettext_noop(
        "The segmenter is unsure of the lungs. Look at their contours before you trust the rest."
    ),
    "lungs_implausible": gettext_noop(
        "The lungs take a share of the picture that is unusual for a chest film. "
        "Is it a page, a screenshot, or a part of a film?"
    ),
    "pose_uncertain": gettext_noop("It is not certain that the film is upright and not a negative: look at it."),
    "adult": gettext_noop(
        "The patient is an adult; how well the three classes are told apart was evaluated in children only."
    ),
    "child": gettext_noop("The patient is a child; the classifier was evaluated on adults only."),
    "refusal_overridden": gettext_noop(
        "The film was refused, and was assessed because a doctor asked for it all the same. "
        "The models do not know such films."
    ),
}

LOOKS = {
    "lateral": gettext_noop("a lateral view"),
    "frontal": gettext_noop("a frontal view"),
    "chest": gettext_noop("a chest film"),
    "other": gettext_noop("no chest film"),
}
OPPOSITE = {"lateral": "frontal", "frontal": "lateral", "chest": "other", "other": "chest"}
"""What the file says where the film looks like the other: gateway.tags."""

PROBLEMS = {
    "unsupported-type": gettext_noop("not a DICOM, PNG or JPEG file"),
    "malformed": gettext_noop("the file is damaged or incomplete"),
    "too-large": gettext_noop("the file has too many bytes or pixels"),
    "unusable-radiograph": gettext_noop("the file holds no radiograph that can be assessed"),
    "no-pixels": gettext_noop("the file has no pixel data"),
    "multi-frame": gettext_noop("the file has more than one frame; a radiograph has one"),
    "uniform-pixels": gettext_noop("all pixels are equal"),
    "overloaded": gettext_noop("the gateway is busy"),
    "stage": gettext_noop("the models do not answer"),
    "stage-unavailable": gettext_noop("the models do not answer"),
    "stage-timeout": gettext_noop("the models did not answer in time"),
    "stage-failed": gettext_noop("the models failed on this film"),
    "store-unavailable": gettext_noop("the gateway's store does not answer"),
    "gateway-away": gettext_noop("the gateway cannot be reached"),
    "gateway-slow": gettext_noop("the gateway did not answer in time"),
    "gateway-lost": gettext_noop("the gateway fell silent"),
    "pictures": gettext_noop("the gateway has no pictures of this film, or none that can be read"),
    "no-assessment": gettext_noop("the gateway's answer is no assessment"),
}


NO_SUCH_FILM = {problem.refusal for problem in NUMBERS.values()}
"""Reasons by which films are refused of which a number is asked: gateway.measurer."""


def said(answer: Mapping[str, Any]) -> Json:
    """Of an answer: why it was refused, conflicts and cautions, for a person; nothing in English."""
    if spoken() == SOURCE:
        return {}
    told: Json = {}
    if refused := answer.get("refusal"):
        told["refusal"] = {**refused, "detail": _refusal(refused)}
    for name, of in (("conflicts", _conflict), ("cautions", _caution)):
        if answer.get(name):
            told[name] = [{**each, "detail": of(each)} for each in answer[name]]
    return told


def problem(error: GatewayError) -> str:
    """Why it gave no answer."""
    text = PROBLEMS.get(error.code)
    return gettext(text) if text and spoken() != SOURCE else str(error)


def _refusal(refused: Json) -> str:
    reason = refused.get("reason", "")
    if reason in NO_SUCH_FILM:
        return gettext("This does not look like a film that the model knows. Check that the right film was sent.")
    known = REFUSALS.get(reason)
    return gettext(known.advice) if known else str(refused.get("detail", ""))


def _caution(caution: Json) -> str:
    text = CAUTIONS.get(caution.get("code", ""))
    return gettext(text) if text else str(caution.get("detail", ""))


def _conflict(conflict: Json) -> str:
    seen = str(conflict.get("seen", ""))
    if seen not in LOOKS:
        return str(conflict.get("detail", ""))
    return gettext(
        "The file says %(said)s (%(attribute)s %(stated)s), but it looks like %(seen)s. Check which.",
        said=gettext(LOOKS[OPPOSITE[seen]]),
        attribute=conflict.get("attribute", ""),
        stated=conflict.get("stated", ""),
        seen=gettext(LOOKS[seen]),
    )
