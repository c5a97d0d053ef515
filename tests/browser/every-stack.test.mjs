// Every stack of the gallery in a real browser: it loads, its steps run, it draws, the line goes through it, nothing complains.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, press, visit } from "./browser.mjs";

const site = open();

const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("drydock-1")));

/** Moves the line to a part of the session, as dragging the slider does, and says where it stands. */
const scrub = (page, part) =>
  page.evaluate(async (part) => {
    const slider = document.querySelector(".scrub");
    slider.value = Number(slider.max) * part;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return document.querySelector(".clock").textContent;
  }, part);

test("every stack of the gallery opens, runs, draws and can be scrubbed", async () => {
  const page = await visit(site);
  const dialog = page.locator("dialog.gallery");
  const count = await dialog.locator("li button").count();
  const titles = await dialog.locator("li b").allTextContents();
  assert.ok(count >= 16, `${count} stacks`);
  for (let index = 0; index < count; index += 1) {
    const title = titles[index];
    await press(page, "Examples");
    await dialog.locator("li button").nth(index).click();
    await dialog.waitFor({ state: "hidden" });
    await page.locator(".chart:not(.stale) .bar").first().waitFor();
    const { files, steps } = await kept(page);
    assert.ok(files.length >= 1 && steps.length >= 1, `${title}: files and steps`);
    const seen = await page.evaluate(() => ({
      lanes: document.querySelectorAll(".lane-name").length,
      bars: document.querySelectorAll("svg .bar").length,
      flags: document.querySelectorAll("svg .flag").length,
      errors: [...document.querySelectorAll(".problems li.error")].map((one) => one.textContent),
      odd: [...document.querySelectorAll("svg .bar rect.fill")].filter((one) => !(Number(one.getAttribute("width")) > 0)).length,
    }));
    assert.deepEqual(seen.errors, [], title);
    assert.ok(seen.lanes >= 1 && seen.bars >= seen.lanes - 1 && seen.odd === 0, `${title}: ${JSON.stringify(seen)}`);
    assert.equal(seen.flags, steps.length, `${title}: a flag for each step`);
    const clocks = [];
    for (const part of [0, 0.3, 0.7, 1]) clocks.push(await scrub(page, part));
    assert.equal(new Set(clocks).size, clocks.length, `${title}: the line moves: ${clocks}`);
    assert.ok(await page.locator(".panel.state tbody tr, .panel.state .quiet").count(), `${title}: the panel of the state`);
    await page.locator("svg .bar").last().press("Enter");
    await page.getByRole("article", { name: "Why?" }).getByText(/You /).first().waitFor();
    assert.deepEqual(page.problems, [], title);
  }
  await page.context().close();
});
