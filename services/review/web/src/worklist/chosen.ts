/** Films that are selected, to be dismissed or put back together; what was done last can be undone. */

import { element } from "./elements.js";

type Change = "dismiss" | "restore";

const DONE: Record<Change, string> = { dismiss: "dismissed", restore: "put back" };
const OPPOSITE: Record<Change, Change> = { dismiss: "restore", restore: "dismiss" };

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
    if (films.length) await this.post(change, films, `${DONE[change]}.`);
  }

  private async takeBack(): Promise<void> {
    if (this.last) await this.post(OPPOSITE[this.last.change], this.last.films, `${DONE[OPPOSITE[this.last.change]]} again.`);
  }

  private async post(change: Change, films: string[], said: string): Promise<void> {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": this.csrf };
    let told = "Not done: the reading room does not answer.";
    try {
      const answer = await fetch(`/worklist/${change}`, { method: "POST", headers, body: JSON.stringify({ films }) });
      const body = (await answer.json()) as { films?: string[]; detail?: string };
      if (answer.ok) {
        const changed = body.films ?? [];
        this.last = changed.length ? { change, films: changed } : null;
        this.ids.clear();
        told = `${changed.length} ${changed.length === 1 ? "film" : "films"} ${said}`;
        await this.refresh();
      } else told = `Not done: ${body.detail ?? answer.status}`;
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
    if (count) this.said.textContent = `${count} selected`;
    else if (told) this.said.textContent = told;
    this.bar.hidden = !count && !told && !this.last;
    this.button.hidden = this.none.hidden = !count;
    this.undo.hidden = count > 0 || !this.last;
  }
}
