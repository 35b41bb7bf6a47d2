/** One film in one frame: where it lies, how large, how bright; drawn on a canvas of the screen's own pixels. */

import type { Pixels, Point } from "./contract.js";
import { type GreyWindow, WHOLE_RANGE, table } from "./greys.js";
import { load } from "./picture.js";
import { type Matrix, type View, WHOLE, bounded, fittedScale, matrixOf, movedBy, scaleOf, snapped, zoomedAt } from "./place.js";
import { type Seen, Sizes, seen } from "./raster.js";

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
  private sizes: Sizes | null = null;
  private at: View = WHOLE;
  private greys: GreyWindow = WHOLE_RANGE;
  private isInverted = false;
  /** Of the element, in CSS pixels. */
  private size: Point = [0, 0];
  /** What of the film is on the screen; null where the view has changed since. */
  private seen: Seen | null = null;
  private image: ImageData | null = null;
  /** Whether the canvas shows it with the window of now. */
  private toned = false;
  private due = 0;
  private readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;

  constructor(
    readonly element: HTMLDivElement,
    private readonly watcher: Watcher,
  ) {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser gives no canvas");
    this.context = context;
    element.prepend(this.canvas);
    this.observe();
  }

  /** Show a film, whole. Raises Error where its picture cannot be had. */
  async show(pixels: Pixels): Promise<void> {
    this.sizes = new Sizes(await load(pixels));
    this.toned = false;
    this.pixels = pixels;
    [this.at, this.greys, this.isInverted] = [WHOLE, WHOLE_RANGE, false];
    const { width, height } = this.element.getBoundingClientRect();
    this.measure([width, height], [width * devicePixelRatio, height * devicePixelRatio]);
    this.paint();
  }

  /** Take the film away. */
  clear(): void {
    this.sizes = this.seen = null;
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
    this.isInverted = false;
    this.greys = WHOLE_RANGE;
    this.view = WHOLE;
  }

  /** One pixel of the film to one of the screen. */
  oneToOne(): void {
    this.view = { ...this.at, zoom: 1 / devicePixelRatio / fittedScale(this.pixels, this.at.rotation, this.size) };
  }

  /** About the middle, or a point of the element in CSS pixels, which stays where it is. */
  zoomBy(factor: number, [x, y]: Point = [this.size[0] / 2, this.size[1] / 2]): void {
    this.view = zoomedAt(this.at, this.pixels, this.size, [x, y], factor);
  }

  /** By CSS pixels. */
  moveBy(by: Point): void {
    this.view = movedBy(this.at, this.pixels, this.size, by);
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

  /** Another size, or a screen with other pixels: drawn at once, since that empties the canvas. */
  private observe(): void {
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      const [exact] = entry.devicePixelContentBoxSize ?? [];
      this.measure([width, height], exact ? [exact.inlineSize, exact.blockSize] : [width * devicePixelRatio, height * devicePixelRatio]);
      this.paint();
    });
    try {
      observer.observe(this.element, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(this.element); // Safari knows no such box.
    }
  }

  private measure(size: Point, [width, height]: Point): void {
    this.size = size;
    this.seen = null;
    this.toned = false;
    this.canvas.width = Math.round(width);
    this.canvas.height = Math.round(height);
    this.canvas.style.width = `${this.canvas.width / devicePixelRatio}px`;
    this.canvas.style.height = `${this.canvas.height / devicePixelRatio}px`;
  }

  private paint(): void {
    cancelAnimationFrame(this.due);
    this.due = 0;
    const { width, height } = this.canvas;
    if (!this.sizes || !width || !height) return;
    if (!this.seen) {
      this.seen = seen(this.sizes, this.pixels, onScreen(this.matrix, devicePixelRatio), width, height);
      this.context.clearRect(0, 0, width, height);
    }
    if (this.seen && !this.toned) this.tone(this.seen);
    this.toned = true;
    this.watcher.painted();
  }

  private tone({ left, top, columns, rows, grey }: Seen): void {
    if (this.image?.width !== columns || this.image.height !== rows) this.image = this.context.createImageData(columns, rows);
    const pixels = new Uint32Array(this.image.data.buffer);
    const shown = table(this.greys, this.isInverted);
    for (let at = 0; at < grey.length; at += 1) pixels[at] = shown[grey[at]!]!;
    this.context.putImageData(this.image, left, top);
  }
}

function onScreen(matrix: Matrix, pixelsPerCss: number): Matrix {
  return matrix.map((each) => each * pixelsPerCss) as Matrix;
}
