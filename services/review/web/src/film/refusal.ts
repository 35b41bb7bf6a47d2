/** Why the models refused a film, with what they saw; the film beside it explains the rest. */

import { REFUSALS, SOUGHT } from "../vocabulary.js";
import type { Answer } from "./contract.js";
import { element } from "./dom.js";
import { named, probability } from "./words.js";

/** The refusal in words and numbers. */
export function refusal({ refusal, discriminator }: Answer): HTMLElement[] {
  const reason = refusal?.reason ?? "";
  const why = REFUSALS[reason];
  const number = why?.quality && discriminator ? `Probability that it is ${SOUGHT[why.quality]}: ${probability(discriminator[why.quality])}.` : "";
  return [
    element(
      "div",
      { class: "refused", "data-testid": "refused", "data-reason": reason },
      element("strong", {}, `Not assessed: ${named(reason)}`),
      element("p", {}, refusal?.detail ?? ""),
      number && element("p", { "data-testid": "refusal-number" }, number),
      why && element("p", { class: "small" }, why.look),
    ),
  ];
}
