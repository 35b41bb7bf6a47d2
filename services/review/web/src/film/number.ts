/** The field for a number, in the place of the classes' keys: any digit goes into it, Enter saves. */

import { _ } from "../texts.js";
import type { Asked } from "./contract.js";
import { byId } from "./dom.js";
import { wrong } from "./draft.js";
import type { Feedback } from "./feedback.js";
import { inUnit } from "./words.js";

export class NumberField {
  private readonly field = byId<HTMLInputElement>("value");

  constructor(
    private readonly asked: Asked,
    private readonly feedback: Feedback,
    private readonly save: () => void,
  ) {
    this.field.addEventListener("input", () => this.take());
    this.field.addEventListener("keydown", (event) => this.key(event));
  }

  /** A digit that was typed elsewhere on the page begins a new number. */
  type(digit: string): void {
    this.field.focus();
    this.field.value = digit;
    this.take();
  }

  /** What is on the table, where the reader is not just typing it. */
  draw(value: number | null): void {
    if (document.activeElement === this.field) return;
    this.field.value = value === null ? "" : String(value);
    this.tell("");
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter" && !this.take()) return;
    this.field.blur();
    if (event.key === "Enter") this.save();
    else this.draw(this.feedback.said.value);
  }

  /** Whether what is typed is a number that can be said, or nothing. */
  private take(): boolean {
    const { field, asked } = this;
    const empty = field.value === "" && !field.validity.badInput;
    const why = empty ? null : wrong(field.valueAsNumber, asked);
    this.tell(why ? this.words(why) : "");
    // What cannot be said is not said in part: of 300, 30 stood there before.
    this.feedback.value(empty || why ? null : round(field.valueAsNumber, asked.places));
    return !why;
  }

  private words(why: "none" | "low" | "high"): string {
    const { asked } = this;
    if (why === "none") return _("This is no number.");
    return why === "low" ? _("Not below %(lowest)s.", { lowest: inUnit(asked.lowest, asked) }) : _("Not above %(highest)s.", { highest: inUnit(asked.highest, asked) });
  }

  private tell(text: string): void {
    byId("value-wrong").textContent = text;
    this.field.setAttribute("aria-invalid", String(text !== ""));
  }
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}
