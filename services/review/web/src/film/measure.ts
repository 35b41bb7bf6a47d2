/** Lengths on a film, and the cardiothoracic ratio: what is measured, in what unit, and by whom. Pure. */

import { _, decimal } from "../texts.js";
import type { Contour, Pixels, Point } from "./contract.js";
import { distance } from "./geometry.js";
import { spansOf } from "./windows.js";

/** A distance, or the width of heart or chest: of those only what lies across the body counts. */
export type Kind = "length" | "heart" | "chest";

export interface Measure {
  kind: Kind;
  from: Point;
  to: Point;
  /** Who drew it; the models' is where the lungs' outlines are furthest apart. */
  by: "reader" | "models";
}

/** Side to side of a pixel; more is an error in the header. Source: imaging.aspect, which then leaves the film as it is. */
const MAX_PIXEL_RATIO = 10;
/** Rows of the film in which the lungs are looked at: finer than their outlines are known. */
const ROWS = 512;

/**
 * Millimetres to a pixel of the film as it is shown, as its header says; null where it does not.
 *
 * Pixels that were not square were drawn with more of them the longer way: they have the shorter side now.
 */
export function millimetres({ spacing_mm }: Pick<Pixels, "spacing_mm">): number | null {
  if (!spacing_mm) return null;
  const [shorter, longer] = [Math.min(...spacing_mm), Math.max(...spacing_mm)];
  return longer / shorter < MAX_PIXEL_RATIO ? shorter : null;
}

/** How long it is, in pixels of the film. Turned: whether the film is shown on its side. */
export function pixelsOf({ kind, from, to }: Measure, turned: boolean): number {
  if (kind === "length") return distance(from, to);
  return turned ? Math.abs(to[1] - from[1]) : Math.abs(to[0] - from[0]);
}

/** A length as it is written. */
export function written(pixels: number, mm: number | null): string {
  if (mm === null) return `${Math.round(pixels)} px`;
  const length = pixels * mm;
  return `${length < 10 ? decimal(length, 1) : decimal(length, 0)} mm`;
}

/**
 * Where the chest is widest between the outer sides of the two lungs; null where there are not two beside each other.
 *
 * Source: the ratio's own definition (Danzer 1919) has the greatest width inside the ribs, which is where the lungs end.
 */
export function chestOf(lungs: Contour[], turned: boolean): Measure | null {
  const upright = turned ? lungs.map((outline) => outline.map(([x, y]): Point => [y, x])) : lungs;
  const heights = upright.flat().map(([, y]) => y);
  if (!heights.length) return null;
  const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
  let widest: [Point, Point] | null = null;
  for (let row = 0; row < ROWS; row += 1) {
    const y = top + ((row + 0.5) / ROWS) * (bottom - top);
    const found = across(upright, y);
    if (found && (!widest || found[1] - found[0] > widest[1][0] - widest[0][0])) widest = [[found[0], y], [found[1], y]];
  }
  if (!widest) return null;
  const [from, to] = widest.map(([x, y]): Point => (turned ? [y, x] : [x, y]));
  return { kind: "chest", from: from!, to: to!, by: "models" };
}

/** From the one lung's outer side to the other's in a row where there are both. */
function across(lungs: Contour[], y: number): [number, number] | null {
  const there = lungs.map((outline) => spansOf(outline, y)).filter((spans) => spans.length);
  if (there.length < 2) return null;
  const ends = there.flat(2);
  return [Math.min(...ends), Math.max(...ends)];
}

/** Heart to chest, where both have a width; the one drawn last of each. */
export function ratioOf(measures: Measure[], turned: boolean): { ratio: number; heart: Measure; chest: Measure } | null {
  const heart = measures.findLast(({ kind }) => kind === "heart");
  const chest = measures.findLast(({ kind }) => kind === "chest");
  if (!heart || !chest) return null;
  const width = pixelsOf(chest, turned);
  return width > 0 ? { ratio: pixelsOf(heart, turned) / width, heart, chest } : null;
}

/** Everything that was measured, in words: the ratio says who drew what. */
export function told(measures: Measure[], { mm, turned, view }: { mm: number | null; turned: boolean; view: string }): string[] {
  const lengths = measures.filter(({ kind }) => kind === "length").map((each, index) => _("Length %(number)s: %(length)s", { number: index + 1, length: written(pixelsOf(each, turned), mm) }));
  const found = ratioOf(measures, turned);
  const who = { reader: _("drawn by you"), models: _("the models’ lungs") };
  const part = (name: string, each: Measure) => `${name} ${written(pixelsOf(each, turned), mm)} (${who[each.by]})`;
  const ratio = found ? [`${_("Cardiothoracic ratio")} ${decimal(found.ratio, 2)}: ${part(_("heart"), found.heart)}, ${part(_("chest"), found.chest)}`] : [];
  if (found && view !== "PA") ratio.push(view ? _("This film is %(view)s: only on a PA film is the heart about as large as it looks.", { view }) : _("The film’s view is unknown: only on a PA film is the heart about as large as it looks."));
  const unit = mm === null ? _("The film does not say how large its pixels are.") : _("At the detector, as the film’s header says; magnification is not corrected.");
  return lengths.length || found ? [...lengths, ...ratio, unit] : [];
}
