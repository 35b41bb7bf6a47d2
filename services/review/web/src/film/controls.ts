/** Buttons and fields: a click does what a key does. */

import { _ } from "../texts.js";
import { byId, element } from "./dom.js";
import type { Feedback } from "./feedback.js";
import { fillHelp } from "./help.js";
import { singleKeys } from "./settings.js";
import { MEASURED, PRESETS } from "./windows.js";

/** Make the page's controls act. */
export function control(run: (action: string) => boolean, feedback: Feedback): void {
  const digits = feedback.state.asked === null; // else they are the number's
  const windows = feedback.state.asked === null ? PRESETS : MEASURED;
  byId("windows").append(...windows.map(([, name, what], index) => windowButton(name, what, index + 1, digits)));
  fillHelp(byId<HTMLDialogElement>("help"), feedback.state.asked !== null, singleKeys(), (on) => singleKeys(on));
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-action], [data-sureness]") : null;
    if (!pressed) return;
    const { action, sureness } = pressed.dataset;
    if (sureness) feedback.sureness(feedback.said.sureness === sureness ? null : (sureness as "sure"));
    else run(action ?? "");
    // A mouse leaves no focus on a button, so that Enter saves and does not press it again.
    if (event.detail > 0 && document.activeElement === pressed) pressed.blur();
  });
  comment(feedback);
}

function comment(feedback: Feedback): void {
  const field = byId<HTMLTextAreaElement>("comment");
  field.addEventListener("input", () => feedback.change((said) => ({ ...said, comment: field.value })));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.blur();
  });
}

function windowButton(name: string, what: string, number: number, keyed: boolean): HTMLElement {
  const about = { type: "button", "data-action": `window-${number}`, "data-testid": `window-${number}`, "aria-pressed": "false" };
  const key = keyed && element("kbd", { "aria-hidden": "true" }, String(number + 4));
  return element("button", { ...about, title: _("Window: %(what)s", { what: _(what) }) }, element("span", {}, _(name)), key);
}

/** Show a button as down or up. */
export function mark(action: string, pressed: boolean): void {
  document.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(pressed));
}
