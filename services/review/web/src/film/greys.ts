/** Gray values of the film to gray values of the screen, exactly and by table. */

/** Steps to a gray value: the film is interpolated more finely than it is stored, so that a narrow window shows no bands. */
export const STEPS = 16;
const HIGHEST = 255;

/** Centre and width, in gray values of the film. */
export type GreyWindow = [number, number];

/** All of an 8-bit film, each gray value as it is. */
export const WHOLE_RANGE: GreyWindow = [128, 256];

/**
 * What a gray value becomes on the screen, 0 to 255.
 *
 * Source: DICOM PS3.3, C.11.2.1.2.1, the linear function with an output of 0 to 255.
 */
export function windowed(grey: number, [centre, width]: GreyWindow): number {
  if (width <= 1) return grey <= centre - 0.5 ? 0 : HIGHEST;
  const share = (grey - (centre - 0.5)) / (width - 1) + 0.5;
  return Math.min(Math.max(share, 0), 1) * HIGHEST;
}

/** A window changed as much as another was from its own basis: two films of unlike gray values are brightened alike. */
export function carried(window: GreyWindow, basis: GreyWindow, onto: GreyWindow): GreyWindow {
  const scale = onto[1] / basis[1];
  return [onto[0] + (window[0] - basis[0]) * scale, window[1] * scale];
}

/** For each STEPS-th of a gray value, the pixel of a canvas: four bytes, opaque. */
export function table(window: GreyWindow, inverted: boolean): Uint32Array {
  const made = new Uint32Array(HIGHEST * STEPS + 1);
  for (let index = 0; index < made.length; index += 1) {
    const grey = Math.round(windowed(index / STEPS, window));
    const shown = inverted ? HIGHEST - grey : grey;
    made[index] = (0xff << 24) | (shown << 16) | (shown << 8) | shown;
  }
  return made;
}
