/** A number of the models' with its interval, drawn on the scale of what is asked for. */

import { _ } from "../texts.js";
import type { Asked, Measured } from "./contract.js";
import { element } from "./dom.js";
import { inUnit } from "./words.js";

/** What the interval means, and where it lies. */
export function measured({ value, low, high, coverage }: Measured, asked: Asked): HTMLElement[] {
  const at = (number: number) => `${(100 * (number - asked.lowest)) / (asked.highest - asked.lowest)}%`;
  const [band, mark] = [element("i", {}), element("b", {})];
  band.style.insetInlineStart = at(low);
  band.style.inlineSize = `${(100 * (high - low)) / (asked.highest - asked.lowest)}%`;
  mark.style.insetInlineStart = at(value);
  const ends = { low: inUnit(low, asked), high: inUnit(high, asked), films: Math.round(100 * coverage) };
  return [
    element("div", { class: "scale", "aria-hidden": "true" }, band, mark),
    element("p", { class: "scale-ends small", "aria-hidden": "true" }, element("span", {}, inUnit(asked.lowest, asked)), element("span", {}, inUnit(asked.highest, asked))),
    element("p", { class: "small", "data-testid": "interval" }, _("Of 100 films like those of the model’s card, readers’ numbers of %(films)s are in such an interval: here %(low)s to %(high)s.", ends)),
  ];
}
