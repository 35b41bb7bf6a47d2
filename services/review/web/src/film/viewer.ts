/** One film, or two beside each other: what the mouse and fingers do to them, and that both go together. */

import type { Contour, Pixels, Point } from "./contract.js";
import { type Drag, type Press, listen } from "./gestures.js";
import { carried } from "./greys.js";
import { Pane, type Watcher } from "./pane.js";
import type { Pencil } from "./pencil.js";
import type { Ruler } from "./ruler.js";

/** Gray values to a CSS pixel that the window is dragged: the screen's width is more than enough for all of them. */
const GREYS_A_PIXEL = 0.25;
/** How much a CSS pixel that the film is dragged with the right button enlarges it, as a power of two. */
const ZOOM_A_PIXEL = 0.01;

export class Viewer {
  readonly main: Pane;
  beside: Pane | null = null;
  /** Whether zoom, place and window of the two films go together. */
  together = true;
  /** Draws on the main film. */
  pencil: Pencil | null = null;
  /** Measures on the main film; goes before the pencil. */
  ruler: Ruler | null = null;
  /** Both are being changed alike, so that neither follows the other. */
  private following = false;
  private panning = false;
  private readonly other: Pane;

  constructor(
    mainElement: HTMLDivElement,
    private readonly besideElement: HTMLDivElement,
    onView: () => void,
  ) {
    const watcher: Watcher = { changed: (pane) => this.follow(pane), painted: onView };
    this.main = new Pane(mainElement, watcher);
    this.other = new Pane(besideElement, watcher);
    for (const pane of [this.main, this.other]) {
      listen(pane.element, {
        begin: (press) => this.begin(pane, press),
        hover: (at) => this.hover(pane, at),
        zoom: (factor, at) => pane.zoomBy(factor, at),
        move: (by) => pane.moveBy(by),
      });
    }
  }

  /** A second film beside the first; null where it is not wanted any more. Raises Error where its picture cannot be had. */
  async showBeside(pixels: Pixels, lungs: Contour[]): Promise<Pane | null> {
    this.besideElement.hidden = false;
    if (!(await this.other.show(pixels, lungs))) return null;
    this.beside = this.other;
    this.beside.preset(this.main.chosen);
    this.follow(this.main);
    return this.beside;
  }

  closeBeside(): void {
    this.besideElement.hidden = true;
    this.other.clear();
    this.beside = null;
  }

  /** While the space bar is down, dragging moves the film. */
  pan(panning: boolean): void {
    this.panning = panning;
    this.main.element.style.cursor = panning ? "grab" : "";
  }

  /** Both films, where they go together. */
  each(change: (pane: Pane) => void): void {
    this.following = true;
    change(this.main);
    if (this.beside && this.together) change(this.beside);
    this.following = false;
  }

  private begin(pane: Pane, press: Press): Drag | null {
    if (!pane.shown) return null;
    if (press.button === 2) return zooming(pane, press.at);
    if (press.button === 1 || this.panning) return moving(pane, press.at);
    return (pane === this.main && (this.ruler?.begin(press) ?? this.pencil?.begin(press))) || windowing(pane, press.at);
  }

  private hover(pane: Pane, at: Point): void {
    if (pane !== this.main || !pane.shown || !this.pencil || this.panning) return;
    if (this.ruler?.drawing) return this.ruler.hover(at);
    const near = this.pencil.hover(at);
    pane.element.style.cursor = this.pencil.kind ? "crosshair" : near ? "pointer" : "";
  }

  /** The other film takes over the leader's view, and what was done to its window; how it is turned stays its own. */
  private follow(leader: Pane): void {
    if (!this.beside || !this.together || this.following) return;
    const follower = leader === this.main ? this.beside : this.main;
    this.following = true;
    follower.view = { ...leader.view, rotation: follower.view.rotation };
    follower.window = carried(leader.window, leader.windows[leader.chosen], follower.windows[leader.chosen]);
    this.following = false;
  }
}

/** To the right widens the window, down moves it up. */
function windowing(pane: Pane, from: Point): Drag {
  const before = pane.window;
  return {
    move: ([x, y]) => (pane.window = [before[0] + (y - from[1]) * GREYS_A_PIXEL, before[1] + (x - from[0]) * GREYS_A_PIXEL]),
    end: () => {},
    cancel: () => (pane.window = before),
  };
}

function moving(pane: Pane, from: Point): Drag {
  const before = pane.view;
  let last = from;
  return {
    move: (to) => {
      pane.moveBy([to[0] - last[0], to[1] - last[1]]);
      last = to;
    },
    end: () => {},
    cancel: () => (pane.view = before),
  };
}

/** Down enlarges, about the point where the drag began. */
function zooming(pane: Pane, from: Point): Drag {
  const before = pane.view;
  let last = from;
  return {
    move: (to) => {
      pane.zoomBy(2 ** ((to[1] - last[1]) * ZOOM_A_PIXEL), from);
      last = to;
    },
    end: () => {},
    cancel: () => (pane.view = before),
  };
}
