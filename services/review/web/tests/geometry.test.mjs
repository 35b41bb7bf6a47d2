import assert from "node:assert/strict";
import { test } from "node:test";
import { area, atMost, box, clamped, corners, simplified } from "../src/film/geometry.ts";

test("points on a line go, corners stay", () => {
  const square = [[0, 0], [5, 0.2], [10, 0], [10, 10], [5, 10], [0, 10]];
  assert.deepEqual(simplified(square, 0.5), [[0, 0], [10, 0], [10, 10], [0, 10]]);
});

test("a scribble of 20,000 points becomes one that the server takes", () => {
  const scribble = Array.from({ length: 20_000 }, (_, index) => [index % 97, (index * 31) % 89]);
  assert.ok(atMost(scribble, 1500, 0.5).length <= 1500);
});

test("what is drawn beyond the film ends at its edge", () => {
  assert.deepEqual(clamped([-3, 260], 200, 250), [0, 250]);
});

test("a box is the same from whichever corner it was drawn", () => {
  assert.deepEqual(box([[9, 2], [3, 7]]), [[3, 2], [9, 7]]);
  assert.equal(area(corners([[9, 2], [3, 7]])), 30);
});
