/** The shapes that the reader draws: each has a kind, its points on the film, and may have a finding. */

import type { Contour, Point, Shape } from "./contract.js";
import { atMost, box, clamped, rounded } from "./geometry.js";

/** Source: the server's limits on an opinion; a hand-drawn outline needs far fewer corners. */
const MAX_POINTS = 1500;
const MAX_SHAPES = 50;

export interface Listed extends Shape {
  uid: string;
}

export class Shapes {
  private all: Listed[] = [];
  private made = 0;
  /** The one that was clicked. */
  chosen: string | null = null;

  constructor(
    private readonly extent: () => { columns: number; rows: number },
    private readonly onChange: () => void,
  ) {}

  /** All of them, in the order in which they were drawn, in the film's pixels. */
  list(): Listed[] {
    return this.all;
  }

  /** The same as the server takes them; what has no size is left out. */
  shapes(): Shape[] {
    const kept = this.all.filter(({ points, kind }) => (kind === "box" ? side(points) > 1 : points.length > 2));
    return kept.slice(0, MAX_SHAPES).map(({ kind, points, finding }) => ({ kind, points, finding }));
  }

  /** Begin anew with these. */
  replace(shapes: Shape[]): void {
    this.all = [];
    this.chosen = null;
    for (const shape of shapes) this.put(shape);
    this.onChange();
  }

  /** One more; gives its id. */
  add(shape: Shape): string {
    const uid = this.put(shape);
    this.onChange();
    return uid;
  }

  remove(uid: string): void {
    this.all = this.all.filter((each) => each.uid !== uid);
    if (this.chosen === uid) this.chosen = null;
    this.onChange();
  }

  get(uid: string): Listed | null {
    return this.all.find((each) => each.uid === uid) ?? null;
  }

  /** The one that is chosen, or the one drawn last. */
  last(): string | null {
    return this.chosen ?? this.all.at(-1)?.uid ?? null;
  }

  /** Say what a shape shows; null: nothing in particular. */
  find(uid: string, finding: string | null): void {
    this.change(uid, { finding });
  }

  /** Another place. */
  place(uid: string, points: Contour): void {
    const shape = this.get(uid);
    if (shape) this.change(uid, { points: this.onFilm(shape.kind, points) });
  }

  /** Move a box's left top and right bottom corner by pixels of the film. */
  nudge(uid: string, from: Point, to: Point): void {
    const [first, last] = this.get(uid)?.points ?? [];
    if (first && last) this.place(uid, [[first[0] + from[0], first[1] + from[1]], [last[0] + to[0], last[1] + to[1]]]);
  }

  private put({ kind, points, finding }: Shape): string {
    this.made += 1;
    const uid = String(this.made);
    this.all = [...this.all, { uid, kind, finding, points: this.onFilm(kind, points) }];
    return uid;
  }

  private change(uid: string, changed: Partial<Shape>): void {
    this.all = this.all.map((each) => (each.uid === uid ? { ...each, ...changed } : each));
    this.onChange();
  }

  /** No finer than a hand, nowhere beyond the film, and no more corners than the server takes. */
  private onFilm(kind: Shape["kind"], points: Contour): Contour {
    const { columns, rows } = this.extent();
    const kept = points.map((point) => clamped(point, columns, rows));
    if (kind === "box") return box(kept).map(rounded);
    return atMost(kept, MAX_POINTS, Math.max(columns, rows) / 4000).map(rounded);
  }
}

function side(points: Contour): number {
  const [[left, top], [right, bottom]] = box(points);
  return Math.min(right - left, bottom - top);
}
