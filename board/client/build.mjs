// Builds the screens: every src/pages/*.ts, src/style.css, which all have, and the styles of each page, src/style/pages/*.css,
// become files of ../static, named by their content. Each page is built by itself: a line that is slow waits for few files.
// ../static/manifest.json says which file each is, the version of them all, what a page's script imports at once, and how
// many bytes a page's first load has when compressed: its script, those imports, and the styles.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../static/", import.meta.url));
const pages = readdirSync(`${here}src/pages`).filter((name) => name.endsWith(".ts"));
const styles = readdirSync(`${here}src/style/pages`);

const common = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome100", "firefox102", "safari15.4"],
  minify: true,
  charset: "utf8", // Hindi as it is: in escapes it is twice as long
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  metafile: true,
};

rmSync(out, { recursive: true, force: true });
const builds = [["src/style.css", ...styles.map((name) => `src/style/pages/${name}`)], ...pages.map((name) => [`src/pages/${name}`])];
const built = await Promise.all(builds.map((entryPoints) => build({ ...common, entryPoints })));
const metafile = { outputs: Object.assign({}, ...built.map((one) => one.metafile.outputs)) };

const files = {};
const outputs = Object.entries(metafile.outputs);
const output = (end) => outputs.find(([file]) => file.endsWith(end));
for (const [file, { entryPoint }] of outputs) {
  if (/^src\/(pages|style)/.test(entryPoint)) files[entryPoint.split("/").pop().replace(/\.ts$/, ".js")] = file.split("/").pop();
}
const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);

function loaded(file, seen = new Set()) {
  seen.add(file);
  for (const one of metafile.outputs[file].imports) {
    if (one.kind === "import-statement" && !seen.has(one.path)) loaded(one.path, seen);
  }
  return seen;
}
const compressed = (file) => gzipSync(readFileSync(`${here}${file}`), { level: 6 }).length;
const imports = {};
const firstLoad = {};
for (const [name, file] of Object.entries(files)) {
  if (!name.endsWith(".js")) continue;
  const css = ["style.css", name.replace(".js", ".css")].filter((one) => files[one]);
  const scripts = [...loaded(output(`/${file}`)[0])];
  imports[name] = scripts.slice(1).map((one) => one.split("/").pop());
  const all = [...scripts, ...css.map((one) => output(`/${files[one]}`)[0])];
  firstLoad[name] = all.reduce((sum, one) => sum + compressed(one), 0);
}
writeFileSync(`${out}manifest.json`, `${JSON.stringify({ version, files, imports, first_load_gzip: firstLoad }, null, 1)}\n`);
