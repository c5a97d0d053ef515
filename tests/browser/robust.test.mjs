// The page under what people do to it: huge, broken and odd texts, fast typing, two tabs, no storage, a program that does not come.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { open, press, run, setText, text, visit } from "./browser.mjs";

const COMPOSE = await readFile("static/examples/counter/compose.yaml", "utf8");

const site = open();

const bars = (page) => page.locator("svg .bar").count();

test("a megabyte is taken, checked and can be taken back", async () => {
  const page = await visit(site);
  page.setDefaultTimeout(30_000);
  const comment = "# a comment that nobody reads\n".repeat(36_000);
  const services = Array.from({ length: 3_000 }, (_, at) => `  s${at}:\n    image: busybox\n    restart: always\n    environment: [A=B]\n`);
  const many = `services:\n${services.join("")}${comment}`;
  assert.ok(many.length > 1_000_000);
  await setText(page, many);
  await page.getByText("More than 500 services are checked").waitFor();
  assert.ok((await bars(page)) > 0, "the last run stays");
  const long = `${COMPOSE}\n${comment}`;
  await setText(page, long);
  await page.locator(".chart:not(.stale)").waitFor();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# and one more");
  await page.waitForFunction(() => JSON.parse(localStorage.getItem("drydock-1")).files[0].text.endsWith("# and one more"));
  await setText(page, COMPOSE);
  await page.locator(".chart:not(.stale) .bar.healthy").first().waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("nonsense, foreign letters and half a file never stop the page", async () => {
  const page = await visit(site);
  for (const odd of ["", "\u0000\u0001", "🐳: [🚢, 🛟\n", "services:\n  🐳:\n    image: nginx\n", "a: &a [*a, *a]\n", "]]]{{{\n\t\t- : :", "services: {}", COMPOSE.slice(0, 300), "\ufeff" + COMPOSE, COMPOSE.replaceAll("\n", "\r\n")]) {
    await setText(page, odd);
    await page.locator(".problems").waitFor();
    assert.ok(await page.locator(".clock").textContent());
  }
  await setText(page, COMPOSE.replace("example", "élève-🐳"));
  await page.locator(".chart:not(.stale)").waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("fast typing loses no letter, and the editor takes it back", async () => {
  const page = await visit(site);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  const typed = "# " + "the quick brown fox ".repeat(6).trim();
  await page.keyboard.type(typed, { delay: 0 });
  await page.waitForFunction((typed) => JSON.parse(localStorage.getItem("drydock-1")).files[0].text.endsWith(typed), typed);
  for (let press = 0; press < 8; press += 1) await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(page), COMPOSE);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("typing in a long session does not wait for its run", async () => {
  const page = await visit(site);
  await setText(page, `services:\n${Array.from({ length: 20 }, (_, at) => `  s${at}:\n    image: postgres:15\n    environment: {POSTGRES_PASSWORD: x}\n    healthcheck: {test: pg_isready, interval: 1s}\n`).join("")}`);
  for (let times = 0; times < 4; times += 1) {
    await press(page, "restart");
    await run(page, "sleep 30");
  }
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  const slowest = await page.evaluate(async () => {
    let slowest = 0;
    for (let letter = 0; letter < 20; letter += 1) {
      const began = performance.now();
      document.execCommand("insertText", false, "#");
      await new Promise((done) => setTimeout(done));
      slowest = Math.max(slowest, performance.now() - began);
    }
    return slowest;
  });
  assert.ok(slowest < 400, `the slowest letter took ${slowest} ms`);
  await page.waitForTimeout(400);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("two tabs keep their own text through a reload", async () => {
  const context = await site.browser.newContext();
  const [one, two] = [await context.newPage(), await context.newPage()];
  for (const [page, name] of [[one, "one"], [two, "two"]]) {
    await page.goto(site.address);
    await page.locator("main").waitFor();
    await setText(page, `services:\n  ${name}: {image: nginx}\n`);
    await page.waitForFunction((name) => sessionStorage.getItem("drydock-1")?.includes(`  ${name}:`), name);
  }
  for (const [page, name] of [[one, "one-1"], [two, "two-1"]]) {
    await page.reload();
    await page.locator(".lane-name", { hasText: name }).first().waitFor();
  }
  const third = await context.newPage();
  await third.goto(site.address);
  await third.locator(".lane-name", { hasText: "two-1" }).first().waitFor();
  await context.close();
});

for (const [what, refuse] of [
  ["is full", () => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; }],
  ["is shut", () => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new DOMException("shut", "SecurityError"); } });
    }
  }],
]) {
  test(`a storage that ${what} costs only the keeping, and the page says so`, async () => {
    const context = await site.browser.newContext();
    await context.addInitScript(refuse);
    const page = await context.newPage();
    const problems = [];
    page.on("pageerror", (problem) => problems.push(String(problem)));
    await page.goto(site.address);
    await page.locator("svg .bar").first().waitFor();
    await press(page, "down");
    await page.getByText("This browser keeps nothing").waitFor();
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test("a program that does not come is told of", async () => {
  for (const part of ["**/*.wasm", "**/drydock-*.js"]) {
    const context = await site.browser.newContext();
    const page = await context.newPage();
    await page.route(part, (route) => route.abort());
    await page.goto(site.address);
    await page.getByText("Drydock could not be loaded").waitFor({ timeout: 5_000 });
    await context.close();
  }
});

test("without JavaScript the page says what it needs", async () => {
  const context = await site.browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(site.address);
  assert.match(await page.locator("body").innerText(), /needs JavaScript and WebAssembly/);
  await context.close();
});
