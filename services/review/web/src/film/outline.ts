/** An outline that is pulled: a line drawn from the outline to the outline takes the place of what is between. */

import type { Contour, Point } from "./contract.js";
import { along, area, between, distance } from "./geometry.js";

/** A place on a closed outline: on the side after a corner, at a share of the way to the next. */
export interface OnOutline {
  corner: number;
  share: number;
  point: Point;
  distance: number;
}

/** The outline's point that is nearest to a point. Raises Error where the outline has no corner. */
export function nearest(outline: Contour, to: Point): OnOutline {
  let found: OnOutline | null = null;
  for (const [corner, from] of outline.entries()) {
    const next = outline[(corner + 1) % outline.length]!;
    const share = along(to, from, next);
    const point = between(from, next, share);
    const far = distance(point, to);
    if (!found || far < found.distance) found = { corner, share, point, distance: far };
  }
  if (!found) throw new Error("an outline without a corner");
  return found;
}

/**
 * The outline with a line in place of one of its two parts between the line's ends; null where the line ends too far off.
 *
 * Of the two that it could become, the one with the larger area: so that a dent is a dent, a bulge a bulge, and a line all
 * the way round a new outline.
 */
export function pulled(outline: Contour, line: Contour, reach: number): Contour | null {
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last) return null;
  const [from, to] = [nearest(outline, first), nearest(outline, last)];
  if (from.distance > reach || to.distance > reach) return null;
  const drawn = [from.point, ...line.slice(1, -1), to.point];
  const forward = [...drawn, ...part(outline, to, from)];
  const back = [...drawn.toReversed(), ...part(outline, from, to)];
  return area(forward) > area(back) ? forward : back;
}

/** The corners on the way from one place to another, in the outline's direction. */
function part(outline: Contour, from: OnOutline, to: OnOutline): Contour {
  const count = outline.length;
  const ahead = (to.corner - from.corner + count) % count;
  const corners = ahead === 0 && to.share < from.share ? count : ahead;
  return Array.from({ length: corners }, (_, index) => outline[(from.corner + 1 + index) % count]!);
}
