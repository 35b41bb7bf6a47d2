import assert from "node:assert/strict";
import { test } from "node:test";
import { affine, atMost, clamped, filled, scaleOf, simplified } from "../src/film/geometry.ts";

test("a film turned by 90 degrees and enlarged three times keeps its corners", () => {
  const matrix = affine([300, 10], [300, 610], [0, 10], 200, 100);
  assert.deepEqual(matrix, [0, 3, -3, 0, 300, 10]);
  assert.equal(scaleOf(matrix), 3);
});

test("points on a line go, corners stay", () => {
  const square = [[0, 0], [5, 0.2], [10, 0], [10, 10], [5, 10], [0, 10]];
  assert.deepEqual(simplified(square, 0.5), [[0, 0], [10, 0], [10, 10], [0, 10]]);
});

test("a scribble of 20,000 points becomes one that the server takes", () => {
  const scribble = Array.from({ length: 20_000 }, (_, index) => [index % 97, (index * 31) % 89]);
  assert.ok(atMost(scribble, 1500, 0.5).length <= 1500);
});

test("an outline is filled so that it can be pulled anywhere, and keeps its corners", () => {
  const outline = filled([[0, 0], [10, 0], [10, 10]], 2);
  assert.ok(outline.length >= 17);
  for (const corner of [[0, 0], [10, 0], [10, 10]]) assert.ok(outline.some(([x, y]) => x === corner[0] && y === corner[1]));
});

test("what is drawn beyond the film ends at its edge", () => {
  assert.deepEqual(clamped([-3, 260], 200, 250), [0, 250]);
});
