/** What lies over the film: heat, lungs, readers' shapes. SVG in the film's own pixels, moved as Cornerstone moves the film. */

import type { Answer, Contour, Point, Shape } from "./contract.js";
import { shape } from "./dom.js";
import type { Pane } from "./pane.js";
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
  private readonly words = shape("g", { class: "words" });
  private readonly pointer = shape("g", { class: "pointer" });
  private places: [Point, string][] = [];

  constructor(private readonly pane: Pane) {
    this.moved.append(this.heat, this.lungs, this.said, this.pointer);
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
      ...all.map(({ by, kind, points }) => shape("path", { d: path(kind === "box" ? corners(points) : points), class: `${by} ${kind}` })),
    );
    this.places = all.filter((each) => each.finding).map((each): [Point, string] => [top(each), named(each.finding ?? "")]);
    this.move();
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
    this.move();
  }

  private upAt: Point | null = null;

  /** Put everything where the film is now. */
  move(): void {
    const { matrix } = this.pane;
    if (!matrix.every(Number.isFinite)) return; // While the window has no size.
    const [a, b, c, d, e, f] = matrix;
    this.moved.setAttribute("transform", `matrix(${matrix.join(" ")})`);
    const places: [Point, string][] = this.upAt ? [...this.places, [this.upAt, "up, as the file has it"]] : this.places;
    this.words.replaceChildren(
      ...places.map(([[x, y], text]) => shape("text", { x: a * x + c * y + e, y: b * x + d * y + f - 4 }, text)),
    );
  }
}

function path(points: Contour): string {
  return points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join("L")}Z` : "";
}

function corners([from, to]: Contour): Contour {
  return from && to ? [from, [to[0], from[1]], to, [from[0], to[1]]] : [];
}

function top({ points }: Shape): Point {
  return [Math.min(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y))];
}
