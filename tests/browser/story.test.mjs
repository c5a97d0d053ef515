// The story of the counter stack, as a learner lives it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { open, press, run, screenshot, setText, spoken, text, visit } from "./browser.mjs";

const COMPOSE = await readFile("static/examples/counter/compose.yaml", "utf8");
const REQUEST = "request :8000";

const site = open();
let page;

/** A first visit for one test, closed afterwards; the page must not have complained. */
function story(name, walk) {
  test(name, async () => {
    page = await visit(site);
    await walk();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

const one = (list, pattern) => {
  const found = list.filter((words) => pattern.test(words));
  assert.ok(found.length >= 1, `${pattern} is not among:\n${list.join("\n")}`);
  return found[0];
};
const seconds = (words) => [...words.matchAll(/([\d.]+) s/g)].map((found) => Number(found[1]));

story("opens on the counter stack, already run, the line at the gate", async () => {
  const bars = await spoken(page, "bar");
  const healthy = one(bars, /^db-1: healthy/);
  const [opened] = seconds(healthy);
  const [started] = seconds(one(bars, /^db-1: starting/));
  assert.ok(opened - started >= 10 && opened - started < 11, `healthy at its first probe: ${healthy}`);
  const waits = one(bars, /^app-1: waits for db: healthy/);
  const running = one(bars, /^app-1: running/);
  assert.ok(seconds(running)[0] >= opened, "app starts after the gate");
  assert.ok(seconds(waits)[0] <= started + 1, "app waits from the beginning");
  one(await spoken(page, "gate"), /app waits for db: service_healthy, fulfilled/);
  const clock = await page.locator(".clock").textContent();
  assert.ok(Math.abs(parseFloat(clock) - opened) < 1, `the line stands at the gate: ${clock}`);
  await screenshot(page, "first-visit");
});

story("with a short interval the first probes fail and are counted", async () => {
  await setText(page, COMPOSE.replace("interval: 10s", "interval: 500ms"));
  const probes = await spoken(page, "mark.probe");
  one(probes, /probe failed .* 1\/5 failures in a row/);
  one(probes, /probe passed/);
  await screenshot(page, "failing-probes");
});

story("data outlive containers, but not down -v", async () => {
  const answer = () => page.locator(".ports .answer").textContent();
  for (let count = 1; count <= 3; count += 1) await press(page, REQUEST);
  assert.match(await answer(), /200.*3/s);
  await press(page, "down");
  await press(page, "up -d");
  await press(page, "wait 5 s");
  await press(page, REQUEST);
  assert.match(await answer(), /200.*4/s);
  await press(page, "Fit");
  await screenshot(page, "counter-4-after-down");
  await press(page, "down -v");
  await press(page, "up -d");
  await press(page, "wait 5 s");
  await press(page, REQUEST);
  assert.match(await answer(), /200.*\b1\b/s);
  one(await spoken(page, "bar.data"), /db_data: .*counter.*4/);
  await press(page, "Fit");
  await screenshot(page, "counter-1-after-down-v");
});

story("without the condition the app starts early, crashes, and is restarted until the database answers", async () => {
  const early = COMPOSE.replace(/depends_on:\n\s+db:\n\s+condition: service_healthy/, "depends_on: [db]");
  await setText(page, early);
  const bars = await spoken(page, "bar");
  one(bars, /^app-1: restarting \(1\)/);
  const running = bars.filter((words) => /^app-1: running/.test(words));
  assert.ok(running.length >= 2, `it runs, crashes and runs again:\n${bars.join("\n")}`);
  await page.locator(".bar.restarting").first().press("Enter");
  const why = await page.getByRole("article", { name: "Why?" }).textContent();
  assert.match(why, /exit|ended/i);
  await screenshot(page, "restarts");
});

story("a syntax error is underlined on its line, and nothing is lost", async () => {
  const bars = await spoken(page, "bar");
  const broken = COMPOSE.replace("    restart: always", "    restart: [always");
  await setText(page, broken);
  await page.locator(".problems li.error").first().waitFor();
  assert.match(await page.locator(".problems li.error").first().textContent(), /compose\.yaml:\d+/);
  await page.locator(".cm-lintRange-error, .cm-lintPoint-error, .cm-lint-marker-error").first().waitFor();
  await page.locator(".chart.stale").waitFor();
  assert.deepEqual(await spoken(page, "bar"), bars, "the last good timeline stays");
  assert.equal(await text(page), broken);
  await screenshot(page, "refused");
  await setText(page, COMPOSE);
  await page.locator(".chart:not(.stale)").waitFor();
});

story("the text and the session survive a reload", async () => {
  const mine = COMPOSE.replace("retries: 5", "retries: 7");
  await setText(page, mine);
  await press(page, "stop");
  await page.reload();
  await page.locator("main").waitFor();
  assert.equal(await text(page), mine);
  await page.getByRole("button", { name: "stop" }).nth(1).waitFor();
  assert.match(await page.locator(".history").textContent(), /up -d.*wait 5 s.*stop/s);
});

story("a chosen container can be crashed, and localhost tells what that means", async () => {
  await press(page, REQUEST);
  await page.getByRole("article", { name: "State" }).getByRole("button", { name: "app-1", exact: true }).last().click();
  await page.getByRole("group", { name: /^Break app-1/ }).getByRole("button", { name: "crash" }).click();
  await press(page, REQUEST);
  await press(page, "stop");
  await press(page, REQUEST);
  assert.match(await page.locator(".history").textContent(), /crash demo-app-1/);
  assert.match(await page.locator(".ports .now").textContent(), /closed/);
  assert.match(await page.locator(".ports .answer").textContent(), /refused/);
  await page.locator(".requests summary").click();
  assert.equal(await page.locator(".requests li").count(), 3);
  await page.getByRole("article", { name: "State" }).getByRole("button", { name: "app-1", exact: true }).last().click();
  await screenshot(page, "faults-and-localhost");
});

story("the same session gives the same log as the native program", async () => {
  const native = JSON.parse(await readFile("target/page/log-hashes.json", "utf8"));
  const hash = () => page.evaluate(() => globalThis.drydock.logHash());
  assert.equal(await hash(), native["first visit"]);
  for (let count = 1; count <= 3; count += 1) await press(page, REQUEST);
  await run(page, "docker compose down");
  await run(page, "docker compose up -d");
  assert.equal(await hash(), native.story);
});
