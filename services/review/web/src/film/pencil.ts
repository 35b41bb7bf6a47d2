/** Drawing shapes on the film with a pointer, and changing those that are there. */

import type { Contour, Point, Shape } from "./contract.js";
import { area, box, corners, distance } from "./geometry.js";
import type { Drag, Press } from "./gestures.js";
import { nearest, pulled } from "./outline.js";
import { applied, unapplied } from "./place.js";
import type { Pane } from "./pane.js";
import type { Listed, Shapes } from "./shapes.js";

export type Drawing = "box" | "freehand";

/** What is being drawn now and is no shape yet; and the shape that is under the pointer. */
export interface Sketch {
  line: Contour | null;
  box: Contour | null;
  near: string | null;
}

/** CSS pixels from a line within which it is taken hold of: by a mouse, by a finger. */
const REACH = 7;
const TOUCH_REACH = 20;
/** Less than this is a click, in CSS pixels. */
const CLICK = 4;
/** A line that is pulled has to end no further than this from the outline, in CSS pixels. */
const JOIN = 40;

interface Held {
  shape: Listed;
  /** Of a box: the corner that is held; null: its edge. */
  corner: number | null;
}

export class Pencil {
  /** What the next press draws; null: it takes hold of what is there. */
  kind: Drawing | null = null;
  /** What the next outline drawn by hand is. */
  outlines: Shape["kind"] = "freehand";
  readonly sketch: Sketch = { line: null, box: null, near: null };

  constructor(
    private readonly pane: Pane,
    private readonly shapes: Shapes,
    private readonly onDrawn: () => void,
  ) {}

  /** What a drag that begins here draws or changes; null where it does neither. */
  begin({ at, button, touch }: Press): Drag | null {
    if (button !== 0) return null;
    if (this.kind === "box") return this.drawBox(at);
    if (this.kind) return this.drawLine(at);
    const held = this.under(at, touch ? TOUCH_REACH : REACH);
    if (!held) this.choose(null);
    if (!held) return null;
    return held.shape.kind === "box" ? this.changeBox(held, at) : this.pull(held.shape, at);
  }

  /** The pointer is here with nothing pressed: whether there is anything to take hold of. */
  hover(at: Point): boolean {
    const near = this.kind ? null : (this.under(at, REACH)?.shape.uid ?? null);
    if (near !== this.sketch.near) this.show({ near });
    return near !== null;
  }

  private drawBox(at: Point): Drag {
    const from = this.film(at);
    return this.drag(at, {
      move: (to) => this.show({ box: [from, to] }),
      end: (to) => this.made({ kind: "box", points: box([from, to]), finding: null }),
    });
  }

  private drawLine(at: Point): Drag {
    const line = [this.film(at)];
    return this.drag(at, {
      move: (to) => this.show({ line: (line.push(to), line) }),
      end: () => this.made({ kind: this.outlines, points: line, finding: null }),
    });
  }

  private changeBox({ shape, corner }: Held, at: Point): Drag {
    const from = this.film(at);
    const fixed = corner === null ? null : corners(shape.points)[(corner + 2) % 4]!;
    const changed = (to: Point) => (fixed ? box([fixed, to]) : this.moved(shape.points, [to[0] - from[0], to[1] - from[1]]));
    return this.drag(at, {
      move: (to) => this.show({ box: changed(to), near: shape.uid }),
      end: (to) => this.shapes.place(shape.uid, changed(to)),
      click: () => this.choose(shape.uid),
    });
  }

  private pull({ uid, points }: Listed, at: Point): Drag {
    const line = [nearest(points, this.film(at)).point];
    return this.drag(at, {
      move: (to) => this.show({ line: (line.push(to), line), near: uid }),
      end: () => {
        const outline = pulled(points, line, JOIN / this.pane.scale);
        if (outline) this.shapes.place(uid, outline);
      },
      click: () => this.choose(uid),
    });
  }

  private drag(at: Point, does: { move(to: Point): void; end(to: Point): void; click?(): void }): Drag {
    let [last, strayed] = [at, false];
    const clear = () => this.show({ line: null, box: null, near: null });
    return {
      move: (to) => {
        last = to;
        strayed ||= distance(at, to) >= CLICK;
        if (strayed) does.move(this.film(to));
      },
      end: () => {
        clear();
        if (strayed) does.end(this.film(last));
        else does.click?.();
      },
      cancel: clear,
    };
  }

  /** A box, moved as far as it stays on the film. */
  private moved(points: Contour, by: Point): Contour {
    const { columns, rows } = this.pane.pixels;
    const [[left, top], [right, bottom]] = box(points);
    const [x, y] = [Math.min(Math.max(by[0], -left), columns - right), Math.min(Math.max(by[1], -top), rows - bottom)];
    return [[left + x, top + y], [right + x, bottom + y]];
  }

  /** One that has a size; else the reader may try again. */
  private made(shape: Shape): void {
    if (area(shape.kind === "box" ? corners(shape.points) : shape.points) < 1) return;
    this.kind = null;
    this.shapes.add(shape);
    this.onDrawn();
  }

  private choose(uid: string | null): void {
    this.shapes.chosen = uid;
    this.pane.redraw();
  }

  private show(sketch: Partial<Sketch>): void {
    Object.assign(this.sketch, sketch);
    this.pane.redraw();
  }

  /** The shape whose line is within reach of a point; the one drawn last where there are several. */
  private under(at: Point, reach: number): Held | null {
    const { matrix } = this.pane;
    for (const shape of this.shapes.list().toReversed()) {
      const outline = (shape.kind === "box" ? corners(shape.points) : shape.points).map((point) => applied(matrix, point));
      if (!outline.length || nearest(outline, at).distance > reach) continue;
      const corner = shape.kind === "box" ? outline.findIndex((each) => distance(each, at) <= reach) : -1;
      return { shape, corner: corner < 0 ? null : corner };
    }
    return null;
  }

  private film(at: Point): Point {
    return unapplied(this.pane.matrix, at);
  }
}
