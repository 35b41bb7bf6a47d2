import assert from "node:assert/strict";
import { test } from "node:test";
import { windowed } from "../src/film/greys.ts";
import { MEASURED, PRESETS, spansOf, windowsOf } from "../src/film/windows.ts";

const box = (left, top, right, bottom) => [[left, top], [right, top], [right, bottom], [left, bottom]];
const LUNGS = [box(40, 40, 80, 160), box(120, 40, 160, 160)];

/** 200 x 200: black border, a white marker, soft tissue 120 to 200, lungs 50 to 90. */
function film() {
  const grey = new Uint8Array(200 * 200);
  for (let y = 0; y < 200; y += 1) {
    for (let x = 0; x < 200; x += 1) {
      const lung = y >= 40 && y < 160 && ((x >= 40 && x < 80) || (x >= 120 && x < 160));
      const border = x < 20 || y < 20 || x >= 180 || y >= 180;
      grey[y * 200 + x] = border ? (x < 15 && y < 15 ? 255 : 0) : lung ? 50 + ((x + y) % 41) : 120 + ((x * 7 + y) % 81);
    }
  }
  return { columns: 200, rows: 200, grey };
}

/** A percentile leaves out the last few gray values. */
const near = (found, wanted) => found.forEach((each, at) => assert.ok(Math.abs(each - wanted[at]) <= 2, `${found} is not ${wanted}`));
const ends = ([centre, width]) => [centre - width / 2, centre + width / 2 - 1];

test("the window of the lungs is what their gray values are, whatever marker or border the film has", () => {
  const { lungs, film: chest, bone, sent } = windowsOf(film(), LUNGS);
  near(ends(lungs), [50, 90]);
  near(ends(chest), [50, 200]);
  near(ends(bone), [128, 200]);
  assert.deepEqual(sent, [128, 256]);
});

test("a window's ends become black and white", () => {
  const { lungs } = windowsOf(film(), LUNGS);
  const [black, white] = ends(lungs);
  assert.deepEqual([windowed(black, lungs), windowed(white, lungs)], [0, 255]);
});

test("without lungs the middle of the film decides, and not its edge", () => {
  const { film: chest, lungs, bone } = windowsOf(film(), []);
  near(ends(chest), [50, 200]);
  assert.ok(lungs[0] < chest[0] && chest[0] < bone[0]);
});

test("a film of one gray value has a window that shows no noise", () => {
  assert.ok(Object.values(windowsOf({ columns: 9, rows: 9, grey: new Uint8Array(81).fill(100) }, [])).every(([, width]) => width >= 32));
});

test("a film that shows no chest has the same windows, and no word of a chest", () => {
  assert.deepEqual(MEASURED.map(([name]) => name), PRESETS.map(([name]) => name));
  assert.doesNotMatch(MEASURED.map((each) => each.slice(1).join()).join(), /chest|lung|mediastinum/i);
});

test("an outline has a row inside it where it has it, also in two parts", () => {
  const u = [[0, 0], [2, 0], [2, 8], [8, 8], [8, 0], [10, 0], [10, 10], [0, 10]];
  assert.deepEqual(spansOf(u, 4), [[0, 2], [8, 10]]);
  assert.deepEqual(spansOf(u, 9), [[0, 10]]);
  assert.deepEqual(spansOf(u, 20), []);
});
