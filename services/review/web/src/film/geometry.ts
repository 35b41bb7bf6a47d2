/** Plane geometry of shapes on the film, in its pixels. */

import type { Contour, Point } from "./contract.js";

/** a b c d e f of an affine transform, as SVG writes it: x' = ax + cy + e, y' = bx + dy + f. */
export type Matrix = [number, number, number, number, number, number];

/** The transform that takes (0, 0), (width, 0) and (0, height) to three given points. */
export function affine(origin: Point, right: Point, down: Point, width: number, height: number): Matrix {
  return [
    (right[0] - origin[0]) / width,
    (right[1] - origin[1]) / width,
    (down[0] - origin[0]) / height,
    (down[1] - origin[1]) / height,
    origin[0],
    origin[1],
  ];
}

/** How long one unit is after the transform, on average of both axes. */
export function scaleOf([a, b, c, d]: Matrix): number {
  return Math.sqrt(Math.abs(a * d - b * c));
}

/** Kept on the film. */
export function clamped([x, y]: Point, columns: number, rows: number): Point {
  return [Math.min(Math.max(x, 0), columns), Math.min(Math.max(y, 0), rows)];
}

/** To a tenth of a pixel, which is finer than a hand. */
export function rounded([x, y]: Point): Point {
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
}

/**
 * With fewer corners, none of which is further than a tolerance from the line as it was.
 *
 * Source: Douglas and Peucker 1973; with a stack, since a drawn line may have thousands of points.
 */
export function simplified(points: Contour, tolerance: number): Contour {
  if (points.length < 3) return points;
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const spans: [number, number][] = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span;
    const [far, distance] = furthest(points, first, last);
    if (distance <= tolerance) continue;
    keep[far] = 1;
    spans.push([first, far], [far, last]);
  }
  return points.filter((_, index) => keep[index]);
}

/** No more corners than a number, by as little tolerance as that needs. */
export function atMost(points: Contour, most: number, tolerance: number): Contour {
  let fewer = simplified(points, tolerance);
  for (let wider = tolerance * 2; fewer.length > most; wider *= 2) fewer = simplified(points, wider);
  return fewer;
}

/** With points between corners, so that no side is longer than a step: an outline that can be pulled anywhere. */
export function filled(points: Contour, step: number): Contour {
  return points.flatMap((from, index) => {
    const to = points[(index + 1) % points.length] ?? from;
    const pieces = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / step));
    return Array.from({ length: pieces }, (_, piece): Point => {
      const share = piece / pieces;
      return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    });
  });
}

function furthest(points: Contour, first: number, last: number): [number, number] {
  let far = first;
  let most = -1;
  for (let index = first + 1; index < last; index += 1) {
    const distance = toSegment(points[index]!, points[first]!, points[last]!);
    if (distance > most) [far, most] = [index, distance];
  }
  return [far, most];
}

function toSegment([x, y]: Point, [fromX, fromY]: Point, [toX, toY]: Point): number {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const length = alongX * alongX + alongY * alongY;
  const share = length ? Math.min(1, Math.max(0, ((x - fromX) * alongX + (y - fromY) * alongY) / length)) : 0;
  return Math.hypot(x - fromX - share * alongX, y - fromY - share * alongY);
}
