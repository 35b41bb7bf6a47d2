/**
 * In place of Cornerstone's conversion between CSS pixels and the screen's, for films drawn without a GPU: there it gives
 * the canvas CSS pixels but reckons in the screen's, and on a dense screen everything is in the wrong place.
 *
 * Source: @cornerstonejs/core 5.14.0, BaseRenderingEngine.addCustomViewport and cpuFallback/rendering/resize.
 */

export const deviceToCssPixels = <Point>(point: Point): Point => point;
export const cssToDevicePixels = <Point>(point: Point): Point => point;
