import assert from "node:assert/strict";
import { test } from "node:test";
import { course, shares } from "../src/film/trend.ts";

const said = (none) => ({ interstitial_pneumonia: 0.1, other_pathology: 0.9 - none, no_pathology: none });
const EARLIER = [
  { date: "2025-06-01", classes: said(0.5) },
  { date: "", classes: said(0.4) },
  { date: "2024-06-01", classes: null },
  { date: "2023-06-01", classes: said(0.8) },
];

test("the course begins with the oldest film and ends with this one; what has no date or no answer is left out", () => {
  const films = course({ earlier: EARLIER, study: { date: "2026-06-01" }, answer: { classes: said(0.2) } });
  assert.deepEqual(films.map(({ date, classes }) => [date, classes.no_pathology]), [["2023-06-01", 0.8], ["2025-06-01", 0.5], ["2026-06-01", 0.2]]);
});

test("a film that is read blind has no point in the course", () => {
  const films = course({ earlier: EARLIER, study: { date: "2026-06-01" }, answer: null });
  assert.equal(films.at(-1).date, "2025-06-01");
});

test("films lie as far apart as their dates, and those of one day in equal steps", () => {
  assert.deepEqual(shares(["2026-01-01", "2026-01-11", "2026-01-21"]), [0, 0.5, 1]);
  assert.deepEqual(shares(["2026-01-01", "2026-01-01", "2026-01-01"]), [0, 0.5, 1]);
});
