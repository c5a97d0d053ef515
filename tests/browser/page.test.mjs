// The page itself: sizes, keyboard, phone, colours, names of controls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, screenshot, visit } from "./browser.mjs";

const site = open();

test("opens from a sub-path without an error", async () => {
  const page = await visit(site);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("nothing but its own host is asked for anything", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  const foreign = [];
  page.on("request", (request) => request.url().startsWith(site.address) || foreign.push(request.url()));
  await page.goto(site.address);
  await page.locator("main").waitFor();
  assert.deepEqual(foreign.filter((url) => !url.startsWith("data:")), []);
  await context.close();
});

test("every control has a name", async () => {
  const page = await visit(site);
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, [role=button]")]
      .filter((one) => !one.closest(".cm-editor"))
      .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.title))
      .map((one) => one.outerHTML.slice(0, 120)),
  );
  assert.deepEqual(nameless, []);
  await page.context().close();
});

test("the keyboard moves the line, runs commands and reaches the editor", async () => {
  const page = await visit(site);
  const clock = () => page.locator(".clock").textContent();
  await page.keyboard.press("Home");
  assert.equal(await clock(), "0.00 s");
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await clock(), "0.00 s");
  await page.keyboard.press("End");
  await page.keyboard.press("/");
  const end = async () => Number(await page.locator(".scrub").getAttribute("max"));
  const before = await end();
  await page.keyboard.type("docker compose stop");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /stop/.test(document.querySelector(".history").textContent));
  assert.ok((await end()) >= before + 100, `the stop takes its time: ${before} ms, then ${await end()} ms`);
  const typed = await page.evaluate(() => globalThis.drydock.logHash());
  await page.locator("h1").click();
  await page.keyboard.press("u");
  await page.waitForFunction(() => !document.querySelector(".history").textContent.includes("stop"));
  await page.getByRole("button", { name: "stop", exact: true }).first().click();
  assert.equal(await page.evaluate(() => globalThis.drydock.logHash()), typed, "typed or pressed, it is the same stop");
  await page.keyboard.press("e");
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("cm-content")));
  await page.context().close();
});

test("the line plays and stops", async () => {
  const page = await visit(site);
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => parseFloat(document.querySelector(".clock").textContent) > 0.5);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const stood = await page.locator(".clock").textContent();
  await page.waitForTimeout(200);
  assert.equal(await page.locator(".clock").textContent(), stood);
  await page.context().close();
});

test("pointing at a bar lights its lines, and a line its bars", async () => {
  const page = await visit(site);
  await page.locator(".bar.waiting").first().hover();
  await page.locator(".cm-lit").first().waitFor();
  await page.locator(".cm-line", { hasText: "postgres:15-alpine" }).hover();
  await page.locator(".bar.lit").first().waitFor();
  await page.context().close();
});

test("dark colours", async () => {
  const page = await visit(site, { colorScheme: "dark" });
  await screenshot(page, "dark");
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.match(ground, /rgb\(1\d, 2\d, 2\d\)/);
  await page.context().close();
});

test("a phone has three swipes, and nothing is wider than it", async () => {
  const options = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const page = await visit(site, options);
  await screenshot(page, "phone-timeline");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  for (const [name, pane] of [["State", "panels"], ["File", "editor"], ["Timeline", "picture"]]) {
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForFunction((shown) => Math.abs(document.querySelector(`[data-pane=${shown}]`).getBoundingClientRect().left) < 2, pane);
    await screenshot(page, `phone-${pane}`);
  }
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("main *")].filter((one) => one.textContent && parseFloat(getComputedStyle(one).fontSize) < 12).length,
  );
  assert.equal(small, 0, "no type below 12 px");
  await page.context().close();
});
