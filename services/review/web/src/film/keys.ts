/** Which key does what: one list for the keyboard, and for the help that shows it. */

export interface Binding {
  action: string;
  /** Letters as KeyA (by what the key types), digits as Digit1 (by where it is: some layouts shift them), else what is typed. */
  keys: string[];
  shown: string;
  text: string;
  group: "Decide" | "Say more" | "Film" | "Heat and lungs" | "Onward";
  shift?: boolean;
}

const bind = (group: Binding["group"], action: string, keys: string, shown: string, text: string, shift = false): Binding => ({
  action,
  keys: keys.split(" "),
  shown,
  text,
  group,
  shift,
});

export const BINDINGS: Binding[] = [
  bind("Decide", "agree", "KeyA", "A", "Agree with the models, or with their refusal; saved at once"),
  bind("Decide", "label-1", "Digit1 Numpad1", "1", "Interstitial pneumonia"),
  bind("Decide", "label-2", "Digit2 Numpad2", "2", "Other pathology"),
  bind("Decide", "label-3", "Digit3 Numpad3", "3", "No pathology"),
  bind("Decide", "label-4", "Digit4 Numpad4", "4", "Not a chest film"),
  bind("Decide", "refusal-wrong", "KeyW", "W", "The refusal is wrong"),
  bind("Decide", "assess-anyway", "KeyX", "X", "Assess a refused film anyway"),
  bind("Decide", "correct", "KeyG", "G", "Turn or invert a film that was refused for that, and assess it"),
  bind("Say more", "findings", "KeyF", "F", "Findings: type or arrows, Space chooses, Enter closes"),
  bind("Say more", "box", "KeyB", "B", "Draw a box; B again puts one in the middle for the arrow keys (Shift resizes)"),
  bind("Say more", "freehand", "KeyD", "D", "Draw freehand"),
  bind("Say more", "delete", "Delete Backspace", "Del", "Delete the chosen or last shape"),
  bind("Say more", "heat-wrong", "KeyM", "M", "The heat map is wrong"),
  bind("Say more", "lungs-wrong", "KeyL", "L", "The lungs are wrong: pull the outlines right, then Enter"),
  bind("Say more", "sureness", "KeyS", "S", "How sure: sure, probable, unsure"),
  bind("Say more", "comment", "KeyC", "C", "Comment; Ctrl+Enter saves"),
  bind("Say more", "save", "Enter", "Enter", "Save what is not saved yet"),
  bind("Say more", "discard", "Escape", "Esc", "Discard what is not saved yet"),
  bind("Film", "fit", "Digit0 Numpad0", "0", "Fit"),
  bind("Film", "one-to-one", "Digit9 Numpad9", "9", "One film pixel to one screen pixel"),
  bind("Film", "zoom-in", "+ =", "+", "Zoom in; also the wheel, two fingers, or dragging with the right button"),
  bind("Film", "zoom-out", "-", "−", "Zoom out"),
  bind("Film", "window-1", "Digit5 Numpad5", "5", "Window: the chest, with which a film opens"),
  bind("Film", "window-2", "Digit6 Numpad6", "6", "Window: lungs"),
  bind("Film", "window-3", "Digit7 Numpad7", "7", "Window: bone and mediastinum"),
  bind("Film", "window-4", "Digit8 Numpad8", "8", "Window: all gray values, as the film was sent"),
  bind("Film", "brighter", "ArrowUp", "↑", "Brighter; also dragging with the left button or a finger"),
  bind("Film", "darker", "ArrowDown", "↓", "Darker"),
  bind("Film", "more-contrast", "ArrowUp", "⇧↑", "More contrast", true),
  bind("Film", "less-contrast", "ArrowDown", "⇧↓", "Less contrast", true),
  bind("Film", "invert", "KeyI", "I", "Invert"),
  bind("Film", "invert-beside", "KeyI", "⇧I", "Show an inverted film the right way beside it", true),
  bind("Film", "rotate", "KeyR", "R", "Rotate by 90°"),
  bind("Film", "rotate-back", "KeyR", "⇧R", "Rotate by 90° the other way", true),
  bind("Film", "ruler", "KeyQ", "Q", "Ruler: drag, or click at both ends; Del takes the last line away"),
  bind("Film", "ratio", "KeyK", "K", "Cardiothoracic ratio: the chest from the models’ lungs, the heart as you draw it"),
  bind("Film", "reset", "KeyZ", "Z", "Reset size, place, window"),
  bind("Film", "earlier", "KeyE", "E", "The patient's earlier film beside it, or away again"),
  bind("Film", "older", "KeyE", "⇧E", "The earlier film before that one", true),
  bind("Film", "together", "KeyY", "Y", "Move both films together"),
  bind("Heat and lungs", "hold", "KeyH", "hold H", "Look under the heat map and the lungs"),
  bind("Heat and lungs", "heat", "KeyH", "⇧H", "Heat map on or off", true),
  bind("Heat and lungs", "class", "KeyT", "T", "Heat of the next class"),
  bind("Heat and lungs", "fainter", "[ ,", "[", "Heat fainter"),
  bind("Heat and lungs", "stronger", "] .", "]", "Heat stronger"),
  bind("Heat and lungs", "contours", "KeyV", "V", "Lung contours on or off"),
  bind("Onward", "next", "KeyN ArrowRight", "N →", "Next film"),
  bind("Onward", "previous", "KeyP ArrowLeft", "P ←", "Back"),
  bind("Onward", "undo", "KeyU", "U", "Undo the last opinion"),
  bind("Onward", "change", "KeyO", "O", "Change your opinion"),
  bind("Onward", "help", "?", "?", "These keys"),
];

/** The action of a key that went down, or null. */
export function actionOf(event: Pick<KeyboardEvent, "code" | "key" | "shiftKey">): string | null {
  const code = placeOf(event);
  const matching = BINDINGS.filter(({ keys }) => keys.includes(code) || keys.includes(event.key));
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
  run(action: string): boolean;
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
    const action = actionOf(event);
    const always = ["Enter", "Escape", "Tab"].includes(event.key) || arrow !== undefined;
    if (!action || (!always && !keyboard.enabled() && action !== "help")) return;
    if (action === "hold") return done(event, (keyboard.hold(true), true));
    if (event.repeat && !["ArrowUp", "ArrowDown", "+", "=", "-", "[", "]", ",", "."].includes(event.key)) return;
    done(event, keyboard.run(action));
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
