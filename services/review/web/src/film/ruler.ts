/** The ruler, and the two lines of the cardiothoracic ratio: drawn on the film, and not kept with an opinion. */

import { N_, _ } from "../texts.js";
import type { FilmState, Point } from "./contract.js";
import { byId, element, shape } from "./dom.js";
import { distance } from "./geometry.js";
import type { Drag, Press } from "./gestures.js";
import { KeyPoint } from "./keypoint.js";
import { type Kind, type Measure, chestOf, millimetres, pixelsOf, told, written } from "./measure.js";
import { say } from "./notice.js";
import type { Pane } from "./pane.js";
import { applied, unapplied } from "./place.js";

/** Less is a click, in CSS pixels: it begins a line that the next click ends. */
const CLICK = 4;

const HINTS: Record<Kind, string> = {
  length: N_("Drag, or click at both ends; or arrow keys (Shift: faster) and Enter at each end. Esc stops."),
  chest: N_("The models’ lungs are not known here. Draw the chest’s inner width: drag, or click at both ends; or arrow keys and Enter."),
  heart: N_("Draw the heart’s width, from its outermost border on one side to that on the other: drag, or click at both ends; or arrow keys and Enter."),
};

/** A length is read out when no arrow key has changed it for so long. */
const SAID_AFTER_MS = 400;
/** Half of the cross that arrow keys move, in CSS pixels. */
const CROSS = 9;

export class Ruler {
  /** What is drawn next. */
  private kind: Kind | null = null;
  private begun: Point | null = null;
  private sketch: Measure | null = null;
  private measures: Measure[] = [];
  private toldTurned = false;
  private readonly point: KeyPoint;
  private saying = 0;
  private readonly root = shape("svg", { class: "over measures", "aria-hidden": "true" });

  constructor(
    private readonly pane: Pane,
    private readonly state: () => FilmState,
  ) {
    this.point = new KeyPoint(pane);
    pane.element.append(this.root);
  }

  get drawing(): Kind | null {
    return this.kind;
  }

  /** Measure a length, or stop. */
  toggle(): void {
    if (this.pane.shown) this.next(this.kind === "length" ? null : "length");
  }

  /** The cardiothoracic ratio: begin with the chest, or with the heart where the models' lungs give the chest; or take it away. */
  toggleRatio(): void {
    if (!this.pane.shown) return;
    const before = this.measures.length;
    this.measures = this.measures.filter(({ kind }) => kind === "length");
    if (this.kind === "heart" || this.kind === "chest" || before > this.measures.length) return this.next(null);
    const chest = chestOf(this.state().answer?.lung_contours ?? [], this.turned);
    if (chest) this.measures.push(chest);
    this.next(chest ? "heart" : "chest");
  }

  /** Stop; false where nothing was being measured. */
  stop(): boolean {
    const was = this.kind !== null;
    this.next(null);
    return was;
  }

  /** Take the last one away; false where there is none. */
  remove(): boolean {
    const was = this.measures.pop() !== undefined;
    this.next(null);
    return was;
  }

  /** What a press does; null where nothing is being measured. */
  begin({ at, button }: Press): Drag | null {
    if (!this.kind || button !== 0) return null;
    const from = this.begun ?? unapplied(this.pane.matrix, at);
    let to = at;
    return {
      move: (now) => this.show(from, (to = now)),
      end: () => {
        if (!this.begun && distance(at, to) < CLICK) this.begun = from;
        else this.made(from, to);
      },
      cancel: () => this.next(this.kind),
    };
  }

  /** The pointer moves with nothing pressed. */
  hover(at: Point): void {
    if (this.begun) this.show(this.begun, at);
  }

  /** An arrow key moves the next end; false where nothing is being measured. */
  nudge(right: number, down: number, large: boolean): boolean {
    if (!this.kind) return false;
    byId("frame-main").focus({ preventScroll: true }); // else Enter would press the button that began it
    const at = this.point.move(right, down, large, this.begun);
    if (this.begun) this.show(this.begun, applied(this.pane.matrix, at));
    clearTimeout(this.saying);
    this.saying = window.setTimeout(() => this.saySketch(), SAID_AFTER_MS);
    this.pane.redraw();
    return true;
  }

  /** Enter sets an end where arrow keys have put it; false where they have not. */
  enter(): boolean {
    const { at } = this.point;
    if (!this.kind || !at) return false;
    if (this.begun) this.made(this.begun, applied(this.pane.matrix, at));
    else {
      this.begun = at;
      say(_("One end is set. Arrow keys move the other, Enter sets it."));
    }
    return true;
  }

  /** Put the lines where the film is now. */
  move(): void {
    if (this.turned !== this.toldTurned) this.tell();
    const mm = this.mm;
    const all = this.sketch ? [...this.measures, this.sketch] : this.measures;
    this.root.replaceChildren(...all.flatMap((each) => this.drawn(each, mm)), ...this.cross());
  }

  private made(from: Point, to: Point): void {
    const made = { kind: this.kind!, from, to: unapplied(this.pane.matrix, to), by: "reader" as const };
    if (pixelsOf(made, this.turned) > 0) this.measures.push(made);
    this.next(made.kind === "chest" ? "heart" : null);
  }

  private next(kind: Kind | null): void {
    this.kind = kind;
    this.begun = this.sketch = this.point.at = null;
    clearTimeout(this.saying);
    const hint = byId("drawing");
    hint.hidden = !kind;
    hint.textContent = kind ? _(HINTS[kind]) : "";
    for (const [action, kinds] of Object.entries({ ruler: ["length"], ratio: ["heart", "chest"] })) {
      const down = kinds.includes(kind ?? "") || (action === "ratio" && this.measures.some((each) => each.kind === "heart"));
      document.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(down));
    }
    this.pane.element.style.cursor = kind ? "crosshair" : "";
    this.tell();
    this.move();
  }

  private tell(): void {
    this.toldTurned = this.turned;
    const lines = told(this.measures, { mm: this.mm, turned: this.turned, view: this.state().study.view_position });
    byId("measured").hidden = !lines.length;
    byId("measured").replaceChildren(...lines.map((line) => element("p", {}, line)));
  }

  private show(from: Point, to: Point): void {
    this.sketch = { kind: this.kind ?? "length", from, to: unapplied(this.pane.matrix, to), by: "reader" };
    this.pane.redraw();
  }

  private drawn(each: Measure, mm: number | null): SVGElement[] {
    const [[fromX, fromY], [toX, toY]] = [applied(this.pane.matrix, each.from), applied(this.pane.matrix, each.to)];
    const d = `M${fromX} ${fromY}L${toX} ${toY}`;
    const ends = `M${fromX} ${fromY}h0M${toX} ${toY}h0`;
    const label = shape("text", { x: (fromX + toX) / 2 + 6, y: (fromY + toY) / 2 - 6 });
    label.textContent = `${{ length: "", heart: `${_("heart")} `, chest: `${_("chest")} ` }[each.kind]}${written(pixelsOf(each, this.turned), mm)}`;
    return [shape("path", { d, class: "halo" }), shape("path", { d, class: each.by }), shape("path", { d: ends, class: "handles" }), label];
  }

  private cross(): SVGElement[] {
    if (!this.point.at) return [];
    const [x, y] = applied(this.pane.matrix, this.point.at);
    const d = `M${x - CROSS} ${y}h${2 * CROSS}M${x} ${y - CROSS}v${2 * CROSS}`;
    return [shape("path", { d, class: "halo" }), shape("path", { d, class: "reader" })];
  }

  private saySketch(): void {
    if (this.sketch) say(written(pixelsOf(this.sketch, this.turned), this.mm));
  }

  private get mm(): number | null {
    return this.pane.shown ? millimetres(this.pane.pixels) : null;
  }

  /** Whether the film is shown on its side. */
  private get turned(): boolean {
    return this.pane.view.rotation % 180 !== 0;
  }
}
