// The page as a visitor meets it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, screenshot, serve, visit } from "./browser.mjs";

let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.stop();
});

test("opens from a sub-path without an error", async () => {
  const page = await visit(browser, server.address);
  await screenshot(page, "first-visit");
  assert.deepEqual(page.problems, []);
});
