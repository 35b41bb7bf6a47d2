/** Windows out of the gray values that this film has where the chest is: a marker or a border at its edge does not count. */

import { N_ } from "../texts.js";
import type { Contour } from "./contract.js";
import { type GreyWindow, WHOLE_RANGE } from "./greys.js";
import type { Raster } from "./raster.js";

export type Preset = "film" | "lungs" | "bone" | "sent";

/** Keys 5 to 8: what a button says, and what it is. The first is that with which a film opens. */
export const PRESETS: [Preset, string, string][] = [
  ["film", N_("Chest"), N_("the chest: lungs and what is around them")],
  ["lungs", N_("Lungs"), N_("lungs")],
  ["bone", N_("Bone"), N_("bone and mediastinum")],
  ["sent", N_("As sent"), N_("all gray values as the film's sender meant them")],
];

/** The same where a number is asked, of films that show no chest: what each window shows there. */
export const MEASURED: [Preset, string, string][] = [
  ["film", N_("Film"), N_("the film, without its edges")],
  ["lungs", N_("Soft tissue"), N_("soft tissue")],
  ["bone", N_("Bone"), N_("bone")],
  PRESETS[3]!,
];

export type Windows = Record<Preset, GreyWindow>;

/** Samples along the longer side: as fine as the lungs' outlines are known. */
const SIDE = 256;
/** Of the film's sides, what is left out at each where nobody knows where the lungs are: collimation, markers, arms. */
const EDGE = 0.15;
/** Gray values; less would show a blank film's noise. */
const NARROWEST = 32;

/**
 * Shares of the gray values that lie below a window's ends. Source: a judgement, looked at on the sample films: a lung's
 * air and vessels, and the heart and spine, are neither black nor white.
 */
const SHARES = { lungs: [0.01, 0.99], film: [0.01, 0.995], bone: [0.1, 0.995] } as const;
/** Of the range of the film's middle, where lungs and bone are usually. Source: a judgement, as above. */
const USUAL = { lungs: [0.08, 0.67], bone: [0.4, 0.98] } as const;

/**
 * The windows of a film.
 *
 * Inside the lungs' outlines, and in the box about them; where there are none, from the middle of the film. Outlines may
 * be unknown because the film was refused, or because the models' answer is hidden from who reads it.
 */
export function windowsOf(film: Raster, lungs: Contour[]): Windows {
  const [inside, around] = samples(film, lungs);
  if (!inside.total || !around.total) return ofTheMiddle(film);
  return {
    film: window(inside.below(SHARES.film[0]), inside.and(around).below(SHARES.film[1])),
    lungs: window(inside.below(SHARES.lungs[0]), inside.below(SHARES.lungs[1])),
    bone: window(around.below(SHARES.bone[0]), around.below(SHARES.bone[1])),
    sent: WHOLE_RANGE,
  };
}

/** From one gray value, black, to another, white or one less, so that the centre is a gray value. */
function window(black: number, white: number): GreyWindow {
  const half = Math.ceil(Math.max(NARROWEST, white - black + 1) / 2);
  return [black + half, 2 * half];
}

function ofTheMiddle(film: Raster): Windows {
  const all = new Histogram();
  const [x, y] = [Math.floor(film.columns * EDGE), Math.floor(film.rows * EDGE)];
  each(film, [x, y, film.columns - x, film.rows - y], (grey) => all.add(grey));
  const [low, high] = [all.below(SHARES.film[0]), all.below(SHARES.film[1])];
  const part = ([from, to]: readonly [number, number]) => window(Math.round(low + from * (high - low)), Math.round(low + to * (high - low)));
  return { film: window(low, high), lungs: part(USUAL.lungs), bone: part(USUAL.bone), sent: WHOLE_RANGE };
}

/** Gray values inside the outlines, and of the rest of the box about them. */
function samples(film: Raster, lungs: Contour[]): [Histogram, Histogram] {
  const [inside, around] = [new Histogram(), new Histogram()];
  const points = lungs.flat();
  if (!points.length) return [inside, around];
  const [across, down] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const box: Box = [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
  let [row, spans]: [number, [number, number][]] = [-1, []];
  each(film, box, (grey, x, y) => {
    if (y !== row) [row, spans] = [y, lungs.flatMap((outline) => spansOf(outline, y))];
    (spans.some(([from, to]) => from <= x && x < to) ? inside : around).add(grey);
  });
  return [inside, around];
}

/** Left, top, right, bottom. */
type Box = [number, number, number, number];

/** Some of a box's pixels, row by row. */
function each({ columns, rows, grey }: Raster, [left, top, right, bottom]: Box, use: (grey: number, x: number, y: number) => void): void {
  const step = Math.max(1, Math.floor(Math.max(columns, rows) / SIDE));
  for (let y = Math.max(0, Math.round(top)); y < Math.min(rows, bottom); y += step) {
    for (let x = Math.max(0, Math.round(left)); x < Math.min(columns, right); x += step) use(grey[y * columns + x]!, x, y);
  }
}

/** Where a row lies inside a closed outline: from, to. */
export function spansOf(outline: Contour, y: number): [number, number][] {
  const crossings = outline.flatMap(([x, from], index) => {
    const [nextX, to] = outline[(index + 1) % outline.length]!;
    return from <= y !== to <= y ? [x + ((y - from) / (to - from)) * (nextX - x)] : [];
  });
  crossings.sort((one, other) => one - other);
  return Array.from({ length: crossings.length >> 1 }, (_, pair) => [crossings[2 * pair]!, crossings[2 * pair + 1]!]);
}

class Histogram {
  total = 0;
  private readonly counts = new Float64Array(256);

  add(grey: number): void {
    this.counts[grey]! += 1;
    this.total += 1;
  }

  and(other: Histogram): Histogram {
    const both = new Histogram();
    this.counts.forEach((count, grey) => (both.counts[grey] = count + other.counts[grey]!));
    both.total = this.total + other.total;
    return both;
  }

  /** The gray value up to which a share of all lie. */
  below(share: number): number {
    let so = 0;
    return Math.max(0, this.counts.findIndex((count) => (so += count) >= share * this.total));
  }
}
