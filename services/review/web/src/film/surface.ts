/** A canvas that fills an element with the screen's own pixels, however dense they are. */

import type { Point } from "./contract.js";
import type { Seen } from "./raster.js";

export class Surface {
  /** Of the element, in CSS pixels. */
  size: Point = [0, 0];
  private readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private image: ImageData | null = null;

  /** onEmptied: it has another size, and has to be drawn anew before the screen's next frame. */
  constructor(
    private readonly element: HTMLElement,
    onEmptied: () => void,
  ) {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser gives no canvas");
    this.context = context;
    element.prepend(this.canvas);
    const observer = new ResizeObserver(([entry]) => {
      const [exact] = entry?.devicePixelContentBoxSize ?? [];
      this.measure(exact ? [exact.inlineSize, exact.blockSize] : null);
      onEmptied();
    });
    try {
      observer.observe(element, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(element); // Safari knows no such box.
    }
  }

  /** In the screen's pixels. */
  get pixels(): Point {
    return [this.canvas.width, this.canvas.height];
  }

  /** Take the element's size, which in the screen's pixels may be known exactly; empties the canvas. */
  measure(exact: Point | null = null): void {
    const { width, height } = this.element.getBoundingClientRect();
    this.size = [width, height];
    const [across, down] = exact ?? [width * devicePixelRatio, height * devicePixelRatio];
    this.canvas.width = Math.round(across);
    this.canvas.height = Math.round(down);
    this.canvas.style.width = `${this.canvas.width / devicePixelRatio}px`;
    this.canvas.style.height = `${this.canvas.height / devicePixelRatio}px`;
  }

  empty(): void {
    this.context.clearRect(0, 0, ...this.pixels);
  }

  /** Show what is seen of a film in the gray values of a table. */
  show({ left, top, columns, rows, grey }: Seen, table: Uint32Array): void {
    if (this.image?.width !== columns || this.image.height !== rows) this.image = this.context.createImageData(columns, rows);
    const pixels = new Uint32Array(this.image.data.buffer);
    for (let at = 0; at < grey.length; at += 1) pixels[at] = table[grey[at]!]!;
    this.context.putImageData(this.image, left, top);
  }
}
