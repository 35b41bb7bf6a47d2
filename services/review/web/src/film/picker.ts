/** Choosing findings by keyboard: letters narrow the list, arrows walk, Space chooses, Enter or Esc closes. */

import { _ } from "../texts.js";
import { element } from "./dom.js";
import { named } from "./words.js";

export class Picker {
  private readonly field: HTMLInputElement;
  private readonly list = element("ul", { id: "picker-list", role: "listbox", "aria-multiselectable": "true", "aria-label": _("Findings") });
  private at = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly findings: string[],
    private readonly chosen: () => string[],
    private readonly onToggle: (finding: string) => void,
    private readonly onClose: () => void,
  ) {
    const about = { role: "combobox", "aria-expanded": "true", "aria-controls": "picker-list", "aria-autocomplete": "list" };
    this.field = element("input", { ...about, type: "text", autocomplete: "off", placeholder: _("Type a finding"), "aria-label": _("Find a finding; Space chooses"), "data-testid": "picker-field" });
    const done = element("button", { type: "button", "data-testid": "picker-done" }, _("Done"));
    done.addEventListener("click", () => this.onClose());
    root.append(element("div", { class: "find" }, this.field, done), this.list);
    this.field.addEventListener("input", () => this.moveTo(0));
    this.field.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerdown", ({ target }) => {
      if (this.open && target instanceof Element && !target.closest("#picker, [data-action=findings]")) this.onClose();
    });
    this.list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
      if (option?.dataset.finding) this.toggle(option.dataset.finding);
    });
  }

  get open(): boolean {
    return !this.root.hidden;
  }

  set open(open: boolean) {
    this.root.hidden = !open;
    if (!open) return;
    this.field.value = "";
    this.moveTo(0);
    this.field.focus();
  }

  draw(): void {
    const chosen = this.chosen();
    this.list.replaceChildren(
      ...this.matching().map((finding, index) =>
        element(
          "li",
          { role: "option", id: `finding-${finding}`, "data-finding": finding, "data-testid": `finding-${finding}`, "aria-selected": String(chosen.includes(finding)), class: index === this.at ? "here" : null },
          named(finding),
        ),
      ),
    );
    const here = this.matching()[this.at];
    this.field.setAttribute("aria-activedescendant", here ? `finding-${here}` : "");
    this.list.querySelector(".here")?.scrollIntoView({ block: "nearest" });
  }

  /** What contains the letters; what begins with them first. */
  private matching(): string[] {
    const wanted = plain(this.field.value.trim());
    const found = this.findings.filter((finding) => plain(named(finding)).includes(wanted));
    return found.sort((one, other) => Number(starts(other, wanted)) - Number(starts(one, wanted)));
  }

  private key(event: KeyboardEvent): void {
    const here = this.matching()[this.at];
    const columns = 2;
    const steps: Record<string, number> = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: 1, ArrowLeft: -1 };
    const step = steps[event.key];
    if (step) this.moveTo(this.at + step);
    else if (event.key === " " && here) this.toggle(here);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      if (here && this.field.value && !this.chosen().includes(here)) this.toggle(here);
      this.onClose();
    } else if (event.key === "Escape") this.onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private toggle(finding: string): void {
    this.onToggle(finding);
    this.field.value = "";
    this.at = Math.max(0, this.matching().indexOf(finding));
    this.draw();
    this.field.focus();
  }

  private moveTo(index: number): void {
    this.at = Math.min(Math.max(index, 0), Math.max(0, this.matching().length - 1));
    this.draw();
  }
}

function starts(finding: string, wanted: string): boolean {
  return plain(named(finding)).startsWith(wanted);
}

/** Without accents, which nobody types to find something. */
function plain(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}
