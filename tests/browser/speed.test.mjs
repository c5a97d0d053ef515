// How long the page's own work takes in a browser. Nothing here fails for being slow: machines differ, figures are printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, visit } from "./browser.mjs";

const ROUNDS = 15;

const site = open();

/** A Compose file of services that are probed every five seconds. */
const probed = (count, probe) =>
  "services:\n" +
  Array.from({ length: count }, (_, number) =>
    `  s${number}:\n    image: busybox:1.36\n    command: sleep 100000\n    healthcheck:\n      test: ${probe}\n      interval: 5s\n`,
  ).join("");

/** The fastest of several rounds, in milliseconds, and what the function answered. */
const fastest = async (rounds, name, ...given) => {
  const page = await visit(site);
  return page.evaluate(
    ([name, given, rounds]) => {
      let best = Infinity;
      let answer;
      for (let round = 0; round < rounds; round += 1) {
        const begun = performance.now();
        answer = window.drydock[name](...given);
        best = Math.min(best, performance.now() - begun);
      }
      return { best, answer };
    },
    [name, given, rounds],
  );
};

for (const [what, probe] of [["programs", '["CMD", "true"]'], ["shells", "test -f /etc/passwd"]]) {
  test(`simulates an hour of twenty services probed by ${what}`, async () => {
    const { best, answer } = await fastest(ROUNDS, "countEvents", probed(20, probe), 3_600);
    assert.ok(answer > 28_000, `two events for each of 14,000 probes: ${answer}`);
    console.log(`    an hour of probes by ${what}: ${best.toFixed(1)} ms for ${answer} events`);
  });
}

test("simulates many services at the same cost per event", async () => {
  for (const count of [10, 100, 1_000]) {
    // Few services are done in so short a time that the browser has not yet compiled the program to its fastest form.
    const rounds = Math.max(ROUNDS, 3_000 / count);
    const { best, answer } = await fastest(rounds, "countEvents", probed(count, '["CMD", "true"]'), 1_000);
    assert.ok(answer > count * 390, `two events for each of 200 probes: ${answer}`);
    console.log(`    ${count} services: ${((best * 1_000) / answer).toFixed(2)} \u00b5s for each of ${answer} events`);
  }
});

test("analyses a large file", async () => {
  const text = probed(200, '["CMD", "true"]');
  const { best, answer } = await fastest(ROUNDS, "countProblems", text);
  assert.ok(answer <= 200, `at most one piece of advice for each service: ${answer}`);
  console.log(`    analysing ${text.length} letters: ${best.toFixed(1)} ms`);
});
