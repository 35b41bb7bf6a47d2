/** Which key does what: one list for the keyboard, and for the help that shows it. */

import { N_ } from "../texts.js";

const GROUPS = [N_("Decide"), N_("Say more"), N_("Film"), N_("Heat and lungs"), N_("Onward")] as const;

export interface Binding {
  action: string;
  /** Letters as KeyA (by what the key types), digits as Digit1 (by where it is: some layouts shift them), else what is typed. */
  keys: string[];
  shown: string;
  text: string;
  group: (typeof GROUPS)[number];
  shift?: boolean;
  /** On which films: those of which classes are asked, or a number; absent: on all. */
  only?: "classes" | "number";
}

const bind = (group: Binding["group"], action: string, keys: string, shown: string, text: string, shift = false): Binding => ({
  action,
  keys: keys.split(" "),
  shown,
  text,
  group,
  shift,
});

const ALL: Binding[] = [
  { ...bind("Decide", "number", "Digit0 Numpad0 Digit1 Numpad1 Digit2 Numpad2 Digit3 Numpad3 Digit4 Numpad4 Digit5 Numpad5 Digit6 Numpad6 Digit7 Numpad7 Digit8 Numpad8 Digit9 Numpad9", N_("0 to 9"), N_("Your number; Enter saves")), only: "number" },
  bind("Decide", "agree", "KeyA", "A", N_("Agree with the models, or with their refusal; saved at once")),
  bind("Decide", "label-1", "Digit1 Numpad1", "1", N_("Interstitial pneumonia")),
  bind("Decide", "label-2", "Digit2 Numpad2", "2", N_("Other pathology")),
  bind("Decide", "label-3", "Digit3 Numpad3", "3", N_("No pathology")),
  bind("Decide", "label-4", "Digit4 Numpad4", "4", N_("Not a chest film")),
  bind("Decide", "refusal-wrong", "KeyW", "W", N_("The refusal is wrong")),
  bind("Decide", "assess-anyway", "KeyX", "X", N_("Assess a refused film anyway")),
  bind("Decide", "correct", "KeyG", "G", N_("Turn or invert a film that was refused for that, and assess it")),
  bind("Say more", "findings", "KeyF", "F", N_("Findings: type or arrows, Space chooses, Enter closes")),
  bind("Say more", "box", "KeyB", "B", N_("Draw a box; B again puts one in the middle for the arrow keys (Shift resizes)")),
  bind("Say more", "freehand", "KeyD", "D", N_("Draw freehand")),
  bind("Say more", "delete", "Delete Backspace", "Del", N_("Delete the chosen or last shape")),
  bind("Say more", "heat-wrong", "KeyM", "M", N_("The heat map is wrong")),
  bind("Say more", "lungs-wrong", "KeyL", "L", N_("The lungs are wrong: pull the outlines right, then Enter")),
  bind("Say more", "sureness", "KeyS", "S", N_("How sure: sure, probable, unsure")),
  bind("Say more", "comment", "KeyC", "C", N_("Comment; Ctrl+Enter saves")),
  bind("Say more", "save", "Enter", "Enter", N_("Save what is not saved yet")),
  bind("Say more", "discard", "Escape", "Esc", N_("Discard what is not saved yet")),
  bind("Film", "fit", "Digit0 Numpad0", "0", N_("Fit")),
  bind("Film", "one-to-one", "Digit9 Numpad9", "9", N_("One film pixel to one screen pixel")),
  bind("Film", "zoom-in", "+ =", "+", N_("Zoom in; also the wheel, two fingers, or dragging with the right button")),
  bind("Film", "zoom-out", "-", "−", N_("Zoom out")),
  bind("Film", "window-1", "Digit5 Numpad5", "5", N_("Window: the chest, with which a film opens")),
  bind("Film", "window-2", "Digit6 Numpad6", "6", N_("Window: lungs")),
  bind("Film", "window-3", "Digit7 Numpad7", "7", N_("Window: bone and mediastinum")),
  bind("Film", "window-4", "Digit8 Numpad8", "8", N_("Window: all gray values, as the film was sent")),
  bind("Film", "brighter", "ArrowUp", "↑", N_("Brighter; also dragging with the left button or a finger")),
  bind("Film", "darker", "ArrowDown", "↓", N_("Darker")),
  bind("Film", "more-contrast", "ArrowUp", "⇧↑", N_("More contrast"), true),
  bind("Film", "less-contrast", "ArrowDown", "⇧↓", N_("Less contrast"), true),
  bind("Film", "invert", "KeyI", "I", N_("Invert")),
  bind("Film", "invert-beside", "KeyI", "⇧I", N_("Show an inverted film the right way beside it"), true),
  bind("Film", "rotate", "KeyR", "R", N_("Rotate by 90°")),
  bind("Film", "rotate-back", "KeyR", "⇧R", N_("Rotate by 90° the other way"), true),
  bind("Film", "ruler", "KeyQ", "Q", N_("Ruler: drag, or click at both ends; or arrow keys (Shift: faster) and Enter at each end; Del takes the last line away")),
  bind("Film", "ratio", "KeyK", "K", N_("Cardiothoracic ratio: the chest from the models’ lungs, the heart as you draw it, by mouse or keys like the ruler")),
  bind("Film", "reset", "KeyZ", "Z", N_("Reset size, place, window")),
  bind("Film", "earlier", "KeyE", "E", N_("The patient's earlier film beside it, or away again")),
  bind("Film", "older", "KeyE", "⇧E", N_("The earlier film before that one"), true),
  bind("Film", "together", "KeyY", "Y", N_("Move both films together")),
  bind("Heat and lungs", "hold", "KeyH", N_("hold H"), N_("Look under the heat map and the lungs")),
  bind("Heat and lungs", "heat", "KeyH", "⇧H", N_("Heat map on or off"), true),
  bind("Heat and lungs", "class", "KeyT", "T", N_("Heat of the next class")),
  bind("Heat and lungs", "fainter", "[ ,", "[", N_("Heat fainter")),
  bind("Heat and lungs", "stronger", "] .", "]", N_("Heat stronger")),
  bind("Heat and lungs", "contours", "KeyV", "V", N_("Lung contours on or off")),
  bind("Onward", "next", "KeyN ArrowRight", "N →", N_("Next film")),
  bind("Onward", "previous", "KeyP ArrowLeft", "P ←", N_("Back")),
  bind("Onward", "undo", "KeyU", "U", N_("Undo the last opinion")),
  bind("Onward", "change", "KeyO", "O", N_("Change your opinion")),
  bind("Onward", "help", "?", "?", N_("These keys")),
];

/** What digits do where they type no number, and what is of chests alone. */
const OF_CLASSES = /^(label-\d|window-\d|fit|one-to-one|findings|lungs-wrong|ratio|contours|class|assess-anyway|correct)$/;

export const BINDINGS: Binding[] = ALL.map((each) => (OF_CLASSES.test(each.action) ? { ...each, only: "classes" } : each));

/** Those of a film of which a number is asked, or of another. */
export function bindings(number: boolean): Binding[] {
  return BINDINGS.filter(({ only }) => !only || (only === "number") === number);
}

/** The action of a key that went down, or null; number: on a film of which one is asked. */
export function actionOf(event: Pick<KeyboardEvent, "code" | "key" | "shiftKey">, number = false): string | null {
  const code = placeOf(event);
  const matching = bindings(number).filter(({ keys }) => keys.includes(code) || keys.includes(event.key));
  return (matching.find(({ shift }) => shift === event.shiftKey) ?? matching.find(({ keys }) => keys.includes(event.key)))?.action ?? null;
}

/** A Latin layout's letter where it stands there; on others (Greek, Cyrillic) where it would stand. */
function placeOf({ code, key }: Pick<KeyboardEvent, "code" | "key">): string {
  return /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : code;
}

/** Whether keys belong to what has the focus. */
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=range]), textarea, select, [contenteditable]");
}

function pressing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, summary, select") !== null;
}

export interface Keyboard {
  /** Whether the film is one of which a number is asked. */
  number: boolean;
  run(action: string, event?: KeyboardEvent): boolean;
  hold(held: boolean): void;
  pan(held: boolean): void;
  move(right: number, down: number, event: KeyboardEvent): boolean;
  enabled(): boolean;
}

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Listen to the whole page. Keys that type, and those of an open dialog, are let through. */
export function listen(keyboard: Keyboard): void {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return done(event, keyboard.run("save"));
    if (typing(event.target)) return;
    const arrow = ARROWS[event.key];
    const range = event.target instanceof HTMLInputElement;
    if (arrow && !range && !event.altKey && !event.metaKey && keyboard.move(...arrow, event)) return done(event, true);
    if (event.ctrlKey || event.metaKey || event.altKey || (range && arrow)) return;
    if ((event.key === "Enter" || event.key === " ") && pressing(event.target)) return;
    if (event.key === " ") return done(event, (keyboard.pan(true), true));
    const action = actionOf(event, keyboard.number);
    const always = ["Enter", "Escape", "Tab"].includes(event.key) || arrow !== undefined;
    if (!action || (!always && !keyboard.enabled() && action !== "help")) return;
    if (action === "hold") return done(event, (keyboard.hold(true), true));
    if (event.repeat && !["ArrowUp", "ArrowDown", "+", "=", "-", "[", "]", ",", "."].includes(event.key)) return;
    done(event, keyboard.run(action, event));
  });
  document.addEventListener("keyup", (event) => {
    if (placeOf(event) === "KeyH") keyboard.hold(false);
    if (event.key === " ") keyboard.pan(false);
  });
  window.addEventListener("blur", () => {
    keyboard.hold(false);
    keyboard.pan(false);
  });
}

function done(event: KeyboardEvent, handled: boolean): void {
  if (handled) event.preventDefault();
}
