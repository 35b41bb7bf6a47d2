/** The film as the screen's pixels see it: interpolated where it is enlarged, averaged where it is made smaller. */

import { STEPS } from "./greys.js";
import { type Extent, type Matrix, applied, scaleOf } from "./place.js";

/** Gray values, row by row. */
export interface Raster {
  columns: number;
  rows: number;
  grey: Uint8Array;
}

/** A part of the screen, in its pixels: STEPS to a gray value. */
export interface Seen {
  left: number;
  top: number;
  columns: number;
  rows: number;
  grey: Uint16Array;
}

/** Of one direction of the screen: for each of its pixels, where its two neighbours lie, and how much the second counts. */
interface Axis {
  first: Int32Array;
  second: Int32Array;
  weight: Int32Array;
}

/** Weights are in 256ths; their product, 65536ths, becomes STEPS-ths. */
const WEIGHT = 256;
const SHIFT = 12;
const HALF = 1 << (SHIFT - 1);
if (WEIGHT * WEIGHT !== STEPS << SHIFT) throw new Error("weights and steps do not fit each other");

/** Half as large: each pixel is the mean of four. */
export function halved({ columns, rows, grey }: Raster): Raster {
  const [fewer, lower] = [(columns + 1) >> 1, (rows + 1) >> 1];
  const made = new Uint8Array(fewer * lower);
  for (let y = 0; y < lower; y += 1) {
    const above = 2 * y * columns;
    const below = Math.min(2 * y + 1, rows - 1) * columns;
    for (let x = 0; x < fewer; x += 1) {
      const left = 2 * x;
      const right = Math.min(left + 1, columns - 1);
      made[y * fewer + x] = (grey[above + left]! + grey[above + right]! + grey[below + left]! + grey[below + right]! + 2) >> 2;
    }
  }
  return { columns: fewer, rows: lower, grey: made };
}

/** A film in as many sizes as were asked for; each half of the one before. */
export class Sizes {
  private readonly all: Raster[];

  constructor(film: Raster) {
    this.all = [film];
  }

  /** How often the film is halved so that no more than two of its pixels come to one of the screen, and that size of it. */
  for(scale: number): [number, Raster] {
    const wanted = Math.max(0, Math.floor(Math.log2(1 / scale) + 1e-9));
    while (this.all.length <= wanted) {
      const last = this.all.at(-1)!;
      if (last.columns < 2 && last.rows < 2) break;
      this.all.push(halved(last));
    }
    const times = Math.min(wanted, this.all.length - 1);
    return [times, this.all[times]!];
  }
}

/**
 * What is seen of a film on a screen of so many pixels, by linear interpolation; null where nothing of it is.
 *
 * The transform is from the film's pixels to the screen's, and turns by quarters only.
 */
export function seen(sizes: Sizes, film: Extent, matrix: Matrix, width: number, height: number): Seen | null {
  const [a, b, c, d, e, f] = matrix;
  const [from, to] = [applied(matrix, [0, 0]), applied(matrix, [film.columns, film.rows])];
  // Of the screen's pixels, those whose middle is on the film.
  const [left, right] = span(from[0], to[0], width);
  const [top, bottom] = span(from[1], to[1], height);
  if (left >= right || top >= bottom) return null;
  const upright = b === 0;
  const [times, { columns, rows, grey }] = sizes.for(scaleOf(matrix));
  const size = 2 ** times;
  const across = upright ? axis(left, right, a * size, e, columns, 1) : axis(left, right, c * size, e, rows, columns);
  const down = upright ? axis(top, bottom, d * size, f, rows, columns) : axis(top, bottom, b * size, f, columns, 1);
  const made = { left, top, columns: right - left, rows: bottom - top, grey: new Uint16Array((right - left) * (bottom - top)) };
  interpolate(grey, across, down, made.grey);
  return made;
}

function span(one: number, other: number, most: number): [number, number] {
  const [low, high] = one < other ? [one, other] : [other, one];
  return [Math.max(0, Math.ceil(low - 0.5)), Math.min(most, Math.ceil(high - 0.5))];
}

function axis(from: number, to: number, scale: number, offset: number, length: number, stride: number): Axis {
  const count = to - from;
  const made = { first: new Int32Array(count), second: new Int32Array(count), weight: new Int32Array(count) };
  for (let index = 0; index < count; index += 1) {
    // A pixel's value is that of its middle.
    const at = Math.min(Math.max((from + index + 0.5 - offset) / scale - 0.5, 0), length - 1);
    const before = Math.floor(at);
    made.first[index] = before * stride;
    made.second[index] = Math.min(before + 1, length - 1) * stride;
    made.weight[index] = Math.round((at - before) * WEIGHT);
  }
  return made;
}

function interpolate(grey: Uint8Array, across: Axis, down: Axis, out: Uint16Array): void {
  const [count, lines] = [across.first.length, down.first.length];
  const { first, second, weight } = across;
  for (let line = 0, at = 0; line < lines; line += 1) {
    const [above, below, lower] = [down.first[line]!, down.second[line]!, down.weight[line]!];
    const upper = WEIGHT - lower;
    for (let index = 0; index < count; index += 1, at += 1) {
      const [one, other, later] = [first[index]!, second[index]!, weight[index]!];
      const earlier = WEIGHT - later;
      const top = grey[above + one]! * earlier + grey[above + other]! * later;
      const bottom = grey[below + one]! * earlier + grey[below + other]! * later;
      out[at] = (top * upper + bottom * lower + HALF) >> SHIFT;
    }
  }
}
