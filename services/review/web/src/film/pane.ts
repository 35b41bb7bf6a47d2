/** One film in one Cornerstone viewport: where it lies, how large, how bright. The same on a GPU and without. */

import { type RenderingEngine, type StackViewport, type Types, Enums, getShouldUseCPURendering } from "@cornerstonejs/core";
import type { Pixels, Point } from "./contract.js";
import { type Matrix, affine, scaleOf } from "./geometry.js";
import { imageIdOf } from "./picture.js";

/** What of a view another film can take over, whatever its size. */
export interface View {
  /** Times the size at which the whole film just fits. */
  zoom: number;
  /** Which point of the film is in the middle, as shares of its columns and rows. */
  centre: Point;
  rotation: number;
}

export class Pane {
  private rotation = 0;
  private remembered: View = { zoom: 1, centre: [0.5, 0.5], rotation: 0 };
  private readonly viewport: StackViewport;

  constructor(
    engine: RenderingEngine,
    readonly id: string,
    readonly element: HTMLDivElement,
  ) {
    engine.enableElement({
      viewportId: id,
      element,
      type: Enums.ViewportType.STACK,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.viewport = engine.getViewport(id) as StackViewport;
    // Cornerstone lets a click focus its element, and there swallows every key, Tab too; the frame around it has the focus.
    element.removeAttribute("tabindex");
  }

  /** Of the film that is shown; not there before one is. */
  pixels!: Pixels;

  /** Show a film, whole. Raises Error where its picture cannot be had. */
  async show(pixels: Pixels): Promise<void> {
    const imageId = imageIdOf(pixels);
    await this.viewport.setStack([imageId]);
    if (!this.viewport.getCornerstoneImage()) throw new Error("the film's picture did not come");
    this.pixels = pixels;
    this.rotation = 0;
    this.fit();
  }

  /** From the film's pixels (0, 0 is the outer corner of the first) to CSS pixels of the element. */
  get matrix(): Matrix {
    const { columns, rows } = this.pixels;
    const corners: Point[] = [[0, 0], [columns, 0], [0, rows]];
    const [origin, right, down] = corners.map((point) => this.viewport.worldToCanvas(this.toWorld(point)) as Point);
    return affine(origin!, right!, down!, columns, rows);
  }

  /** Cornerstone's world is in millimetres; on a GPU its origin is the middle of the first pixel, without one its corner. */
  toWorld([x, y]: Point): Types.Point3 {
    const [row, column] = this.pixels.spacing_mm ?? [1, 1];
    const half = getShouldUseCPURendering() ? 0 : 0.5;
    return [(x - half) * column, (y - half) * row, 0];
  }

  fromWorld([x, y]: Types.Point3 | number[]): Point {
    const [row, column] = this.pixels.spacing_mm ?? [1, 1];
    const half = getShouldUseCPURendering() ? 0 : 0.5;
    return [x! / column + half, y! / row + half];
  }

  /** CSS pixels to a pixel of the film. */
  get scale(): number {
    return scaleOf(this.matrix);
  }

  get fitted(): number {
    const { clientWidth, clientHeight } = this.element;
    const { columns, rows } = this.pixels;
    const [width, height] = this.rotation % 180 === 0 ? [columns, rows] : [rows, columns];
    return Math.min(clientWidth / width, clientHeight / height);
  }

  get view(): View {
    const { clientWidth, clientHeight } = this.element;
    const [x, y] = this.fromWorld(this.viewport.canvasToWorld([clientWidth / 2, clientHeight / 2]));
    const { columns, rows } = this.pixels;
    return { zoom: this.scale / this.fitted, centre: [x / columns, y / rows], rotation: this.rotation };
  }

  set view(view: View) {
    const { zoom, centre, rotation } = view;
    if (rotation !== this.rotation) this.turnTo(rotation);
    this.scaleTo(this.fitted * zoom);
    this.moveTo(this.toWorld([centre[0] * this.pixels.columns, centre[1] * this.pixels.rows]));
    this.viewport.render();
    this.remembered = view;
  }

  /** What is seen now is what is to be seen after the window has another size. */
  remember(): void {
    this.remembered = this.view;
  }

  /** The element has another size: show the same again. */
  recall(): void {
    this.view = this.remembered;
  }

  fit(): void {
    this.view = { zoom: 1, centre: [0.5, 0.5], rotation: this.rotation };
  }

  /** As when it was opened. */
  reset(): void {
    this.inverted = false;
    this.window = [128, 255];
    this.view = { zoom: 1, centre: [0.5, 0.5], rotation: 0 };
  }

  /** One pixel of the film to one of the screen. */
  oneToOne(): void {
    this.view = { ...this.view, zoom: 1 / window.devicePixelRatio / this.fitted };
  }

  zoomBy(factor: number): void {
    this.view = { ...this.view, zoom: Math.min(Math.max(this.view.zoom * factor, 0.1), 40) };
  }

  /** By shares of what is seen. */
  panBy(right: number, down: number): void {
    const { clientWidth, clientHeight } = this.element;
    this.moveTo(this.viewport.canvasToWorld([clientWidth * (0.5 + right), clientHeight * (0.5 + down)]));
    this.viewport.render();
  }

  rotateBy(degrees: number): void {
    this.view = { zoom: 1, centre: [0.5, 0.5], rotation: (this.rotation + degrees + 360) % 360 };
  }

  /** Centre and width of the gray values that are spread over the screen's. */
  get window(): Point {
    const { lower = 0, upper = 255 } = this.viewport.getProperties().voiRange ?? {};
    return [Math.round((lower + upper) / 2), Math.max(1, Math.round(upper - lower))];
  }

  set window([centre, width]: Point) {
    this.viewport.setProperties({ voiRange: { lower: centre - width / 2, upper: centre + width / 2 } });
    this.viewport.render();
  }

  get inverted(): boolean {
    return this.viewport.getProperties().invert ?? false;
  }

  set inverted(inverted: boolean) {
    this.viewport.setProperties({ invert: inverted });
    this.viewport.render();
  }

  /** Cornerstone's own words for where an annotation belongs. */
  get reference(): Types.ViewReference {
    return this.viewport.getViewReference();
  }

  redraw(): void {
    this.viewport.render();
  }

  private scaleTo(scale: number): void {
    const now = this.viewport.getCamera().parallelScale;
    if (now) this.viewport.setCamera({ parallelScale: (now * this.scale) / scale });
  }

  private moveTo(focalPoint: Types.Point3): void {
    const { focalPoint: from, position } = this.viewport.getCamera();
    if (!from || !position) return;
    this.viewport.setCamera({ focalPoint, position: position.map((at, axis) => at + focalPoint[axis]! - from[axis]!) as Types.Point3 });
  }

  private turnTo(rotation: number): void {
    this.rotation = rotation;
    this.viewport.setViewPresentation({ rotation });
    const { parallelScale } = this.viewport.getCamera();
    if (getShouldUseCPURendering()) this.viewport.setCamera({ parallelScale });
  }
}
