/** The dialog that shows every key, and switches them off for who speaks to the computer (WCAG 2.1.4). */

import { N_, _ } from "../texts.js";
import { element } from "./dom.js";
import { type Binding, bindings } from "./keys.js";

const WINDOWS = N_(
  "Windows 5 to 7 come from this film’s own gray values: inside the lungs’ outlines and in the box about them, computed in this page. " +
  "Where the outlines are not known, or hidden because you read first, from the middle of the film. Window 8 shows all gray values as the film was sent.",
);

/** Fill the dialog once; it is opened by showModal(). Number: of a film of which one is asked. */
export function fillHelp(dialog: HTMLDialogElement, number: boolean, enabled: boolean, onEnabled: (enabled: boolean) => void): void {
  const all = bindings(number);
  const groups = [...new Set(all.map(({ group }) => group))];
  const box = element("input", { type: "checkbox", id: "single-keys", checked: enabled });
  box.addEventListener("change", () => onEnabled(box.checked));
  dialog.append(
    element("h2", { id: "help-title" }, _("Keys")),
    element("div", { class: "groups" }, ...groups.map((name) => group(name, all.filter((binding) => binding.group === name)))),
    element("p", {}, _("Mouse: left window, right or wheel zoom, middle or Space and left move. Touch: one finger window, two fingers zoom and move.")),
    ...(number ? [] : [element("p", {}, _(WINDOWS))]),
    element("label", { class: "single" }, box, ` ${_("Single keys act at once")}`),
    element("form", { method: "dialog" }, element("button", { class: "primary", autofocus: true }, _("Close"))),
  );
}

function group(name: string, bindings: Binding[]): HTMLElement {
  const rows = bindings.flatMap(({ shown, text }) => [element("dt", {}, element("kbd", {}, _(shown))), element("dd", {}, _(text))]);
  return element("section", {}, element("h3", {}, _(name)), element("dl", {}, ...rows));
}
