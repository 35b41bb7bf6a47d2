/** A film's gray values, out of the 8-bit gray PNG that the server has of it. */

import type { Pixels } from "./contract.js";
import type { Raster } from "./raster.js";

/** Rows that are read at once, since a canvas holds four bytes for each of up to 50 million pixels. */
const STRIP = 512;

/**
 * Load a film.
 *
 * Colour management is off: a gray value is what the gateway wrote, whatever the file says of its gamma. The picture that
 * the page shows already is not loaded again. Raises Error where it cannot be had, or has not the film's size.
 */
export async function load({ url, columns, rows }: Pixels): Promise<Raster> {
  const picture = document.querySelector<HTMLImageElement>(`img[data-film="${CSS.escape(url)}"]`) ?? new Image();
  if (!picture.src) picture.src = url;
  await picture.decode();
  if (picture.naturalWidth !== columns || picture.naturalHeight !== rows) {
    throw new Error(`the picture has ${picture.naturalHeight} rows and ${picture.naturalWidth} columns, not ${rows} and ${columns}`);
  }
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: "none" });
  const grey = new Uint8Array(columns * rows);
  const canvas = new OffscreenCanvas(columns, Math.min(STRIP, rows));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no canvas");
  for (let top = 0; top < rows; top += STRIP) {
    const lines = Math.min(STRIP, rows - top);
    context.drawImage(bitmap, 0, top, columns, lines, 0, 0, columns, lines);
    const { data } = context.getImageData(0, 0, columns, lines);
    for (let from = 0, to = top * columns; from < data.length; from += 4, to += 1) grey[to] = data[from]!;
  }
  bitmap.close();
  return { columns, rows, grey };
}
