/** Mouse, pen, fingers and wheel on one element, as what they mean: a drag, or zooming and moving. */

import type { Point } from "./contract.js";

/** What follows a press, until it is let go. Points are CSS pixels of the element. */
export interface Drag {
  move(to: Point): void;
  /** Let go; where nothing was moved, it was a click. */
  end(): void;
  /** Taken back: a second finger came, or the browser wants the pointer. */
  cancel(): void;
}

export interface Press {
  at: Point;
  /** Of a mouse: 0 left, 1 middle, 2 right. A finger or a pen is 0. */
  button: number;
  touch: boolean;
}

export interface Meaning {
  /** What a drag that begins here does; null: nothing. */
  begin(press: Press): Drag | null;
  /** The pointer is over the element with nothing pressed. */
  hover(at: Point): void;
  zoom(factor: number, at: Point): void;
  move(by: Point): void;
}

/** How far a finger may stray before it drags: until then a second may come to zoom. */
const SLOP = 6;
/** Powers of two to a pixel, a line or a page of the wheel, and how much more while Ctrl is down, as a trackpad's pinch has it. */
const WHEEL = [0.002, 0.05, 1];
const PINCHED = 10;

/** Listen to an element for as long as it lives. */
export function listen(element: HTMLElement, meaning: Meaning): void {
  const gestures = new Gestures(element, meaning);
  element.addEventListener("pointerdown", (event) => gestures.down(event));
  element.addEventListener("pointermove", (event) => gestures.move(event));
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
    element.addEventListener(name, (event) => gestures.up(event));
  }
  element.addEventListener("wheel", (event) => gestures.wheel(event), { passive: false });
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  // The middle button would scroll.
  element.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
}

class Gestures {
  private readonly downAt = new Map<number, Point>();
  private press: Press | null = null;
  private drag: Drag | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly meaning: Meaning,
  ) {}

  down(event: PointerEvent): void {
    const at = this.pointOf(event);
    this.element.setPointerCapture(event.pointerId);
    this.downAt.set(event.pointerId, at);
    if (this.downAt.size > 1) return this.stop();
    const touch = event.pointerType === "touch";
    this.press = { at, button: event.button, touch };
    if (!touch) this.drag = this.meaning.begin(this.press);
  }

  move(event: PointerEvent): void {
    const at = this.pointOf(event);
    const before = this.downAt.get(event.pointerId);
    if (!before) return this.meaning.hover(at);
    if (this.downAt.size > 1) return this.pinch(event.pointerId, before, at);
    if (!this.press) return;
    if (!this.drag && this.press.touch && apart(this.press.at, at) > SLOP) this.drag = this.meaning.begin(this.press);
    this.downAt.set(event.pointerId, at);
    for (const each of between(event)) this.drag?.move(this.pointOf(each));
  }

  up(event: PointerEvent): void {
    if (!this.downAt.delete(event.pointerId) || this.downAt.size) return;
    const { press } = this;
    if (event.type !== "pointerup") return this.stop();
    // A finger that did not stray is a click.
    this.drag ??= press?.touch ? this.meaning.begin(press) : null;
    this.drag?.end();
    this.drag = this.press = null;
  }

  wheel(event: WheelEvent): void {
    event.preventDefault();
    const power = -event.deltaY * (WHEEL[event.deltaMode] ?? 0) * (event.ctrlKey ? PINCHED : 1);
    this.meaning.zoom(2 ** power, this.pointOf(event));
  }

  /** Two fingers: their distance zooms, their middle moves. What one of them began is taken back. */
  private pinch(id: number, before: Point, at: Point): void {
    const other = [...this.downAt].find(([each]) => each !== id)?.[1];
    this.downAt.set(id, at);
    if (!other) return;
    const [from, to] = [middle(before, other), middle(at, other)];
    this.meaning.move([to[0] - from[0], to[1] - from[1]]);
    const distance = apart(before, other);
    if (distance > 0) this.meaning.zoom(apart(at, other) / distance, to);
  }

  private stop(): void {
    this.drag?.cancel();
    this.drag = this.press = null;
  }

  private pointOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }
}

/** All that a pointer did since the last event: a hand draws finer than the screen. */
function between(event: PointerEvent): PointerEvent[] {
  const all = event.getCoalescedEvents?.() ?? [];
  return all.length ? all : [event];
}

function middle([x, y]: Point, [right, down]: Point): Point {
  return [(x + right) / 2, (y + down) / 2];
}

function apart([x, y]: Point, [right, down]: Point): number {
  return Math.hypot(right - x, down - y);
}
