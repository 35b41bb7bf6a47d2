/** Why the models refused a film, with what they saw; the film beside it explains the rest. */

import { _ } from "../texts.js";
import { REFUSALS, SOUGHT } from "../vocabulary.js";
import type { Answer } from "./contract.js";
import { element } from "./dom.js";
import { named, probability } from "./words.js";

/** The refusal in words and numbers. */
export function refusal({ refusal, discriminator }: Answer): HTMLElement[] {
  const reason = refusal?.reason ?? "";
  const why = REFUSALS[reason];
  const number = why?.quality && discriminator ? _("Probability that it is %(sought)s: %(share)s.", { sought: _(SOUGHT[why.quality]), share: probability(discriminator[why.quality]) }) : "";
  return [
    element(
      "div",
      { class: "refused", "data-testid": "refused", "data-reason": reason },
      element("strong", {}, _("Not assessed: %(reason)s", { reason: named(reason) })),
      element("p", {}, refusal?.detail ?? ""),
      number && element("p", { "data-testid": "refusal-number" }, number),
      why && element("p", { class: "small" }, _(why.look)),
    ),
  ];
}
