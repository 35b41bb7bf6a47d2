/** Bundles the pages' TypeScript and styles into a folder: `npm ci && node build.mjs FOLDER`; or their tests: `node build.mjs --tests`. */

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const testing = process.argv.includes("--tests");
const out = testing ? fileURLToPath(new URL("../../../build/web-tests", import.meta.url)) : process.argv[2];

const pages = [
  { in: "src/film/main.ts", out: "film" },
  { in: "styles/film.css", out: "film" },
  { in: "src/worklist/main.ts", out: "worklist" },
];

/** Modules of ours in place of packages of which nearly nothing is used; see their own first lines. */
const STAND_INS = {
  dcmjs: "src/stand-ins/dcmjs.ts",
  "@cornerstonejs/metadata": "src/stand-ins/metadata.ts",
  "./cssPixelConversion.js": "src/stand-ins/css-pixels.ts",
  "./helpers/cpuFallback/rendering/cssPixelConversion.js": "src/stand-ins/css-pixels.ts",
};

/**
 * Parts of Cornerstone and vtk.js that are imported although a page of flat films never comes to them: volumes, meshes,
 * video, whole slides, ECG, segmentations, file formats, WebGPU. Coming to one of them all the same throws.
 */
const LEFT_OUT = new RegExp(
  [
    String.raw`^xmlbuilder2$`,
    String.raw`vtk\.js/(Rendering/WebGPU|IO)/`,
    String.raw`core/dist/esm/RenderingEngine/GenericViewport/(ECG|Video|Volume3D|WSI)/(?!\w+ProjectionAdapter)`,
    String.raw`core/dist/esm/RenderingEngine/(VideoViewport|WSIViewport|ECGViewport|VolumeViewport3D)\.js`,
    String.raw`tools/dist/esm/tools/annotation/(?!RectangleROI|PlanarFreehandROI|planarFreehandROI|index)`,
    String.raw`tools/dist/esm/tools/segmentation/`,
    String.raw`tools/dist/esm/tools/(?!WindowLevel|Zoom|Pan)\w+Tool\.js`,
  ].join("|"),
);

const slim = {
  name: "slim",
  setup(bundle) {
    bundle.onResolve({ filter: /^dcmjs$|^@cornerstonejs\/metadata$|\/cssPixelConversion\.js$/ }, ({ path }) => ({ path: here + STAND_INS[path] }));
    bundle.onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === "asked" || kind === "entry-point") return undefined;
      if (LEFT_OUT.test(path)) return { path, namespace: "left-out" };
      const found = await bundle.resolve(path, { importer, resolveDir, kind, pluginData: "asked" });
      return LEFT_OUT.test(found.path) ? { path: found.path, namespace: "left-out" } : undefined;
    });
    bundle.onLoad({ filter: /.*/, namespace: "left-out" }, ({ path }) => ({
      contents: `module.exports = new Proxy(function () { throw new Error(${JSON.stringify(`${path.split("/").at(-1)} is left out of the bundle`)}); }, { get: (target, name) => (name === "prototype" ? target.prototype : undefined) });`,
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: testing ? ["tests/*.test.mjs"] : pages,
  outdir: out,
  outExtension: testing ? { ".js": ".mjs" } : {},
  bundle: true,
  minify: !testing,
  format: "esm",
  platform: testing ? "node" : "browser",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  plugins: [slim],
});
for (const [path, { bytes }] of Object.entries(metafile.outputs)) console.log(`${path.split("/").at(-1)}: ${Math.ceil(bytes / 1024)} KiB`);
if (process.env.METAFILE) (await import("node:fs")).writeFileSync(process.env.METAFILE, JSON.stringify(metafile));
