import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, bindings } from "../src/film/keys.ts";
import { Clock } from "../src/film/clock.ts";
import { probability } from "../src/film/words.ts";

const key = (key, code, shiftKey = false) => actionOf({ key, code, shiftKey });

test("no key does two things", () => {
  for (const number of [false, true]) {
    const all = bindings(number).flatMap(({ keys, shift }) => keys.map((each) => `${shift ? "Shift+" : ""}${each}`));
    assert.equal(new Set(all).size, all.length);
  }
});

test("letters are taken by what they type, digits by where they are", () => {
  assert.equal(key("a", "KeyQ"), "agree"); // AZERTY
  assert.equal(key("&", "Digit1"), "label-1"); // AZERTY types digits with Shift
  assert.equal(key("ф", "KeyA"), "agree"); // Cyrillic
  assert.equal(key("?", "Minus", true), "help"); // German
});

test("where a number is asked, each digit is its own, and no key is of classes, findings or lungs", () => {
  for (let digit = 0; digit < 10; digit += 1) {
    assert.equal(actionOf({ key: String(digit), code: `Digit${digit}`, shiftKey: false }, true), "number");
    assert.notEqual(key(String(digit), `Digit${digit}`), "number");
  }
  assert.equal(actionOf({ key: "f", code: "KeyF", shiftKey: false }, true), null);
  assert.equal(actionOf({ key: "a", code: "KeyA", shiftKey: false }, true), "agree");
});

test("Shift with a label's or agreement's key says nothing", () => {
  assert.equal(key("!", "Digit1", true), null);
  assert.equal(key("A", "KeyA", true), null);
  assert.equal(key("H", "KeyH", true), "heat");
});

test("time counts only while the page can be seen", () => {
  let [now, turn] = [0, () => {}];
  const page = { visibilityState: "visible", addEventListener: (_, listener) => (turn = listener) };
  const clock = new Clock(page, () => now);
  now = 4000;
  page.visibilityState = "hidden";
  turn();
  now = 60_000;
  page.visibilityState = "visible";
  turn();
  now = 61_500;
  assert.equal(clock.seconds, 5.5);
});

test("no probability short of certain is written as certain", () => {
  assert.deepEqual([0.9999, 0.0001, 0.814, 1].map(probability), ["> 99 %", "< 1 %", "81 %", "100 %"]);
});
