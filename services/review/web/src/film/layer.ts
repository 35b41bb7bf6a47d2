/** What lies over the film: heat, lungs, readers' shapes. SVG in the film's own pixels, moved as the film is. */

import { _ } from "../texts.js";
import type { Answer, Contour, Point, Shape } from "./contract.js";
import { shape } from "./dom.js";
import { corners } from "./geometry.js";
import type { Pane } from "./pane.js";
import type { Sketch } from "./pencil.js";
import { applied } from "./place.js";
import type { Listed } from "./shapes.js";
import { named } from "./words.js";

export interface Drawn {
  by: "mine" | "other";
  shapes: Shape[];
}

export class Layer {
  private readonly root = shape("svg", { class: "over", "aria-hidden": "true" });
  private readonly moved = shape("g");
  private readonly heat = shape("image", { preserveAspectRatio: "none", class: "heat" });
  private readonly lungs = shape("g", { class: "lungs" });
  private readonly said = shape("g", { class: "said" });
  /** The shapes that can be changed. */
  private readonly open = shape("g", { class: "open" });
  /** What is being drawn. */
  private readonly sketch = shape("g", { class: "open" });
  private readonly words = shape("g", { class: "words" });
  private readonly pointer = shape("g", { class: "pointer" });
  private places: [Point, string][] = [];
  /** What showOpen drew last: it is asked with every frame. */
  private shown: unknown[] = [];

  constructor(private readonly pane: Pane) {
    this.moved.append(this.heat, this.lungs, this.said, this.open, this.sketch, this.pointer);
    this.root.append(this.moved, this.words);
    pane.element.append(this.root);
  }

  /** Heat of a class at an opacity; null takes it away. */
  showHeat(url: string | null, opacity: number): void {
    const { columns, rows } = this.pane.pixels;
    if (url && this.heat.getAttribute("href") !== url) this.heat.setAttribute("href", url);
    this.heat.setAttribute("width", String(columns));
    this.heat.setAttribute("height", String(rows));
    this.heat.style.opacity = String(opacity);
    this.heat.style.display = url ? "" : "none";
  }

  showLungs(contours: Contour[]): void {
    this.lungs.replaceChildren(...contours.map((contour) => shape("path", { d: path(contour) })));
  }

  showShapes(drawn: Drawn[]): void {
    const all = drawn.flatMap(({ by, shapes }) => shapes.map((each) => ({ by, ...each })));
    this.said.replaceChildren(
      ...all.map(({ by, kind, points }) => shape("path", { d: path(outline(kind, points)), class: `${by} ${kind}` })),
    );
    this.places = all.filter((each) => each.finding).map((each): [Point, string] => [top(each), named(each.finding ?? "")]);
    this.write();
  }

  /** The shapes that the reader may change; the chosen one and the one under the pointer stand out. */
  showOpen(shapes: Listed[], chosen: string | null, { near, line, box }: Sketch): void {
    const now = [shapes, chosen, near, box, line?.length];
    if (now.every((each, index) => each === this.shown[index])) return;
    this.shown = now;
    const shown = shapes.map(({ uid, kind, points }) => {
      const [d, marked] = [path(outline(kind, points)), uid === near || uid === chosen];
      const handles = marked && kind === "box" ? [shape("path", { d: dots(corners(points)), class: "handles" })] : [];
      return shape("g", { class: marked ? `${kind} marked` : kind }, shape("path", { d, class: "halo" }), shape("path", { d }), ...handles);
    });
    this.open.replaceChildren(...shown);
    const drawn = box ? path(corners(box)) : line ? `M${points(line)}` : "";
    this.sketch.replaceChildren(...(drawn ? [shape("path", { d: drawn, class: "halo" }), shape("path", { d: drawn })] : []));
  }

  /** An arrow to where the file says that up is: what a person sees beside it explains the refusal. */
  showUp(answer: Answer | null): void {
    const rotated = answer?.refusal?.reason === "rotated";
    const { columns, rows } = this.pane.pixels;
    const size = Math.min(columns, rows) / 14;
    const [x, y] = [columns / 2, size * 0.6];
    const line = `M${x} ${y + size * 1.7}V${y}M${x - size * 0.5} ${y + size * 0.55}L${x} ${y}L${x + size * 0.5} ${y + size * 0.55}`;
    this.pointer.replaceChildren(...(rotated ? [shape("path", { d: line, class: "halo" }), shape("path", { d: line })] : []));
    this.upAt = rotated ? [x + size * 0.8, y + size] : null;
    this.write();
  }

  private upAt: Point | null = null;
  /** Where the film was when everything was last put there. */
  private where = "";

  /** Put everything where the film is now. */
  move(): void {
    const { matrix } = this.pane;
    const where = `matrix(${matrix.join(" ")})`;
    if (where === this.where || !matrix.every(Number.isFinite)) return; // Not there while the window has no size.
    this.where = where;
    this.moved.setAttribute("transform", where);
    this.write();
  }

  /** Words are as large at any zoom, so they are not moved with the film but written anew. */
  private write(): void {
    const { matrix } = this.pane;
    const places: [Point, string][] = this.upAt ? [...this.places, [this.upAt, _("up, as the file has it")]] : this.places;
    this.words.replaceChildren(
      ...places.map(([place, text]) => {
        const [x, y] = applied(matrix, place);
        return shape("text", { x, y: y - 4 }, text);
      }),
    );
  }
}

function path(outline: Contour): string {
  return outline.length ? `M${points(outline)}Z` : "";
}

function points(line: Contour): string {
  return line.map(([x, y]) => `${x} ${y}`).join("L");
}

/** Lines without a length: with round ends they are dots, as large at any zoom. */
function dots(places: Contour): string {
  return places.map(([x, y]) => `M${x} ${y}h0`).join("");
}

function outline(kind: Shape["kind"], points: Contour): Contour {
  return kind === "box" ? corners(points) : points;
}

function top({ points }: Shape): Point {
  return [Math.min(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y))];
}
