/** What a film's next step is called, and how far dropped files are. */

import assert from "node:assert/strict";
import test from "node:test";

import { nextStep } from "../src/film/opinion.ts";
import { declare, named } from "../src/film/words.ts";
import { summary } from "../src/worklist/files.ts";

test("of one reader alone nobody says that readers disagree", () => {
  const one = { state: "second_read", arbiter: false, mine: {} };
  for (const why of ["differs", "refusal", "blind", null]) {
    const said = nextStep({ ...one, second_read: why });
    assert.match(said, /second reader/i);
    assert.doesNotMatch(said, /disagree/);
  }
  assert.match(nextStep({ ...one, second_read: "differs" }), /You and the models differ/);
  assert.match(nextStep({ ...one, second_read: "blind" }), /before the answer was shown/);
  assert.match(nextStep({ ...one, mine: null, second_read: null }), /You are the second reader/);
});

test("readers who disagree are told who decides, and a film that nobody waits for has no next step", () => {
  const disputed = { state: "arbitration", mine: {}, second_read: null };
  assert.match(nextStep({ ...disputed, arbiter: false }), /a chief will decide/);
  assert.match(nextStep({ ...disputed, arbiter: true }), /Your opinion settles it/);
  for (const state of ["unread", "read", "settled"]) assert.equal(nextStep({ ...disputed, state }), null);
});

test("dropped files are counted by what became of them", () => {
  const files = [{ state: "done" }, { state: "failed" }, { state: "waiting" }];
  assert.equal(summary(files, ""), "1 of 3 films assessed, 1 failed");
  assert.equal(summary(files, "busy"), "1 of 3 films assessed, 1 failed · waiting: busy");
});

test("a finding of the hospital's own has the words that were declared with it, or else its name's", () => {
  assert.equal(named("Rib_Fracture"), "Rib Fracture");
  declare({ Rib_Fracture: "Fracture of a rib" });
  assert.equal(named("Rib_Fracture"), "Fracture of a rib");
  assert.equal(named("Lung_Opacity"), "Lung opacity");
});
