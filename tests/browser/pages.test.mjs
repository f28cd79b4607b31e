// The pages as people meet them: sign in, read, switch the language, watch a reading arrive.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { addresses, insidePage, missing, newPage, signIn, startBrowser, startHub } from "./hub.mjs";
import { look } from "./look.mjs";

const lacking = missing();
if (lacking && process.env.CI === "true") throw new Error(lacking);
const options = { skip: lacking ?? false };
const pictures = process.env.HUB_PICTURES ?? path.resolve(import.meta.dirname, "../.work/pictures");

let hub, browser;
before(async () => {
  if (lacking) return;
  mkdirSync(pictures, { recursive: true });
  hub = await startHub("--quiet");
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

test("a stranger is led to the sign-in page, and a wrong password stays there", options, async () => {
  const page = await newPage(browser);
  await page.goto(`${hub.base}/persons/1?days=30`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.fill("[name=login]", hub.login);
  await page.fill("[name=password]", "not the password");
  await page.click("form[action='/sign-in'] button");
  await page.getByRole("alert").waitFor();
  await page.fill("[name=password]", hub.password);
  await page.click("form[action='/sign-in'] button");
  await page.waitForURL(`${hub.base}/persons/1?days=30`);
  const cookies = await page.context().cookies();
  const session = cookies.find((cookie) => cookie.name.endsWith("session"));
  assert.ok(session.httpOnly && session.sameSite === "Lax");
  assert.equal(await page.evaluate(() => document.cookie.includes("session")), false);
  await page.context().close();
});

test("a published reading appears on the open page without reload", options, async () => {
  const page = await insidePage(browser, hub);
  // The demo's own line carries the card of its first person: find whose page shows the reading.
  await hub.publish(173);
  const found = async () => {
    await page.goto(`${hub.base}/persons`);
    const row = page.locator("tr", { hasText: "173/86" }).first();
    return (await row.count()) ? row.locator("a").getAttribute("href") : null;
  };
  let href = await found();
  for (let i = 0; i < 20 && !href; i++) { await page.waitForTimeout(100); href = await found(); }
  assert.ok(href, "the reading is on nobody's page");
  await page.goto(hub.base + href);
  await page.evaluate(() => { window.stillTheSamePage = true; });
  await page.waitForFunction(() => document.getElementById("live-word").textContent !== "");
  assert.equal(await page.getByText("174/86").count(), 0);
  // The hub's clock has to move on between two readings of one person, or they are one.
  await page.waitForTimeout(1100);
  await hub.publish(174);
  await page.locator("#board .nums td", { hasText: "174/86" }).first().waitFor({ timeout: 10_000 });
  await page.locator("#board .fig", { hasText: "174/86" }).waitFor();
  assert.equal(await page.evaluate(() => window.stillTheSamePage), true);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("an open page says so when its session has ended", options, async () => {
  const page = await newPage(browser);
  await signIn(page, hub);
  await page.goto(`${hub.base}/operator`);
  await page.waitForFunction(() => document.getElementById("live-word").textContent !== "");
  const other = await page.context().newPage();
  await other.goto(hub.base);
  await other.click("form[action='/sign-out'] button");
  await other.waitForURL(`${hub.base}/sign-in`);
  await hub.publish(175);
  const word = page.locator("#live-word");
  await page.waitForFunction(() => {
    const word = document.getElementById("live-word");
    return word.textContent === word.dataset.ended;
  });
  assert.equal(await word.textContent(), "登录已结束，请重新打开这一页");
  await page.context().close();
});

const FORMS = {
  desk: { viewport: { width: 1440, height: 900 } },
  kiosk: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 } },
};

for (const [form, size] of Object.entries(FORMS)) {
  for (const locale of ["zh-CN", "en"]) {
    test(`every page stands at ${form} width in ${locale}`, options, async () => {
      const page = await insidePage(browser, hub, { ...size, locale });
      await page.goto(`${hub.base}/sign-in`);
      await page.screenshot({ path: path.join(pictures, `sign-in-${form}-${locale}.png`), fullPage: true });
      await look(page, "sign-in");
      for (const [name, address] of Object.entries(await addresses(page, hub))) {
        await page.goto(hub.base + address);
        assert.equal(await page.getAttribute("html", "lang"), locale);
        await page.screenshot({ path: path.join(pictures, `${name}-${form}-${locale}.png`), fullPage: true });
        await look(page, name);
      }
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}

/**
 * The mark furthest from those of other readings, and a place for a finger: 8 px beside it, away from the nearest of
 * them, so that which one is meant is beyond doubt whatever was measured on the day of the test.
 */
async function besideMark(figure) {
  const { index, away } = await figure.evaluate((element) => {
    const svg = [...element.querySelectorAll("svg")].find((one) => one.getBoundingClientRect().width > 0);
    const middle = (mark) => {
      const box = mark.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const all = [...svg.querySelectorAll("[data-at]")];
    const found = [...svg.querySelectorAll("circle[data-systolic]")].map((mark, index) => {
      const [x, y] = middle(mark);
      const ways = all.filter((other) => other.dataset.at !== mark.dataset.at).map(middle)
        .map(([a, b]) => ({ index, apart: Math.hypot(x - a, y - b), away: [x - a, y - b] }));
      return ways.reduce((least, one) => (one.apart < least.apart ? one : least));
    });
    return found.reduce((most, one) => (one.apart > most.apart ? one : most));
  });
  const long = Math.hypot(...away);
  assert.ok(long > 4, `no two marks are further apart than ${long} px`);
  const mark = figure.locator("svg:visible circle[data-systolic]").nth(index);
  return { mark, beside: away.map((way) => (8 * way) / long) };
}

test("a finger and a keyboard get the value of a mark", options, async () => {
  for (const size of [FORMS.phone, FORMS.desk]) {
    const page = await insidePage(browser, hub, { ...size, hasTouch: true, locale: "zh-CN" });
    await page.goto(`${hub.base}/persons/1?days=30`);
    const figure = page.locator("figure.chart").first();
    const { mark, beside } = await besideMark(figure);
    const [systolic, diastolic] = [await mark.getAttribute("data-systolic"), await mark.getAttribute("data-diastolic")];
    const output = figure.locator("output");
    assert.equal(await output.textContent(), "");
    await mark.scrollIntoViewIfNeeded();
    const box = await mark.boundingBox();
    // A finger is not a pixel: a little beside the mark still means it.
    await page.touchscreen.tap(box.x + box.width / 2 + beside[0], box.y + box.height / 2 + beside[1]);
    assert.match(await output.textContent(), new RegExp(`${systolic}/${diastolic}$`));
    assert.equal(await figure.locator(".touched").count(), 1);
    // Far from every mark: nothing is claimed.
    const svg = await figure.locator("svg:visible").boundingBox();
    await page.touchscreen.tap(svg.x + 2, svg.y + 2);
    assert.equal(await output.textContent(), "");
    // The keyboard begins with the newest and goes back in time.
    await figure.focus();
    await page.keyboard.press("ArrowLeft");
    const newest = await output.textContent();
    await page.keyboard.press("ArrowLeft");
    const before = await output.textContent();
    assert.ok(newest && before && newest !== before, `${newest} ${before}`);
    await page.keyboard.press("ArrowRight");
    assert.equal(await output.textContent(), newest);
    await page.keyboard.press("Escape");
    assert.equal(await output.textContent(), "");
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("the language switch comes back to the same page and is remembered", options, async () => {
  const page = await insidePage(browser, hub);
  await page.goto(`${hub.base}/persons?name=zhao`);
  await page.getByRole("button", { name: /English/ }).click();
  await page.waitForURL(`${hub.base}/persons?name=zhao`);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.goto(`${hub.base}/operator`);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.context().close();
});

test("a person's page prints on upright A4 with its pictures and without its buttons", options, async () => {
  const page = await insidePage(browser, hub);
  const { person } = await addresses(page, hub);
  await page.goto(hub.base + person);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("nav:visible").count(), 0);
  assert.equal(await page.locator("button:visible").count(), 0);
  assert.ok(await page.locator(".demo:visible").count(), "the demo mark is on paper too");
  for (const figure of await page.locator("figure.chart").all()) {
    assert.equal(await figure.locator("svg:visible").count(), 1);
  }
  await page.pdf({ path: path.join(pictures, "person.pdf"), preferCSSPageSize: true, printBackground: true });
  await page.context().close();
});

test("the demo's clock goes on while a page stays open", options, async () => {
  const page = await insidePage(browser, hub);
  const { person } = await addresses(page, hub);
  await page.goto(hub.base + person);
  const answered = page.waitForResponse(`${hub.base}/demo-clock`);
  assert.equal((await answered).status(), 200);
  await page.context().close();
});

test("an operator tries a new kind of device, switches it on, and a mistake is named", options, async () => {
  const page = await insidePage(browser, hub, { ...FORMS.phone, locale: "en" });
  await page.goto(`${hub.base}/operator`);
  await page.getByRole("link", { name: "A new kind of device" }).click();
  const profile = `kind = "json"
[match]
topics = ["browser/{device}/out"]
[device]
id = "topic:device"
sends_live = true
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/hi"
diastolic = "/lo"
`;
  await page.fill("[name=name]", "of-the-browser");
  await page.fill("[name=text]", profile.replace("unit", "unti"));
  await page.fill("[name=topic]", "browser/k1/out");
  await page.fill("[name=payload]", '{"hi":151,"lo":86}');
  await page.getByRole("button", { name: "Try the sample" }).click();
  assert.match(await page.locator("#trouble").textContent(), /of-the-browser\.toml:9/);
  await page.fill("[name=text]", profile);
  await page.getByRole("button", { name: "Try the sample" }).click();
  assert.match(await page.locator("#said").textContent(), /Understood/);
  assert.match(await page.locator("pre").textContent(), /"systolic_mmhg": 151/);
  await look(page, "kind, tried");
  await page.getByRole("button", { name: "Try it on frames" }).click();
  await look(page, "kind, tried on frames");
  await page.screenshot({ path: path.join(pictures, "kind-frames-phone-en.png"), fullPage: true });
  await page.getByRole("button", { name: "Switch this profile on" }).click();
  assert.match(await page.locator("#done").textContent(), /of-the-browser is switched on/);
  await page.getByRole("button", { name: "Interpret unused frames again" }).click();
  assert.match(await page.locator("#done").textContent(), /frames looked at/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
