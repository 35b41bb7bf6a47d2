import assert from "node:assert/strict";
import { test } from "node:test";
import { WHOLE, applied, bounded, fittedScale, matrixOf, movedBy, scaleOf, snapped, unapplied, zoomedAt } from "../src/film/place.ts";

const FILM = { columns: 200, rows: 100 };
const FRAME = [600, 600];

test("a whole film just fits its frame, upright or lying, in the middle", () => {
  assert.deepEqual(matrixOf(WHOLE, FILM, FRAME), [3, 0, -0, 3, 0, 150]);
  const turned = matrixOf({ ...WHOLE, rotation: 90 }, FILM, FRAME);
  assert.deepEqual([applied(turned, [0, 0]), applied(turned, [200, 100])], [[450, 0], [150, 600]]);
  assert.equal(scaleOf(turned), 3);
});

test("zooming leaves the film's point under the pointer where it is, however it is turned", () => {
  for (const rotation of [0, 90, 180, 270]) {
    const view = { zoom: 2, centre: [0.4, 0.6], rotation };
    const under = unapplied(matrixOf(view, FILM, FRAME), [250, 320]);
    const [x, y] = applied(matrixOf(zoomedAt(view, FILM, FRAME, [250, 320], 1.7), FILM, FRAME), under);
    assert.ok(Math.hypot(x - 250, y - 320) < 1e-9);
  }
});

test("moving by a distance moves every point of the film by it", () => {
  const before = applied(matrixOf({ ...WHOLE, rotation: 270 }, FILM, FRAME), [10, 20]);
  const after = applied(matrixOf(movedBy({ ...WHOLE, rotation: 270 }, FILM, FRAME, [30, -20]), FILM, FRAME), [10, 20]);
  assert.ok(Math.abs(after[0] - before[0] - 30) < 1e-9 && Math.abs(after[1] - before[1] + 20) < 1e-9);
});

test("a film cannot be lost out of its frame, nor become a dot", () => {
  assert.deepEqual(bounded({ zoom: 0, centre: [-4, 9], rotation: 0 }), { zoom: 0.1, centre: [0, 1], rotation: 0 });
});

test("at one pixel to one of the screen the film begins where a pixel of the screen does", () => {
  const zoom = 1 / fittedScale(FILM, 0, FRAME) / 1.5;
  const [a, , , , e, f] = snapped(matrixOf({ zoom, centre: [0.501, 0.499], rotation: 0 }, FILM, FRAME), 1.5);
  assert.ok([a * 1.5 - 1, e * 1.5 - Math.round(e * 1.5), f * 1.5 - Math.round(f * 1.5)].every((each) => Math.abs(each) < 1e-9));
});
