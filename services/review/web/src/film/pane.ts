/** One film in one frame: where it lies, how large, how bright. */

import type { Contour, Pixels, Point } from "./contract.js";
import { type GreyWindow, WHOLE_RANGE, table } from "./greys.js";
import { load } from "./picture.js";
import { type Matrix, type View, WHOLE, bounded, fittedScale, matrixOf, movedBy, scaleOf, snapped, zoomedAt } from "./place.js";
import { type Raster, type Seen, Sizes, seen } from "./raster.js";
import { Surface } from "./surface.js";
import { type Preset, type Windows, windowsOf } from "./windows.js";

/** Degrees clockwise, and whether as a negative. */
interface Pose {
  rotated: number;
  inverted: boolean;
}

const AS_STORED: Pose = { rotated: 0, inverted: false };

/** What a pane tells of itself. */
export interface Watcher {
  /** Another view or window was asked for. */
  changed(pane: Pane): void;
  /** It is on the canvas now. */
  painted(): void;
}

export class Pane {
  /** Of the film that is shown; not there before one is. */
  pixels!: Pixels;
  /** The film that is to be shown, or is. */
  private wanted: Pixels | null = null;
  private raster: Raster | null = null;
  private sizes: Sizes | null = null;
  private at: View = WHOLE;
  private greys: GreyWindow = WHOLE_RANGE;
  /** Those of the film's own gray values. */
  windows!: Windows;
  /** Which of them was chosen last. */
  chosen: Preset = "film";
  private isInverted = false;
  /** How it has to be turned, and whether inverted, to be seen as it is meant. */
  private pose: Pose = AS_STORED;
  /** What of the film is on the screen; null where the view has changed since. */
  private seen: Seen | null = null;
  /** Whether the canvas shows it with the window of now. */
  private toned = false;
  private due = 0;
  private readonly surface: Surface;

  constructor(
    readonly element: HTMLDivElement,
    private readonly watcher: Watcher,
  ) {
    this.surface = new Surface(element, () => this.repaint());
  }

  /** Whether there is a film: until then it can be neither moved nor drawn on. */
  get shown(): boolean {
    return this.sizes !== null;
  }

  /**
   * Show a film, whole; false where meanwhile another was asked for, or none. The lungs' outlines, where they are
   * known, say which of its gray values matter.
   *
   * Raises Error where its picture cannot be had.
   */
  async show(pixels: Pixels, lungs: Contour[]): Promise<boolean> {
    this.clear();
    this.wanted = pixels;
    const film = await load(pixels);
    if (this.wanted !== pixels) return false;
    this.sizes = new Sizes(film);
    this.raster = film;
    this.pixels = pixels;
    this.pose = AS_STORED;
    this.know(lungs);
    [this.chosen, this.greys] = ["film", this.windows.film];
    [this.at, this.isInverted] = [WHOLE, false];
    this.surface.measure();
    this.repaint();
    return true;
  }

  /** Where its lungs are, which may be told later; the window that it is seen with stays. */
  know(lungs: Contour[]): void {
    if (this.raster) this.windows = windowsOf(this.raster, lungs);
  }

  /** See it with one of its own windows. */
  preset(name: Preset): void {
    if (!this.shown) return;
    this.chosen = name;
    this.window = this.windows[name];
  }

  /** Take the film away. */
  clear(): void {
    this.raster = this.sizes = this.seen = this.wanted = null;
    cancelAnimationFrame(this.due);
    this.due = 0;
  }

  /** From the film's pixels (0, 0 is the outer corner of the first) to CSS pixels of the element. */
  get matrix(): Matrix {
    return snapped(matrixOf(this.at, this.pixels, this.size), devicePixelRatio);
  }

  /** CSS pixels to a pixel of the film. */
  get scale(): number {
    return scaleOf(this.matrix);
  }

  get view(): View {
    return this.at;
  }

  set view(view: View) {
    this.at = bounded(view);
    this.seen = null;
    this.change();
  }

  fit(): void {
    this.view = { ...WHOLE, rotation: this.at.rotation };
  }

  /** As when it was opened. */
  reset(): void {
    this.isInverted = this.pose.inverted;
    if (this.shown) [this.chosen, this.greys] = ["film", this.windows.film];
    this.view = { ...WHOLE, rotation: this.pose.rotated };
  }

  /** Show it turned and inverted like this, now and after a reset. */
  putRight(pose: Pose): void {
    if (pose.rotated === this.pose.rotated && pose.inverted === this.pose.inverted) return;
    this.pose = pose;
    this.reset();
  }

  /** One pixel of the film to one of the screen. */
  oneToOne(): void {
    if (this.shown) this.view = { ...this.at, zoom: 1 / devicePixelRatio / fittedScale(this.pixels, this.at.rotation, this.size) };
  }

  /** About the middle, or a point of the element in CSS pixels, which stays where it is. */
  zoomBy(factor: number, [x, y]: Point = [this.size[0] / 2, this.size[1] / 2]): void {
    if (this.shown) this.view = zoomedAt(this.at, this.pixels, this.size, [x, y], factor);
  }

  /** By CSS pixels. */
  moveBy(by: Point): void {
    if (this.shown) this.view = movedBy(this.at, this.pixels, this.size, by);
  }

  rotateBy(degrees: number): void {
    this.view = { ...WHOLE, rotation: (this.at.rotation + degrees + 360) % 360 };
  }

  /** Centre and width of the gray values that are spread over the screen's. */
  get window(): GreyWindow {
    return this.greys;
  }

  set window([centre, width]: GreyWindow) {
    this.greys = [centre, Math.max(1, width)];
    this.change();
  }

  get inverted(): boolean {
    return this.isInverted;
  }

  set inverted(inverted: boolean) {
    this.isInverted = inverted;
    this.change();
  }

  /** Draw with the screen's next frame what has changed here, and what the watcher draws over it. */
  redraw(): void {
    if (this.sizes && !this.due) this.due = requestAnimationFrame(() => this.paint());
  }

  private change(): void {
    this.toned = false;
    this.watcher.changed(this);
    this.redraw();
  }

  private get size(): Point {
    return this.surface.size;
  }

  /** All of it, at once. */
  private repaint(): void {
    this.seen = null;
    this.toned = false;
    this.paint();
  }

  private paint(): void {
    cancelAnimationFrame(this.due);
    this.due = 0;
    const [width, height] = this.surface.pixels;
    if (!this.sizes || !width || !height) return;
    if (!this.seen) {
      this.seen = seen(this.sizes, this.pixels, onScreen(this.matrix, devicePixelRatio), width, height);
      this.surface.empty();
    }
    if (this.seen && !this.toned) this.surface.show(this.seen, table(this.greys, this.isInverted));
    this.toned = true;
    this.watcher.painted();
  }
}

function onScreen(matrix: Matrix, pixelsPerCss: number): Matrix {
  return matrix.map((each) => each * pixelsPerCss) as Matrix;
}
