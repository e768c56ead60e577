// Bundles the peer with esbuild: `node build.mjs FROM TO`, FROM holding node_modules and the driver.
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [from, to] = process.argv.slice(2);
const { build } = await import(pathToFileURL(join(from, "node_modules/esbuild/lib/main.js")));
const loader = join(from, "node_modules/@cornerstonejs/dicom-image-loader/dist/esm");
await mkdir(to, { recursive: true });
await build({
  absWorkingDir: from,
  entryPoints: [
    { in: join(from, "driver.js"), out: "driver" },
    { in: join(loader, "decodeImageFrameWorker.js"), out: "decodeImageFrameWorker" },
  ],
  bundle: true,
  minify: true,
  format: "esm",
  outdir: to,
  logLevel: "error",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  external: ["fs", "path", "crypto", "*.wasm"],
});
await copyFile(join(from, "index.html"), join(to, "index.html"));
for (const [codec, file] of [["openjph", "openjphjs.wasm"]]) {
  await copyFile(join(from, "node_modules/@cornerstonejs", `codec-${codec}`, "dist", file), join(to, file));
}
