// The page for everybody: axe's rules in every state, the keyboard alone, the timeline as a list, sizes for fingers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { open, press, run, setText, visit } from "./browser.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const site = open();

/** What axe finds wrong on the page as it is, a line for each rule and place. */
async function findings(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    // A bar's word may be shortened to its room; its name says all of it, which that rule takes for a mismatch.
    const rules = { "label-content-name-mismatch": { enabled: false } };
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"], rules });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.any.map((one) => one.message).join("; ")}`));
  });
}

const STATES = {
  "a first visit": async () => {},
  "a chosen event": async (page) => page.locator(".bar.healthy").first().press("Enter"),
  "a refused file": async (page) => {
    await setText(page, "services:\n  web:\n    imagee: nginx\n");
    await page.locator(".chart.stale").waitFor();
  },
  "the gallery": async (page) => {
    await press(page, "Examples");
    await page.getByRole("dialog").waitFor();
  },
  "logs, then events": async (page) => {
    await press(page, "Logs");
    assert.deepEqual(await findings(page), []);
    await press(page, "Events");
  },
  "a failed request and a crash loop": async (page) => {
    await setText(page, "services:\n  web:\n    image: busybox\n    command: sh -c 'sleep 1; exit 3'\n    restart: always\n    ports: ['8000:80']\n");
    await press(page, "request :8000");
  },
  "no step": async (page) => press(page, "Clear"),
};

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing wrong in any state, ${colorScheme}`, async () => {
    for (const [name, reach] of Object.entries(STATES)) {
      const page = await visit(site, { colorScheme });
      await reach(page);
      assert.deepEqual(await findings(page), [], name);
      await page.context().close();
    }
  });
}

test("axe finds nothing wrong on a phone", async () => {
  const page = await visit(site, PHONE);
  assert.deepEqual(await findings(page), []);
  await page.context().close();
});

test("what can be touched on a phone is as large as a finger", async () => {
  const page = await visit(site, PHONE);
  await page.locator(".bar.healthy").first().press("Enter");
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, summary")]
      .filter((one) => !one.closest(".cm-editor") && one.checkVisibility())
      .map((one) => ({ name: one.getAttribute("aria-label") ?? one.textContent, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 40 || box.width < 24)
      .map(({ name, box }) => `${name}: ${box.width} x ${box.height}`),
  );
  assert.deepEqual(small, []);
  await page.context().close();
});

test("the tab key reaches every control once, in the order of the page, and shows where it is", async () => {
  const page = await visit(site);
  await page.locator("h1").click();
  const seen = [];
  for (let press = 0; press < 80; press += 1) {
    await page.keyboard.press("Tab");
    // The editor takes the tab key for itself, as editors do; escape, then tab, leaves it.
    if (await page.evaluate(() => document.activeElement.classList.contains("cm-content"))) {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      seen.push("editor");
    }
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (one === document.body) return null;
      const style = getComputedStyle(one);
      const shown = one.matches("svg *, .cm-editor *") || parseFloat(style.outlineWidth) > 0;
      return { name: one.getAttribute("aria-label") ?? one.textContent.trim(), pane: one.closest("[data-pane]")?.dataset.pane ?? "header", shown };
    });
    if (!at) break;
    assert.ok(at.shown, `${at.name} shows that it has the focus`);
    seen.push(`${at.pane}: ${at.name}`);
  }
  const order = seen.map((one) => one.split(":")[0]).filter((pane, at, all) => pane !== "editor" && pane !== all[at - 1]);
  assert.deepEqual(order, ["header", "picture", "panels"], seen.join("\n"));
  for (const name of ["header: Examples", "picture: Run", "picture: Undo", "picture: Play", "picture: Speed", "picture: Fit", "panels: Terminal", "panels: Events", "panels: request :8000"]) {
    assert.ok(seen.includes(name), `${name} is not among:\n${seen.join("\n")}`);
  }
  await page.context().close();
});

test("the arrows go through the drawing, enter asks why, escape puts it away", async () => {
  const page = await visit(site);
  await page.locator("svg .flag").first().focus();
  const kinds = new Set();
  const count = await page.locator("svg [role=button]").count();
  for (let step = 0; step < count; step += 1) {
    kinds.add(await page.evaluate(() => document.activeElement.classList[0]));
    await page.keyboard.press("ArrowDown");
  }
  assert.deepEqual([...kinds].sort(), ["bar", "flag", "gate", "mark"], "every kind of thing is reached");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  const why = page.getByRole("article", { name: "Why?" });
  await why.waitFor();
  await page.keyboard.press("Escape");
  await why.waitFor({ state: "hidden" });
  await page.context().close();
});

test("the timeline can be read as a list, and each event asked for its reason", async () => {
  const page = await visit(site);
  await page.keyboard.press("End");
  await press(page, "Events");
  const list = page.getByRole("region", { name: "Events" });
  const lines = (await list.locator("li").allTextContents()).join("\n");
  for (const told of [/You ran docker compose up -d/, /app began to wait until db is healthy/, /db-1 is healthy/, /app-1 was started/, /Volume demo_db_data was created/]) {
    assert.match(lines, told);
  }
  await list.getByRole("button", { name: /app-1 was started/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("article", { name: "Why?" }).getByText("You ran docker compose up -d").waitFor();
  await page.context().close();
});

test("no meaning is left to colour alone", async () => {
  const page = await visit(site);
  await run(page, "docker compose nonsense");
  await page.locator(".history [aria-label=failed]").waitFor();
  const patterns = await page.evaluate(() =>
    ["waiting", "starting"].map((kind) => document.querySelector(`.bar.${kind} .pattern`).getAttribute("fill")),
  );
  assert.deepEqual(patterns, ["url(#p-waiting)", "url(#p-starting)"]);
  await page.context().close();
});

test("nothing moves by itself where motion is unwanted", async () => {
  const page = await visit(site);
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("body *")].filter((one) => {
      const style = getComputedStyle(one);
      return !one.closest(".cm-editor") && (style.animationName !== "none" || style.scrollBehavior === "smooth" || parseFloat(style.transitionDuration) > 0);
    }).length,
  );
  assert.equal(moving, 0);
  await page.context().close();
});
