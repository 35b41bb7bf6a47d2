/** A point on the film that arrow keys move: what a mouse would point at. */

import type { Point } from "./contract.js";
import { clamped } from "./geometry.js";
import type { Pane } from "./pane.js";
import { applied, unapplied } from "./place.js";

/** CSS pixels that an arrow key moves it, as finely as a mouse points; and with Shift. */
const STEP = 1;
const LARGE_STEP = 10;

export class KeyPoint {
  /** In pixels of the film; null before the first arrow key. */
  at: Point | null = null;

  constructor(private readonly pane: Pane) {}

  /** One step. It begins at a place of the film, or in the middle of what is seen, and stays on the film and in sight. */
  move(right: number, down: number, large: boolean, from: Point | null): Point {
    const step = large ? LARGE_STEP : STEP;
    const [x, y] = applied(this.pane.matrix, this.at ?? from ?? unapplied(this.pane.matrix, [this.width / 2, this.height / 2]));
    const { columns, rows } = this.pane.pixels;
    this.at = clamped(unapplied(this.pane.matrix, [x + right * step, y + down * step]), columns, rows);
    this.keepInSight(this.at);
    return this.at;
  }

  private keepInSight(at: Point): void {
    const [x, y] = applied(this.pane.matrix, at);
    const by: Point = [beyond(x, this.width), beyond(y, this.height)];
    if (by[0] || by[1]) this.pane.moveBy(by);
  }

  private get width(): number {
    return this.pane.element.clientWidth;
  }

  private get height(): number {
    return this.pane.element.clientHeight;
  }
}

/** How far the film has to go so that a coordinate is within a length again. */
function beyond(at: number, length: number): number {
  return Math.max(0, -at) + Math.min(0, length - at);
}
