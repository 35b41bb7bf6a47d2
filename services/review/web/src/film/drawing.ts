/** Drawing on the film: boxes and outlines by hand or by keyboard, and lungs that are pulled right. */

import { _ } from "../texts.js";
import type { FilmState, Said, Shape } from "./contract.js";
import { byId } from "./dom.js";
import type { Feedback } from "./feedback.js";
import { simplified } from "./geometry.js";
import type { Looks } from "./looks.js";
import { say } from "./notice.js";
import { type Drawing, Pencil } from "./pencil.js";
import { Shapes } from "./shapes.js";
import type { Viewer } from "./viewer.js";

export class Drawings {
  readonly shapes: Shapes;
  readonly pencil: Pencil;
  /** A box that arrow keys move. */
  private byKeys: string | null = null;
  private correcting = false;
  private silent = false;
  /** The shapes as they were put there: only what the reader changes is a change. */
  private given = "[]";
  private feedback!: Feedback;

  constructor(
    private readonly viewer: Viewer,
    private readonly looks: Looks,
  ) {
    this.shapes = new Shapes(() => viewer.main.pixels, () => this.changed());
    this.pencil = viewer.pencil = new Pencil(viewer.main, this.shapes, () => this.drawn());
  }

  attach(feedback: Feedback): void {
    this.feedback = feedback;
  }

  /** A draft begins with its shapes to be changed, or ends. */
  drafting(said: Said | null): void {
    this.stop();
    this.correcting = false;
    this.put(said?.shapes ?? []);
    this.looks.correct(false);
  }

  /** Draw one; the same again while nothing is drawn puts a box for the keyboard, or stops. */
  draw(kind: Drawing): void {
    if (!this.viewer.main.shown) return;
    if (this.pencil.kind === kind) return kind === "box" ? this.boxByKeys() : void this.stop();
    this.feedback.begin();
    this.pencil.outlines = this.correcting && kind === "freehand" ? "lung" : "freehand";
    this.pencil.kind = kind;
    this.hint(kind === "box" ? _("Drag a box. B again: by keyboard. Esc stops.") : _("Draw around it. Esc stops."));
    this.feedback.change((said) => said);
  }

  /** Stop drawing; false where nothing was being drawn. */
  stop(): boolean {
    const drawing = this.pencil.kind !== null || this.byKeys !== null;
    this.pencil.kind = this.byKeys = null;
    this.hint("");
    return drawing;
  }

  /** The given outlines become ones that can be pulled. */
  correctLungs(state: FilmState): void {
    if (!state.answer || state.answer.outcome === "failed") return say(_("There are no lungs of the models’ on this film."));
    if (this.correcting || !this.viewer.main.shown) return;
    this.feedback.change((said) => ({ ...said, lungs: "wrong" }));
    this.correcting = true;
    const said = this.feedback.said;
    const drawn = said.shapes.some(({ kind }) => kind === "lung");
    const tolerance = state.pixels.rows / 1000;
    const lungs = state.answer.lung_contours.map((points): Shape => ({ kind: "lung", points: simplified(points, tolerance), finding: null }));
    this.put(drawn ? said.shapes : [...said.shapes, ...lungs]);
    this.looks.correct(true);
    this.hint(_("Pull an outline: drag from the line to the line. D draws a new one, Del deletes. Enter saves, also without a correction."));
  }

  delete(uid = this.shapes.last()): void {
    if (uid) this.shapes.remove(uid);
  }

  /** Arrow keys move the box that was put by keyboard; with Shift its right bottom corner. */
  nudge(right: number, down: number, sizing: boolean): boolean {
    if (!this.byKeys) return false;
    const step = Math.max(2, 12 / this.viewer.main.scale);
    const by: [number, number] = [right * step, down * step];
    this.shapes.nudge(this.byKeys, sizing ? [0, 0] : by, by);
    return true;
  }

  private boxByKeys(): void {
    this.stop();
    const { columns, rows } = this.viewer.main.pixels;
    const [x, y] = this.viewer.main.view.centre;
    const half = Math.min(columns, rows) / 10;
    const points: [number, number][] = [[x * columns - half, y * rows - half], [x * columns + half, y * rows + half]];
    this.byKeys = this.shapes.add({ kind: "box", points, finding: null });
    this.hint(_("Arrow keys move the box, with Shift they resize it. Enter saves, Esc stops."));
  }

  private drawn(): void {
    if (!this.correcting) this.hint("");
  }

  private changed(): void {
    if (this.silent) return;
    const shapes = this.shapes.shapes();
    if (JSON.stringify(shapes) === this.given) return;
    this.given = "";
    this.feedback.change((said) => ({ ...said, shapes }));
  }

  private put(shapes: Shape[]): void {
    this.silent = true;
    this.shapes.replace(shapes);
    this.given = JSON.stringify(this.shapes.shapes());
    this.silent = false;
    this.viewer.main.redraw();
  }

  private hint(text: string): void {
    byId("drawing").hidden = !text;
    byId("drawing").textContent = text;
  }
}
