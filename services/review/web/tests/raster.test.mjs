import assert from "node:assert/strict";
import { test } from "node:test";
import { STEPS, WHOLE_RANGE, table, windowed } from "../src/film/greys.ts";
import { Sizes, halved, seen } from "../src/film/raster.ts";

const film = (columns, grey) => ({ columns, rows: grey.length / columns, grey: Uint8Array.from(grey) });
const looked = (raster, matrix, width, height) => seen(new Sizes(raster), raster, matrix, width, height);
const greys = ({ grey }) => [...grey].map((each) => each / STEPS);

test("the whole range leaves every gray value as it is, and inverted it is turned round", () => {
  const all = Array.from({ length: 256 }, (_, grey) => grey);
  const shown = (inverted) => all.map((grey) => table(WHOLE_RANGE, inverted)[grey * STEPS] & 0xff);
  assert.deepEqual(shown(false), all);
  assert.deepEqual(shown(true), all.toReversed());
});

test("a window spreads its gray values over the screen's as DICOM has it", () => {
  // PS3.3, C.11.2.1.2.1: below c - 0.5 - (w-1)/2 black, above c - 0.5 + (w-1)/2 white, between them a line.
  const window = [128, 101];
  assert.deepEqual([0, 77, 78, 177, 178, 255].map((grey) => Number(windowed(grey, window).toFixed(3))), [0, 0, 1.275, 253.725, 255, 255]);
  assert.deepEqual([99, 100].map((grey) => windowed(grey, [100, 1])), [0, 255]);
});

test("every pixel of the table is opaque and gray", () => {
  for (const pixel of table([90, 60], false)) {
    const [red, green, blue, alpha] = new Uint8Array(Uint32Array.of(pixel).buffer);
    assert.ok(red === green && green === blue && alpha === 255);
  }
});

test("at 1:1 the screen has the film's own gray values, turned as the film is", () => {
  const raster = film(3, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(greys(looked(raster, [1, 0, 0, 1, 0, 0], 3, 2)), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(greys(looked(raster, [0, 1, -1, 0, 2, 0], 2, 3)), [4, 1, 5, 2, 6, 3]); // a quarter clockwise
  assert.deepEqual(greys(looked(raster, [-1, 0, 0, -1, 3, 2], 3, 2)), [6, 5, 4, 3, 2, 1]);
});

test("an enlarged film is interpolated between the middles of its pixels", () => {
  assert.deepEqual(greys(looked(film(2, [0, 100]), [4, 0, 0, 1, 0, 0], 8, 1)), [0, 0, 12.5, 37.5, 62.5, 87.5, 100, 100]);
});

test("a film made smaller is averaged, so that no fine line comes and goes", () => {
  const lines = film(64, Array.from({ length: 64 * 64 }, (_, at) => (at % 2 ? 200 : 100)));
  const small = looked(lines, [0.25, 0, 0, 0.25, 0, 0], 16, 16);
  assert.deepEqual(new Set(greys(small)), new Set([150]));
  assert.deepEqual([...halved(film(3, [0, 4, 8, 4, 8, 8])).grey], [4, 8]);
});

test("only what of the film is on the screen is drawn", () => {
  const raster = film(10, Array.from({ length: 100 }, (_, at) => at));
  const { left, top, columns, rows } = looked(raster, [1, 0, 0, 1, -4, 2.4], 5, 8);
  assert.deepEqual([left, top, columns, rows], [0, 2, 5, 6]);
  assert.equal(looked(raster, [1, 0, 0, 1, 50, 0], 5, 8), null);
});
