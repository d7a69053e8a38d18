// Refuses what the content security policy or the pages' safety forbid: HTML from strings, inline styles and scripts.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FORBIDDEN = [
  [/unsafe(HTML|SVG|Static|MathML)/, "HTML from a string"],
  [/\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write\b|srcdoc/, "HTML from a string"],
  [/\sstyle=|styleMap|setAttribute\(\s*["']style["']/, "inline styles: use a class, or a custom property through CSSOM"],
  [/\son[a-z]+="/, "inline handlers"],
  [/\beval\(|new Function\b/, "code from a string"],
  [/https?:\/\/(?!www\.w3\.org\/)/, "an address outside"],
];

const src = fileURLToPath(new URL("src/", import.meta.url));
const found = [];
for (const name of readdirSync(src, { recursive: true })) {
  if (!/\.(ts|css)$/.test(name)) continue;
  readFileSync(`${src}${name}`, "utf8")
    .split("\n")
    .forEach((line, at) => {
      for (const [pattern, why] of FORBIDDEN) if (pattern.test(line)) found.push(`src/${name}:${at + 1}: ${why}`);
    });
}
for (const one of found) console.error(one);
process.exit(found.length ? 1 : 0);
