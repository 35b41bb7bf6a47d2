/** Plane geometry of shapes on the film, in its pixels. */

import type { Contour, Point } from "./contract.js";

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

/** The point of a segment that is nearest, as its share of the way along. */
export function along([x, y]: Point, [fromX, fromY]: Point, [toX, toY]: Point): number {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const length = alongX * alongX + alongY * alongY;
  return length ? Math.min(1, Math.max(0, ((x - fromX) * alongX + (y - fromY) * alongY) / length)) : 0;
}

/** The point at a share of the way. */
export function between([fromX, fromY]: Point, [toX, toY]: Point, share: number): Point {
  return [fromX + (toX - fromX) * share, fromY + (toY - fromY) * share];
}

export function distance([x, y]: Point, [right, down]: Point): number {
  return Math.hypot(right - x, down - y);
}

/** Of a closed outline, whichever way round it goes. Source: the shoelace formula. */
export function area(outline: Contour): number {
  const twice = outline.reduce((sum, [x, y], index) => {
    const [right, down] = outline[(index + 1) % outline.length]!;
    return sum + x * down - right * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** A box's corners from two opposite ones: left top, right top, right bottom, left bottom. */
export function corners(points: Contour): Contour {
  const [[left, top], [right, bottom]] = box(points);
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** A box's left top and right bottom corner. */
export function box(points: Contour): [Point, Point] {
  const [across, down] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [[Math.min(...across), Math.min(...down)], [Math.max(...across), Math.max(...down)]];
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

function toSegment(point: Point, from: Point, to: Point): number {
  return distance(point, between(from, to, along(point, from, to)));
}
