"""model-config.yaml of each stage: TorchServe's keys and ours, with a comment for every number that needs one."""

import json
from dataclasses import asdict
from typing import Any

from training.chests import REGION
from training.settings import DiscriminatorSettings, SegmenterSettings, crop_side
from training.sought import SHIPPED, Sought
from vocabulary.conditions import CLASSES

VERSION = "1.4.0"
"""Of the weights: every cached assessment carries it, so raise it with them."""

HEAD = """\
# Written by `python -m training export {stage}`: change services/training/config.py instead.
minWorkers: 1
maxWorkers: 1
batchSize: 1             # a batch waits for its films and is no faster a film on a processor
maxBatchDelay: 1         # ms; unused with a batch of one, and TorchServe wants at least 1
responseTimeout: 30      # s, after which TorchServe restarts the worker
stage:
  version: "{version}"
  side: {side}              # pixels of the square that the network is sent
  threads: 1             # a request; more workers serve more films than more threads do
"""

DISCRIMINATOR = """\
  in_distribution:       # its logit: each piece of evidence times its weight, and a bias; from the validation split
    real: {in_distribution[real]}         # the GAN's critic: real against drawn
    near_seen: {in_distribution[near_seen]}    # minus the logarithm of the distance from known films: critic
    near_known: {in_distribution[near_known]}   # the same: trunk
    chest: {in_distribution[chest]}        # the head that learned chest film against anything else
    bias: {in_distribution[bias]}
  scale:                 # multiplies the logits before the sigmoid or softmax
    frontal: {scale[frontal]}
    positive: {scale[positive]}
    upright: {scale[upright]}
  thresholds:            # probabilities; a film below one is refused. At most 1 % of the validation split's films
    in_distribution: {thresholds[in_distribution]}
    positive: {thresholds[positive]}
    upright: {thresholds[upright]}
    frontal: {thresholds[frontal]}
"""

SEGMENTER = """\
  convention: lungs with the region behind the heart   # the channel that is served
  thresholds:            # below either, no lungs were found. Under 0.5 % of the validation split's films are
    area_fraction: {thresholds[area_fraction]}   # lung, in parts of the letterboxed square
    agreement: {thresholds[agreement]}      # soft Dice of the probabilities with the mask
  quality:               # agreement to Dice, isotonic, from the validation split's films as they are and damaged
    agreement: {quality[agreement]}
    dice: {quality[dice]}
"""

CLASSIFIER = """\
  # Whose films it was judged on: of one source of children and of one of adults with all three classes. See the card.
  population: ""
  body: {body}
  region: {region}          # what it is shown: one hull of both lungs and what lies between; separate: one of each
  classes: [{classes}]
  trained_findings: [{trained_findings}]   # the logits after the classes
  temperature: {temperature}   # divides the classes' logits; fitted on the validation split
  # The highest probabilities that find at least 90 % of the validation split's films of a class; told in answers.
  operating_points: {operating_points}
  # Reported: the others' AUROC may be 0.70 or less. Scale and bias of the logit are from the validation split.
  findings: {findings}
"""


DECLARED = """\
  # Findings of the hospital's own: what people read, and the code that reports hold where there is one.
  declared_findings: {declared}
"""


def write_config(stage: str, calibration: dict[str, Any], body: str, sought: Sought = SHIPPED) -> str:
    """The file's text.

    Args:
        calibration: from the stage's calibrate.
        body: of the classifier.
        sought: the findings that it learned.
    """
    side, text = {
        "discriminator": (DiscriminatorSettings.side, DISCRIMINATOR),
        "segmenter": (SegmenterSettings.side, SEGMENTER),
        "classifier": (crop_side(body), CLASSIFIER),
    }[stage]
    outputs = {"classes": ", ".join(CLASSES), "trained_findings": ", ".join(sought.names)}
    outputs |= {"body": body, "region": REGION}
    if stage == "classifier" and sought.declared:
        text += DECLARED
        outputs["declared"] = json.dumps({name: asdict(each) for name, each in sought.declared.items()})
    return (HEAD + text).format(stage=stage, version=VERSION, side=side, **outputs, **calibration)
