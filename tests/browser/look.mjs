// What every page must stand: nothing sticks out sideways, and the automatic accessibility check finds nothing.
import assert from "node:assert/strict";
import axe from "axe-core";

/** Nothing sticks out sideways, and the automatic WCAG 2.2 A/AA and best-practice check finds nothing. */
export async function look(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${name} is ${over} px wider than its window`);
  // Each picture is there twice, and the style sheet shows just one.
  for (const figure of await page.locator("figure.chart").all()) {
    assert.equal(await figure.locator("svg:visible").count(), 1, `${name}: pictures shown`);
  }
  // The content security policy forbids an injected script, so the check goes in past it.
  const found = await page.evaluate(`(() => { ${axe.source}; return window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }); })()`);
  const broken = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 5).join(", ")}`);
  assert.deepEqual(broken, [], `${name} at ${page.url()}`);
}
