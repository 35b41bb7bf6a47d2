/** Bundles the pages' TypeScript and styles into a folder: `npm ci && node build.mjs FOLDER`; or their tests: `node build.mjs --tests`. */

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const testing = process.argv.includes("--tests");
const out = testing ? fileURLToPath(new URL("../../../build/web-tests", import.meta.url)) : process.argv[2];

const pages = [
  { in: "src/film/main.ts", out: "film" },
  { in: "styles/film.css", out: "film" },
  { in: "src/worklist/main.ts", out: "worklist" },
  { in: "src/lessons/main.ts", out: "lessons" },
  { in: "src/worker/main.ts", out: "worker" },
];

const { metafile } = await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: testing ? ["tests/*.test.mjs"] : pages,
  outdir: out,
  outExtension: testing ? { ".js": ".mjs" } : {},
  bundle: true,
  minify: !testing,
  format: "esm",
  platform: testing ? "node" : "browser",
  target: "es2022",
  logLevel: "warning",
  metafile: true,
});
for (const [path, { bytes }] of Object.entries(metafile.outputs)) console.log(`${path.split("/").at(-1)}: ${Math.ceil(bytes / 1024)} KiB`);
