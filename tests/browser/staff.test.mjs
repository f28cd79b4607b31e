// The pages of centre staff: the tray, the day, the desk, the bedside, typed readings. Real readings by MQTT.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdirSync } from "node:fs";
import path from "node:path";
import axe from "axe-core";
import { missing, newPage, signIn, startBrowser, startHub } from "./hub.mjs";

const lacking = missing();
if (lacking && process.env.CI === "true") throw new Error(lacking);
const options = { skip: lacking ?? false };
const pictures = process.env.HUB_PICTURES ?? path.resolve(import.meta.dirname, "../.work/pictures");
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

let hub, browser, session;
before(async () => {
  if (lacking) return;
  mkdirSync(pictures, { recursive: true });
  hub = await startHub("--quiet");
  browser = await startBrowser();
  const page = await newPage(browser);
  await signIn(page, hub, hub.staff);
  assert.equal(new URL(page.url()).pathname, "/day/1", "staff begin with their day");
  session = await page.context().storageState();
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const staffPage = (more = {}) => newPage(browser, { storageState: session, ...more });

/** Nothing sticks out sideways, no complaint, and the automatic WCAG 2.2 A/AA check finds nothing. */
async function look(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${name} is ${over} px wider than its window`);
  const found = await page.evaluate(`(() => { ${axe.source}; return window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }); })()`);
  const broken = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 5).join(", ")}`);
  assert.deepEqual(broken, [], `${name} at ${page.url()}`);
  assert.deepEqual(page.complaints, [], name);
}

test("a dangerous reading without a card comes to the open tray, and two touches give it its person", options, async () => {
  const page = await staffPage();
  await page.goto(`${hub.base}/tray`);
  await page.waitForFunction(() => document.getElementById("live-word").textContent !== "");
  await page.evaluate(() => { window.stillTheSamePage = true; });
  await hub.publish(206, { card: false });
  const item = page.locator("#board section", { hasText: "206/86" }).first();
  await item.waitFor({ timeout: 10_000 });
  assert.equal(await page.evaluate(() => window.stillTheSamePage), true);
  await page.locator("#board .banner", { hasText: "206/86" }).waitFor();
  await look(page, "tray");

  await item.getByRole("link", { name: "别的人" }).click();
  await look(page, "observation");
  // First touch: the person. Second: the confirmation.
  const pick = page.locator(".picks a").first();
  const name = (await pick.textContent()).trim().split(/\s/)[0];
  const person = (await pick.getAttribute("href")).match(/person(?::|%3A)(\d+)/)[1];
  const open = await staffPage();
  await open.goto(`${hub.base}/persons/${person}`);
  await open.waitForFunction(() => document.getElementById("live-word").textContent !== "");
  await pick.click();
  await look(page, "observation, to be confirmed");
  await page.locator("form[action$='/subject'] button").click();
  await page.waitForURL(`${hub.base}/tray`);
  await page.locator("#board li", { hasText: "206/86" }).filter({ hasText: name }).waitFor();
  await open.locator("#board .nums td", { hasText: "206/86" }).first().waitFor({ timeout: 10_000 });

  // And taken away again: gone from her page without a reload, and listed as taken.
  await page.locator("#board li", { hasText: "206/86" }).getByRole("link").click();
  await page.getByRole("link", { name: "来客" }).click();
  await page.locator("form[action$='/subject'] button").click();
  await page.waitForURL(`${hub.base}/tray`);
  await open.locator("#board section", { hasText: "拿走的数" }).waitFor({ timeout: 10_000 });
  assert.equal(await open.locator("#board .nums td", { hasText: "206/86" }).count(), 0);
  await open.context().close();
  await page.context().close();
});

test("somebody says 'I have it', and the notice is off every staff page", options, async () => {
  const page = await staffPage();
  await page.goto(`${hub.base}/day/1`);
  await page.waitForFunction(() => document.getElementById("live-word").textContent !== "");
  await hub.publish(207, { card: false });
  const notice = page.locator(".banner", { hasText: "207/86" });
  await notice.waitFor({ timeout: 10_000 });
  await notice.getByRole("button", { name: "我来" }).click();
  await page.waitForURL(`${hub.base}/day/1`);
  assert.equal(await page.locator(".banner", { hasText: "207/86" }).count(), 0);
  await page.context().close();
});

test("at the bedside the next reading is shown, and kept when staff say so", options, async () => {
  const page = await staffPage();
  await page.goto(`${hub.base}/bedside`);
  await look(page, "bedside");
  await page.locator(".picks a").first().click();
  await look(page, "bedside, which device");
  await page.getByRole("button", { name: /一体机/ }).first().click();
  await page.waitForURL(/\/bedside\/\d+$/);
  await page.waitForFunction(() => document.getElementById("live-word").textContent !== "");
  await look(page, "bedside, waiting");
  await hub.publish(149, { card: false });
  await page.locator("#board .fig", { hasText: "149/86" }).waitFor({ timeout: 10_000 });
  await look(page, "bedside, to be confirmed");
  await page.locator("form[action$='/confirm'] button").click();
  await page.getByRole("link", { name: "再量一次" }).waitFor();
  await page.context().close();
});

test("danger signs, a meal and how somebody was held are kept at the desk; a reading is typed", options, async () => {
  const page = await staffPage();
  await page.goto(`${hub.base}/persons`);
  const person = await page.locator("main tbody a[href^='/persons/']").first().getAttribute("href");
  await page.goto(`${hub.base}${person}/desk`);
  const desk = page.url();
  await look(page, "desk");
  await page.getByLabel("头很痛").check();
  await page.getByRole("button", { name: "记下" }).first().click();
  await page.waitForURL(desk);
  assert.ok(await page.getByLabel("头很痛").isChecked());
  await page.getByRole("link", { name: "手工填写" }).click();
  await look(page, "typed");
  const form = page.locator("section", { hasText: "高压 mmHg" });
  await form.getByLabel("高压 mmHg").fill("142");
  await form.getByLabel("低压 mmHg").fill("81");
  await form.getByRole("button").click();
  await page.locator(".fig", { hasText: "142/81" }).waitFor();
  await look(page, "typed, a second look");
  await page.getByRole("button", { name: "对，存下" }).click();
  await page.waitForURL(desk);
  const row = page.locator("li", { hasText: "142/81" }).first();
  await row.getByRole("button", { name: "躺着" }).click();
  await page.waitForURL(desk);
  assert.equal(await row.getByRole("button", { name: "躺着" }).getAttribute("aria-pressed"), "true");
  await look(page, "desk with a reading");
  // The day board has her now, with her sign first.
  // Put in the chair from here: the seat says so, and its screen has her name.
  await page.goto(desk);
  await page.getByLabel("还要量站着的").check();
  await page.getByRole("button", { name: /：签到$/ }).first().click();
  await page.waitForURL(desk);
  await page.getByText("起已签到").waitFor();
  await look(page, "desk, checked in");
  const name = (await page.locator("h1").textContent()).trim();
  const screen = await newPage(browser, { viewport: { width: 1280, height: 800 } });
  await screen.goto(hub.screen);
  await screen.locator("main h1", { hasText: name }).waitFor();
  await screen.context().close();
  await page.goto(`${hub.base}/day/1`);
  await page.locator("#board li", { hasText: "头很痛" }).waitFor();
  await page.context().close();
});

for (const [form, viewport] of Object.entries(SIZES)) {
  for (const locale of ["zh-CN", "en"]) {
    test(`the staff pages stand at ${form} width in ${locale}`, options, async () => {
      const page = await staffPage({ viewport, locale });
      for (const [name, address] of Object.entries({
        day: "/day/1", tray: "/tray", bedside: "/bedside", deskside: "/persons/1/desk", typed: "/persons/1/typed",
        observation: "/observations/1",
      })) {
        await page.goto(hub.base + address);
        assert.equal(await page.getAttribute("html", "lang"), locale);
        await page.screenshot({ path: path.join(pictures, `${name}-${form}-${locale}.png`), fullPage: true });
        await look(page, `${name} ${form} ${locale}`);
      }
      await page.context().close();
    });
  }
}

test("the day board prints what to do and the paper list", options, async () => {
  for (const locale of ["zh-CN", "en"]) {
    const page = await staffPage({ locale });
    await page.goto(`${hub.base}/day/1`);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("nav:visible").count(), 0);
    assert.equal(await page.locator("button:visible").count(), 0);
    const people = await page.locator(".paper tbody tr:visible").count();
    assert.equal(people, 6, "everybody of the centre is on the paper list");
    assert.ok(await page.locator(".demo:visible").count(), "the demo mark is on paper too");
    await page.pdf({ path: path.join(pictures, `day-${locale}.pdf`), preferCSSPageSize: true, printBackground: true });
    await page.context().close();
  }
});
