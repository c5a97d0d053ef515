// A real Chromium and a static server for the page in dist/, under a sub-path, as any host may serve it.
import { createServer } from "node:http";
import { mkdir, readFile } from "node:fs/promises";
import { after, before } from "node:test";
import path from "node:path";
import { chromium } from "playwright-core";

const SUB_PATH = "/courses/docker/";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };
const SCREENSHOTS = process.env.DRYDOCK_SCREENSHOTS ?? "target/screenshots";

/** The page of one test file: its `address` and the `browser`, both there before the first test and gone after the last. */
export function open() {
  const site = {};
  let server;
  before(async () => {
    server = await serve();
    site.address = server.address;
    site.browser = await launch();
  });
  after(async () => {
    await site.browser?.close();
    server?.stop();
  });
  return site;
}

/** Serves dist/ below a sub-path; answers with the page's address and a way to stop. */
async function serve() {
  const server = createServer(async (request, response) => {
    const asked = new URL(request.url, "http://localhost").pathname;
    const name = asked === SUB_PATH ? "index.html" : asked.slice(SUB_PATH.length);
    try {
      if (!asked.startsWith(SUB_PATH) || name.includes("..")) throw new Error("outside");
      const bytes = await readFile(path.join("dist", name));
      response.writeHead(200, { "content-type": TYPES[path.extname(name)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { address: `http://127.0.0.1:${server.address().port}${SUB_PATH}`, stop: () => server.close() };
}

/** Starts the Chromium that `cargo xtask test` found. */
function launch() {
  return chromium.launch({
    executablePath: process.env.DRYDOCK_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A fresh visitor's page, already open; whatever goes wrong in it is collected in `page.problems`. */
export async function visit(site, options = {}) {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  page.problems = [];
  page.on("pageerror", (problem) => page.problems.push(String(problem)));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  await page.goto(site.address);
  await page.locator("main").waitFor();
  return page;
}

/** Leaves a picture of what the visitor sees. */
export async function screenshot(page, name) {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
}

/** Replaces the text in the editor, as a learner who pastes. */
export async function setText(page, text) {
  await page.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector(".cm-content").dispatchEvent(paste);
  }, text);
}

/** The text in the editor, also of lines that are scrolled out of view: what the page keeps. */
export async function text(page) {
  return page.evaluate(() => JSON.parse(localStorage.getItem("drydock-1")).files[0].text);
}

/** Presses a button; of those with the same name the first, which is the command's and not the step's. */
export async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).first().click();
}

/** Runs a command line. */
export async function run(page, command) {
  await page.getByLabel("Command to run in the project's folder").fill(command);
  await press(page, "Run");
}

/** What the bars, marks, arrows and flags of the timeline say to those who listen. */
export async function spoken(page, kind) {
  return page.locator(`svg .${kind}`).evaluateAll((found) => found.map((one) => one.getAttribute("aria-label")));
}
