/** Films that are selected, to be dismissed or put back together; what was done last can be undone. */

import { _, ngettext } from "../texts.js";
import { element } from "./elements.js";

type Change = "dismiss" | "restore";

const OPPOSITE: Record<Change, Change> = { dismiss: "restore", restore: "dismiss" };

function done(change: Change, count: number): string {
  return change === "dismiss"
    ? ngettext("%(count)s film dismissed.", "%(count)s films dismissed.", count, { count })
    : ngettext("%(count)s film put back.", "%(count)s films put back.", count, { count });
}

function undone(change: Change, count: number): string {
  return change === "dismiss"
    ? ngettext("%(count)s film dismissed again.", "%(count)s films dismissed again.", count, { count })
    : ngettext("%(count)s film put back again.", "%(count)s films put back again.", count, { count });
}

export class Chosen {
  private readonly ids = new Set<string>();
  private last: { change: Change; films: string[] } | null = null;
  private readonly bar = element("chosen");
  private readonly said = element("chosen-said");
  private readonly button = element("chosen-change");
  private readonly none = element("chosen-none");
  private readonly undo = element("chosen-undo");
  private readonly rows = element("rows");

  constructor(
    private readonly csrf: string,
    private readonly refresh: () => Promise<void>,
  ) {}

  listen(): void {
    this.rows.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement && target.dataset.choose) this.choose(target.dataset.choose, target.checked);
    });
    this.button.addEventListener("click", () => void this.change());
    this.none.addEventListener("click", () => this.clear());
    this.undo.addEventListener("click", () => void this.takeBack());
    document.addEventListener("keydown", (event) => this.key(event));
    new MutationObserver(() => this.show()).observe(this.rows, { childList: true });
  }

  private key(event: KeyboardEvent): void {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const typing = target?.matches("input:not([type=checkbox]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = target?.closest<HTMLElement>("tr[data-film]")?.dataset.film;
    if (event.key === "x" && here) this.choose(here, !this.ids.has(here));
    else if (event.key === "Delete" && (this.ids.size || here)) void this.change(here);
    else return;
    event.preventDefault();
  }

  private choose(name: string, on: boolean): void {
    const names = name === "all" ? this.boxes().map((each) => each.dataset.choose ?? "") : [name];
    for (const each of names) if (on) this.ids.add(each);
    else this.ids.delete(each);
    this.last = null;
    this.show();
  }

  private clear(): void {
    this.ids.clear();
    this.show();
  }

  /** All that are selected; where none is, the one that the keyboard is at. */
  private async change(here?: string): Promise<void> {
    const films = this.ids.size ? [...this.ids] : here ? [here] : [];
    const change = this.button.dataset.to as Change;
    if (films.length) await this.post(change, films, done);
  }

  private async takeBack(): Promise<void> {
    if (this.last) await this.post(OPPOSITE[this.last.change], this.last.films, undone);
  }

  private async post(change: Change, films: string[], said: (change: Change, count: number) => string): Promise<void> {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": this.csrf };
    let told = _("Not done: the reading room does not answer.");
    try {
      const answer = await fetch(`/worklist/${change}`, { method: "POST", headers, body: JSON.stringify({ films }) });
      const body = (await answer.json()) as { films?: string[]; detail?: string };
      if (answer.ok) {
        const changed = body.films ?? [];
        this.last = changed.length ? { change, films: changed } : null;
        this.ids.clear();
        told = said(change, changed.length);
        await this.refresh();
      } else told = _("Not done: %(why)s", { why: body.detail ?? answer.status });
    } catch {
      // Said below.
    }
    this.show(told);
  }

  private boxes(): HTMLInputElement[] {
    return [...this.rows.querySelectorAll<HTMLInputElement>('[data-choose]:not([data-choose="all"])')];
  }

  /** Bring the boxes and the bar up to what is selected: the rows may be new ones. */
  private show(told = ""): void {
    const boxes = this.boxes();
    for (const box of boxes) box.checked = this.ids.has(box.dataset.choose ?? "");
    const all = this.rows.querySelector<HTMLInputElement>('[data-choose="all"]');
    if (all) all.checked = boxes.length > 0 && boxes.every(({ checked }) => checked);
    const count = this.ids.size;
    if (count) this.said.textContent = ngettext("%(count)s selected", "%(count)s selected", count, { count });
    else if (told) this.said.textContent = told;
    this.bar.hidden = !count && !told && !this.last;
    this.button.hidden = this.none.hidden = !count;
    this.undo.hidden = count > 0 || !this.last;
  }
}
