import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING, agreed, correctable, decides, labelled, saysSomething, surer, toggled, valued, wrong } from "../src/film/draft.ts";

const box = { kind: "box", points: [[0, 0], [9, 9]], finding: "Mass" };
const lung = { kind: "lung", points: [[0, 0], [9, 0], [9, 9]], finding: null };

test("no pathology takes findings and places away, but not corrected lungs", () => {
  const said = { ...NOTHING, label: "other_pathology", findings: ["Mass"], shapes: [box, lung] };
  const changed = labelled(said, "no_pathology");
  assert.deepEqual([changed.findings, changed.shapes], [[], [lung]]);
});

test("sureness of another label is not kept, but sureness said before any label is", () => {
  assert.equal(labelled({ ...NOTHING, label: "other_pathology", sureness: "sure" }, "interstitial_pneumonia").sureness, null);
  assert.equal(labelled({ ...NOTHING, sureness: "sure" }, "interstitial_pneumonia").sureness, "sure");
});

test("agreeing with a refused film says that the refusal is right, and labels only what is no chest film", () => {
  const refused = (reason) => ({ answer: { outcome: "refused", refusal: { reason }, classes: null, predicted_class: null } });
  assert.deepEqual({ ...NOTHING, refusal: "right" }, agreed(NOTHING, refused("rotated")));
  assert.equal(agreed(NOTHING, refused("not_a_chest_radiograph")).label, "not_a_chest_film");
});

test("only a film that is refused as rotated or inverted can be put right", () => {
  const refused = (reason) => correctable({ outcome: "refused", refusal: { reason } });
  assert.deepEqual(["rotated", "inverted", "lateral_view", "not_a_chest_radiograph"].map(refused), [true, true, false, false]);
  assert.equal(correctable({ outcome: "assessed", refusal: { reason: "rotated" } }), false);
  assert.equal(correctable(null), false);
});

test("there is nothing to agree with while the answer is hidden or failed", () => {
  assert.equal(agreed(NOTHING, { answer: null }), null);
  assert.equal(agreed(NOTHING, { answer: { outcome: "failed", classes: null, predicted_class: null } }), null);
});

test("a class that only a newer gateway knows is nothing that a reader can agree with", () => {
  const vocabulary = { labels: ["other_pathology", "no_pathology"] };
  const assessed = (name) => ({ vocabulary, answer: { outcome: "assessed", classes: { [name]: 1 }, predicted_class: name } });
  assert.equal(agreed(NOTHING, assessed("covid")), null);
  assert.equal(agreed(NOTHING, assessed("no_pathology")).label, "no_pathology");
});

test("a finding is chosen and given up by the same key, and sureness comes round", () => {
  assert.deepEqual(toggled(toggled(NOTHING, "Mass"), "Mass"), NOTHING);
  assert.equal([1, 2, 3, 4].reduce((now) => surer(now), null), null);
});

test("sureness alone says nothing that can be kept", () => {
  assert.equal(saysSomething({ ...NOTHING, sureness: "sure", comment: "  " }), false);
  assert.equal(saysSomething({ ...NOTHING, heat: "wrong" }), true);
});

const months = { title: "Bone age", unit: "months", lowest: 0, highest: 240, places: 1 };

test("to agree where a number is asked is to say the models' number, once it is shown", () => {
  const number = { value: 131.4, low: 104.2, high: 158.6, coverage: 0.9 };
  assert.equal(agreed(NOTHING, { asked: months, answer: { outcome: "assessed", number } }).value, 131.4);
  assert.equal(agreed(NOTHING, { asked: months, answer: null }), null);
});

test("a number of 0 says something, and sureness of another number is not kept", () => {
  assert.equal(saysSomething(valued(NOTHING, 0)), true);
  assert.equal(decides(valued(NOTHING, 0)), true);
  assert.equal(valued({ ...NOTHING, value: 96, sureness: "sure" }, 97).sureness, null);
  assert.equal(valued({ ...NOTHING, sureness: "sure" }, 97).sureness, "sure");
});

test("only a number of the range that is declared can be said", () => {
  assert.deepEqual([0, 240, -0.1, 240.1, Number.NaN].map((each) => wrong(each, months)), [null, null, "low", "high", "none"]);
});
