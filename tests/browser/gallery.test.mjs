// The gallery of examples: opened by keyboard, a stack taken, what was typed brought back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, press, screenshot, setText, spoken, text, visit } from "./browser.mjs";

const MINE = "services:\n  mine:\n    image: busybox\n    command: sleep 100\n";

const site = open();

const dialog = (page) => page.getByRole("dialog", { name: "Examples" });
const example = (page, title) => dialog(page).getByRole("button", { name: title });

test("three stacks open, draw, and leave what was typed to be brought back", async () => {
  const page = await visit(site);
  await setText(page, MINE);
  for (const [title, service] of [[/^WordPress/, /^wordpress/], [/^A shop/, /^rabbit|^queue|^mq/], [/^PostgreSQL 17/, /^db|^postgres/]]) {
    await press(page, "Examples");
    await example(page, title).first().click();
    await dialog(page).waitFor({ state: "hidden" });
    const bars = await spoken(page, "bar");
    assert.ok(bars.some((words) => service.test(words)), `${title}:\n${bars.join("\n")}`);
    assert.equal(await page.locator(".problems li.error").count(), 0);
    await screenshot(page, `example-${service.source.match(/\w+/)[0]}`);
  }
  assert.notEqual(await text(page), MINE);
  await page.reload();
  await page.locator("main").waitFor();
  await press(page, "My project");
  assert.equal(await text(page), MINE);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the keyboard opens the gallery, closes it with escape and gets its place back", async () => {
  const page = await visit(site);
  const button = page.getByRole("button", { name: "Examples", exact: true });
  await button.focus();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  const inside = () => page.evaluate(() => document.activeElement.closest("dialog") !== null);
  assert.ok(await inside(), "the focus is in the dialog");
  await screenshot(page, "gallery");
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "hidden" });
  assert.ok(await button.evaluate((one) => one === document.activeElement), "the focus is back on the button");
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await dialog(page).waitFor({ state: "hidden" });
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the gallery fits a phone, in the dark", async () => {
  const page = await visit(site, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await screenshot(page, "phone-header");
  await press(page, "Examples");
  await dialog(page).waitFor();
  const { left, right } = await dialog(page).evaluate((one) => one.getBoundingClientRect());
  assert.ok(left >= 0 && right <= 390, `${left} to ${right}`);
  await screenshot(page, "phone-gallery-dark");
  await page.context().close();
});
