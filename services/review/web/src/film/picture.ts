/** Films for Cornerstone: `cxr:` and the address of an 8-bit gray PNG. */

import { type Types, Enums, imageLoader, metaData } from "@cornerstonejs/core";
import type { Pixels } from "./contract.js";

const SCHEME = "cxr";
const STRIP = 512;
const known = new Map<string, Pixels>();

/** The film's image id. The same film may be in two viewports. */
export function imageIdOf(pixels: Pixels): string {
  const imageId = `${SCHEME}:${pixels.url}`;
  known.set(imageId, pixels);
  return imageId;
}

/** Tell Cornerstone once. */
export function registerPictures(): void {
  imageLoader.registerImageLoader(SCHEME, (imageId: string) => ({ promise: load(imageId) }));
  metaData.addProvider(describe, 1000);
}

/**
 * Gray values, rows * columns, of a PNG.
 *
 * Colour management is off: a gray value is what the gateway wrote, whatever the file says of its gamma. Read in strips,
 * since a canvas holds four bytes for each of up to 50 million pixels.
 */
async function grayValues(url: string, width: number, height: number): Promise<Uint8Array> {
  const picture = document.querySelector<HTMLImageElement>(`img[data-film="${CSS.escape(url)}"]`) ?? new Image();
  if (!picture.src) picture.src = url;
  await picture.decode();
  if (picture.naturalWidth !== width || picture.naturalHeight !== height) {
    throw new Error(`the picture has ${picture.naturalHeight} rows and ${picture.naturalWidth} columns, not ${height} and ${width}`);
  }
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(width, Math.min(STRIP, height));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no canvas");
  const gray = new Uint8Array(width * height);
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    const { data } = context.getImageData(0, 0, width, rows);
    for (let from = 0, to = top * width; from < data.length; from += 4, to += 1) gray[to] = data[from]!;
  }
  bitmap.close();
  return gray;
}

async function load(imageId: string): Promise<Types.IImage> {
  const { url, rows, columns, spacing_mm } = pixelsOf(imageId);
  const gray = await grayValues(url, columns, rows);
  const [rowSpacing, columnSpacing] = spacing_mm ?? [1, 1];
  return {
    imageId,
    minPixelValue: 0,
    maxPixelValue: 255,
    slope: 1,
    intercept: 0,
    windowCenter: 128,
    windowWidth: 256,
    voiLUTFunction: Enums.VOILUTFunctionType.LINEAR,
    getPixelData: () => gray,
    getCanvas: () => {
      throw new Error("a film has no canvas of its own");
    },
    rows,
    columns,
    height: rows,
    width: columns,
    color: false,
    rgba: false,
    numberOfComponents: 1,
    rowPixelSpacing: rowSpacing,
    columnPixelSpacing: columnSpacing,
    invert: false,
    photometricInterpretation: "MONOCHROME2",
    sizeInBytes: gray.byteLength,
    dataType: "Uint8Array",
    imageFrame: { pixelData: gray } as unknown as Types.IImage["imageFrame"],
  };
}

function pixelsOf(imageId: string): Pixels {
  const pixels = known.get(imageId);
  if (!pixels) throw new Error(`no film is known as ${imageId}`);
  return pixels;
}

/** DICOM's modules, as far as Cornerstone asks for them. */
function describe(type: string, imageId: unknown): object | undefined {
  const pixels = typeof imageId === "string" ? known.get(imageId) : undefined;
  if (!pixels) return undefined;
  const { rows, columns, spacing_mm } = pixels;
  const [rowPixelSpacing, columnPixelSpacing] = spacing_mm ?? [1, 1];
  const { IMAGE_PIXEL, IMAGE_PLANE, GENERAL_SERIES } = Enums.MetadataModules;
  if (type === IMAGE_PIXEL) {
    const bits = { bitsAllocated: 8, bitsStored: 8, highBit: 7, pixelRepresentation: 0 };
    return { ...bits, samplesPerPixel: 1, photometricInterpretation: "MONOCHROME2", rows, columns };
  }
  if (type === IMAGE_PLANE) {
    return {
      frameOfReferenceUID: String(imageId),
      rows,
      columns,
      imageOrientationPatient: [1, 0, 0, 0, 1, 0],
      rowCosines: [1, 0, 0],
      columnCosines: [0, 1, 0],
      imagePositionPatient: [0, 0, 0],
      rowPixelSpacing,
      columnPixelSpacing,
      pixelSpacing: [rowPixelSpacing, columnPixelSpacing],
      usingDefaultValues: spacing_mm === null,
    };
  }
  if (type === GENERAL_SERIES) return { modality: "DX", seriesInstanceUID: String(imageId) };
  return undefined;
}
