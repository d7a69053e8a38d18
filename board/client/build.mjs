// Builds the screens: every src/pages/*.ts and src/style.css become files of ../static, named by their content.
// ../static/manifest.json says which file each is, and the version of them all.
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../static/", import.meta.url));
const pages = readdirSync(`${here}src/pages`).filter((name) => name.endsWith(".ts"));

rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/style.css", ...pages.map((name) => `src/pages/${name}`)],
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome100", "firefox102", "safari15.4"],
  minify: true,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  metafile: true,
});

const files = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) files[entryPoint.split("/").pop().replace(/\.ts$/, ".js")] = file.split("/").pop();
}
const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
writeFileSync(`${out}manifest.json`, `${JSON.stringify({ version, files }, null, 1)}\n`);
