import assert from "node:assert/strict";
import { test } from "node:test";
import { area } from "../src/film/geometry.ts";
import { nearest, pulled } from "../src/film/outline.ts";

const SQUARE = [[0, 0], [100, 0], [100, 100], [0, 100]];

test("the nearest point of an outline may be on the side from its last corner to its first", () => {
  const found = nearest(SQUARE, [-5, 30]);
  assert.deepEqual([found.corner, found.point, found.distance], [3, [0, 30], 5]);
});

test("a bulge is added, a dent is taken away, whichever way the line is drawn", () => {
  const bulge = [[40, 0], [40, -20], [60, -20], [60, 0]];
  const dent = [[40, 0], [40, 20], [60, 20], [60, 0]];
  for (const [line, expected] of [[bulge, 10_400], [dent, 9_600]]) {
    assert.equal(area(pulled(SQUARE, line, 1)), expected);
    assert.equal(area(pulled(SQUARE, line.toReversed(), 1)), expected);
  }
});

test("a line over the outline's first corner takes that corner away", () => {
  const outline = pulled(SQUARE, [[0, 10], [-20, -20], [10, 0]], 1);
  assert.ok(!outline.some(([x, y]) => x === 0 && y === 0));
  assert.ok(outline.some(([x, y]) => x === -20 && y === -20));
});

test("a line all the way round becomes the outline", () => {
  const round = [[0, 50], [-10, -10], [110, -10], [110, 110], [-10, 110], [0, 51]];
  const outline = pulled(SQUARE, round, 1);
  assert.ok(!outline.some(([x, y]) => x === 100 && y === 100));
  assert.ok(area(outline) > 13_000);
});

test("a line that does not come back to the outline changes nothing", () => {
  assert.equal(pulled(SQUARE, [[40, 0], [40, -90]], 40), null);
});
