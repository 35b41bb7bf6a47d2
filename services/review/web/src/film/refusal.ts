/** Why the models refused a film, with what they saw; the film beside it explains the rest. */

import type { Answer } from "./contract.js";
import { element } from "./dom.js";
import { named, probability } from "./words.js";

/** What of the discriminator's answer refused, and what a reader can do about it. */
const WHY: Record<string, { seen: keyof NonNullable<Answer["discriminator"]> | null; look: string }> = {
  rotated: { seen: "upright", look: "The arrow on the film is where the file says that up is. R rotates what you see." },
  inverted: { seen: "positive", look: "Bone looks dark. I inverts what you see, Shift+I shows the film inverted beside." },
  lateral_view: { seen: "frontal", look: "The models know frontal films only." },
  not_a_chest_radiograph: { seen: "in_distribution", look: "The models know chest films only." },
  lungs_not_found: { seen: null, look: "What was found of the lungs is drawn, if anything was." },
};

/** The refusal in words and numbers. */
export function refusal({ refusal, discriminator }: Answer): HTMLElement[] {
  const reason = refusal?.reason ?? "";
  const why = WHY[reason];
  const number = why?.seen && discriminator ? `Probability that it is ${sought(why.seen)}: ${probability(discriminator[why.seen])}.` : "";
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

function sought(name: string): string {
  return { in_distribution: "a chest film", frontal: "frontal", upright: "upright", positive: "not inverted" }[name] ?? name;
}
