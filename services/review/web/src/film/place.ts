/** Where a film lies in its frame: how far it is enlarged, which of its points is in the middle, how it is turned. */

import type { Point } from "./contract.js";

/** a b c d e f of an affine transform, as SVG writes it: x' = ax + cy + e, y' = bx + dy + f. */
export type Matrix = [number, number, number, number, number, number];

/** What of a view another film can take over, whatever its size. */
export interface View {
  /** Times the size at which the whole film just fits. */
  zoom: number;
  /** Which point of the film is in the middle, as shares of its columns and rows. */
  centre: Point;
  /** Degrees clockwise: 0, 90, 180 or 270. */
  rotation: number;
}

/** How large a film is, in its pixels. They are square: the gateway resamples a film whose pixels are not. */
export interface Extent {
  columns: number;
  rows: number;
}

export const WHOLE: View = { zoom: 1, centre: [0.5, 0.5], rotation: 0 };
const [LOWEST_ZOOM, HIGHEST_ZOOM] = [0.1, 40];

/** Cosine and sine of each quarter turn, without rounding errors. */
const TURNS: [number, number][] = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/** CSS pixels to a column of a film that just fits a frame of a size in CSS pixels. */
export function fittedScale({ columns, rows }: Extent, rotation: number, [width, height]: Point): number {
  const [across, down] = rotation % 180 === 0 ? [columns, rows] : [rows, columns];
  return Math.min(width / across, height / down);
}

/** From the film's pixels (0, 0 is the outer corner of the first) to CSS pixels of a frame of a size. */
export function matrixOf({ zoom, centre, rotation }: View, film: Extent, size: Point): Matrix {
  const scale = fittedScale(film, rotation, size) * zoom;
  const [cosine, sine] = TURNS[((rotation / 90) % 4 + 4) % 4]!;
  const [a, b] = [scale * cosine, scale * sine];
  const [x, y] = [centre[0] * film.columns, centre[1] * film.rows];
  return [a, b, -b, a, size[0] / 2 - a * x + b * y, size[1] / 2 - b * x - a * y];
}

/** The same, moved by less than a pixel so that the film begins where a pixel of the screen does: sharp at 1:1. */
export function snapped([a, b, c, d, e, f]: Matrix, pixelsPerCss: number): Matrix {
  const snap = (at: number) => Math.round(at * pixelsPerCss) / pixelsPerCss;
  return [a, b, c, d, snap(e), snap(f)];
}

export function applied([a, b, c, d, e, f]: Matrix, [x, y]: Point): Point {
  return [a * x + c * y + e, b * x + d * y + f];
}

/** The point that the transform takes to this one. */
export function unapplied([a, b, c, d, e, f]: Matrix, [x, y]: Point): Point {
  const size = a * d - b * c;
  return [(d * (x - e) - c * (y - f)) / size, (a * (y - f) - b * (x - e)) / size];
}

/** How long one unit is after the transform. */
export function scaleOf([a, b]: Matrix): number {
  return Math.hypot(a, b);
}

/** A view in which the film cannot be lost: some of it is always in the middle. */
export function bounded({ zoom, centre, rotation }: View): View {
  const share = (at: number) => Math.min(Math.max(at, 0), 1);
  return { zoom: Math.min(Math.max(zoom, LOWEST_ZOOM), HIGHEST_ZOOM), centre: [share(centre[0]), share(centre[1])], rotation };
}

/** Enlarged by a factor, with the film's point under a point of the frame left where it is. */
export function zoomedAt(view: View, film: Extent, size: Point, at: Point, factor: number): View {
  const zoomed = bounded({ ...view, zoom: view.zoom * factor });
  const under = unapplied(matrixOf(view, film, size), at);
  const now = applied(matrixOf(zoomed, film, size), under);
  return movedBy(zoomed, film, size, [at[0] - now[0], at[1] - now[1]]);
}

/** Moved by CSS pixels. */
export function movedBy(view: View, film: Extent, size: Point, [right, down]: Point): View {
  const [x, y] = unapplied(matrixOf(view, film, size), [size[0] / 2 - right, size[1] / 2 - down]);
  return bounded({ ...view, centre: [x / film.columns, y / film.rows] });
}
