import assert from "node:assert/strict";
import { test } from "node:test";
import { chestOf, millimetres, pixelsOf, ratioOf, told, written } from "../src/film/measure.ts";

const line = (kind, from, to, by = "reader") => ({ kind, from, to, by });
const RIGHT = [[10, 10], [40, 10], [40, 80], [5, 80]];
const LEFT = [[60, 10], [90, 10], [95, 80], [60, 80]];

test("a film's pixels have the shorter side after those that were not square were drawn with more of them", () => {
  assert.equal(millimetres({ spacing_mm: [0.2, 0.1] }), 0.1);
  assert.equal(millimetres({ spacing_mm: [0.14, 0.14] }), 0.14);
  assert.equal(millimetres({ spacing_mm: null }), null);
  assert.equal(millimetres({ spacing_mm: [20, 0.1] }), null, "an error in the header");
});

test("a length is in millimetres where the film says how large its pixels are, and else in pixels", () => {
  const length = pixelsOf(line("length", [0, 0], [30, 40]), false);
  assert.deepEqual([length, written(length, 0.1), written(length, 2), written(length, null)], [50, "5.0 mm", "100 mm", "50 px"]);
});

test("the chest is as wide as the outer sides of two lungs in one row are apart, where that is most", () => {
  const { from, to, by } = chestOf([RIGHT, LEFT], false);
  assert.equal(by, "models");
  assert.ok(from[1] === to[1] && from[1] > 79);
  assert.ok(Math.abs(to[0] - from[0] - 90) < 0.1);
});

test("one lung, or two that are nowhere beside each other, give no chest", () => {
  assert.equal(chestOf([RIGHT], false), null);
  assert.equal(chestOf([], false), null);
  assert.equal(chestOf([RIGHT, LEFT.map(([x, y]) => [x, y + 200])], false), null);
});

test("of a film that is shown on its side the body's width runs down its columns", () => {
  const turned = [RIGHT, LEFT].map((outline) => outline.map(([x, y]) => [y, x]));
  const chest = chestOf(turned, true);
  assert.ok(Math.abs(pixelsOf(chest, true) - 90) < 0.1);
});

test("the ratio takes what lies across the body, and says who measured what", () => {
  const measures = [line("chest", [5, 80], [95, 80], "models"), line("heart", [30, 60], [75, 20])];
  assert.equal(ratioOf(measures, false).ratio, 0.5);
  const [ratio, view, unit] = told(measures, { mm: 3, turned: false, view: "AP" });
  assert.equal(ratio, "Cardiothoracic ratio 0.50: heart 135 mm (drawn by you), chest 270 mm (the models’ lungs)");
  assert.match(view, /This film is AP: only on a PA film/);
  assert.match(unit, /magnification is not corrected/);
  assert.equal(ratioOf(measures.slice(1), false), null);
});

test("a film that does not say how large its pixels are has a ratio all the same", () => {
  const measures = [line("chest", [0, 0], [100, 0]), line("heart", [20, 5], [70, 5])];
  assert.deepEqual(told(measures, { mm: null, turned: false, view: "PA" }), [
    "Cardiothoracic ratio 0.50: heart 50 px (drawn by you), chest 100 px (drawn by you)",
    "The film does not say how large its pixels are.",
  ]);
});
