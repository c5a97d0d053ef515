// Bundles the editor (CodeMirror 6 and editor.js) into one script: target/page/editor.js.
import { build } from "esbuild";

await build({
  entryPoints: ["static/editor/editor.js"],
  outfile: "target/page/editor.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
