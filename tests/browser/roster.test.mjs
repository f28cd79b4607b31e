// The roster as staff meet it: add, edit, cards, relatives, targets, a photo, and whole files of persons.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { deflateSync } from "node:zlib";
import { insidePage, missing, startBrowser, startHub } from "./hub.mjs";
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

const FORMS = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 } },
};
const SOME = "姓名,性别,出生日期,血型,电话\n郑一一,女,1950-01-01,A,120\n,男,1950-01-01,B,\n冯二二,雌,1950-13-01,,x\n郑一一,女,1950/1/1,,\n";

const file = (text) => ({ name: "persons.csv", mimeType: "text/csv", buffer: Buffer.from(text) });

/** Presses a button that leads to another page, and waits for that page. */
async function sent(page, button) {
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState("load");
}

async function upload(page, text) {
  await page.goto(`${hub.base}/roster/import`);
  await page.setInputFiles("#file", file(text));
  await page.selectOption("#centre", { index: 1 });
  await sent(page, page.locator("main form[enctype] button[type=submit]"));
}

for (const [form, size] of Object.entries(FORMS)) {
  for (const locale of ["zh-CN", "en"]) {
    test(`every page of the roster stands at ${form} width in ${locale}`, options, async () => {
      const page = await insidePage(browser, hub, { ...size, locale });
      const shot = async (name) => {
        assert.equal(await page.getAttribute("html", "lang"), locale);
        await page.screenshot({ path: path.join(pictures, `roster-${name}-${form}-${locale}.png`), fullPage: true });
        await look(page, name);
      };
      for (const [name, address] of Object.entries({
        list: "/persons", new: "/persons/new", entry: "/persons/1/roster", edit: "/persons/1/edit",
        relative: "/persons/1/relatives/new", targets: "/persons/1/targets", import: "/roster/import", accounts: "/accounts",
      })) {
        await page.goto(hub.base + address);
        await shot(name);
      }
      // Refused: what is wrong stands beside its field.
      await page.goto(`${hub.base}/persons/new`);
      await page.fill("#name", "x");
      await page.fill("#birth_date", "1943-02-30");
      await page.fill("#phone", "abc");
      await sent(page, page.locator("main form .btn.p"));
      assert.equal(await page.locator("[aria-invalid=true]").count(), 2);
      await shot("refused");
      // A relative with her consent, a target, a printed card: the entry with everything in it.
      await page.goto(`${hub.base}/persons/2/relatives/new`);
      await page.fill("#name", "赵小一");
      await page.fill("#phone", "13800000000");
      await sent(page, page.locator("main form .btn.p"));
      await shot("consent");
      await page.check("input[name=shares][value=alerts]");
      await sent(page, page.locator("form[action$='/consent'] button:not([name])"));
      await page.goto(`${hub.base}/persons/2/targets`);
      await page.fill("#systolic", "140");
      await page.fill("#reason", "CKD");
      await sent(page, page.locator("main form .btn.p"));
      await shot("targets-set");
      await page.goto(`${hub.base}/persons/2/roster`);
      await sent(page, page.locator("form[action$='/cards/issue'] button"));
      await shot("card");
      await page.goto(`${hub.base}/persons/2/roster`);
      await shot("entry-full");
      await upload(page, SOME);
      await shot("preview");
      assert.deepEqual(page.complaints.filter((said) => !said.includes("422")), []);
      await page.context().close();
    });
  }
}

test("a person is added, found by her initials, given a card by fast keys, and told apart from her namesake", options, async () => {
  const page = await insidePage(browser, hub);
  await page.goto(`${hub.base}/persons`);
  await sent(page, page.locator("a[href='/persons/new']"));
  await page.fill("#name", "欧阳子丑");
  await page.fill("#birth_date", "19430501");
  await page.check("input[name=comes_on][value='2']");
  await page.check("input[name=conditions][value=hypertension]");
  await sent(page, page.locator("main form .btn.p"));
  const entry = page.url();
  assert.match(entry, /\/persons\/\d+\/roster$/);
  for (const part of ["ou yang zi chou", "1943年5月1日", "星期二", "高血压"]) {
    assert.ok(await page.getByText(part).count(), part);
  }
  await page.goto(`${hub.base}/persons?name=oyzc`);
  assert.ok(await page.getByRole("link", { name: "欧阳子丑" }).count());
  // A wedge reader is a keyboard: digits and Enter.
  await page.goto(entry);
  await page.focus("#number");
  await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.type("9900123456\n", { delay: 5 })]);
  await page.waitForLoadState("load");
  assert.ok(await page.getByText("…3456").count());
  assert.equal(await page.getByText("9900123456").count(), 0);
  // The same card for somebody else is refused in words.
  await page.goto(`${hub.base}/persons/1/roster`);
  await page.fill("#number", "9900123456");
  await sent(page, page.locator("form[action$='/cards'] button"));
  assert.match(await page.getByRole("alert").textContent(), /已经是别人的/);
  // Added once more: asked, not merged, not doubled by itself.
  await page.goto(`${hub.base}/persons/new`);
  await page.fill("#name", "欧阳子丑");
  await page.fill("#birth_date", "1943-05-01");
  await sent(page, page.locator("main form .btn.p"));
  assert.match(await page.getByRole("alert").textContent(), /同名同生日/);
  await sent(page, page.getByRole("alert").locator("a"));
  assert.equal(page.url(), entry);
  await page.context().close();
});

test("a card is printed with its number once, and paper has nothing else", options, async () => {
  const page = await insidePage(browser, hub);
  await page.goto(`${hub.base}/persons/3/roster`);
  await sent(page, page.locator("form[action$='/cards/issue'] button"));
  const number = (await page.locator(".idcard .n").textContent()).replaceAll(" ", "");
  assert.match(number, /^7101\d{16}$/);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("button:visible").count(), 0);
  assert.ok(await page.locator(".idcard svg:visible").count());
  const box = await page.locator(".idcard").boundingBox();
  assert.ok(Math.abs(box.width / 96 * 25.4 - 86) < 1, `the card is ${box.width} px wide`);
  await page.screenshot({ path: path.join(pictures, "roster-card-print.png") });
  await page.pdf({ path: path.join(pictures, "roster-card.pdf"), preferCSSPageSize: true, printBackground: true });
  await page.emulateMedia({ media: "screen" });
  await sent(page, page.locator("main a[href$='#cards']"));
  assert.equal((await page.content()).includes(number), false);
  assert.ok(await page.getByText(`…${number.slice(-4)}`).count());
  // Read into the search, it finds her and is not shown.
  await page.goto(`${hub.base}/persons`);
  await page.focus("main [name=name]");
  await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.type(`${number}\n`, { delay: 2 })]);
  await page.waitForLoadState("load");
  assert.equal(await page.locator("main tbody th a").count(), 1);
  assert.equal((await page.content()).includes(number), false);
  await page.context().close();
});

/** A PNG of two colours, wider than high. */
function png(width, height) {
  const table = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
  const crc = (bytes) => { let c = 0xffffffff; for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
  const chunk = (name, body) => {
    const head = Buffer.alloc(8); head.writeUInt32BE(body.length); head.write(name, 4, "latin1");
    const tail = Buffer.alloc(4); tail.writeUInt32BE(crc(Buffer.concat([head.subarray(4), body])));
    return Buffer.concat([head, body, tail]);
  };
  const size = Buffer.alloc(13); size.writeUInt32BE(width); size.writeUInt32BE(height, 4); size[8] = 8; size[9] = 2;
  const row = Buffer.alloc(width * 3 + 1, 80); row[0] = 0; row.fill(190, 1 + Math.floor(width / 2) * 3);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", size), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

test("a photo is made small and square before it is sent, and shown", options, async () => {
  const page = await insidePage(browser, hub);
  await page.goto(`${hub.base}/persons/4/roster`);
  await page.setInputFiles("input[type=file]", { name: "p.png", mimeType: "image/png", buffer: png(1600, 900) });
  await page.waitForFunction(() => document.querySelector("input[type=file]").files[0]?.type === "image/jpeg");
  await sent(page, page.locator("form[data-photo] button"));
  const photo = page.locator(".photo img");
  await photo.waitFor();
  assert.deepEqual(await photo.evaluate(async (img) => { await img.decode(); return [img.naturalWidth, img.naturalHeight]; }), [480, 480]);
  await page.screenshot({ path: path.join(pictures, "roster-photo.png"), fullPage: true });
  await look(page, "entry with photo");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("five thousand lines with fifty faulty ones: looked at, named, and added or not", options, async () => {
  const page = await insidePage(browser, hub);
  const faulty = new Set();
  const lines = ["姓名,性别,出生日期,电话"];
  for (let n = 0; n < 5000; n++) {
    const wrong = n % 100 === 37;
    if (wrong) faulty.add(String(n + 2));
    const born = `${1930 + n % 30}-${String(1 + Math.floor(n / 30) % 12).padStart(2, "0")}-${String(1 + Math.floor(n / 360) % 28).padStart(2, "0")}`;
    lines.push(`测试${"赵钱孙李周吴郑王冯陈"[n % 10]}${n},女,${wrong ? "1943-02-30" : born},13${String(n).padStart(9, "0")}`);
  }
  const count = async () => {
    await page.goto(`${hub.base}/persons?name=${encodeURIComponent("测试")}`);
    return page.locator(".head .m").first().textContent();
  };
  const began = Date.now();
  await upload(page, lines.join("\r\n"));
  console.log(`5 000 lines looked at in the browser in ${Date.now() - began} ms`);
  assert.equal(await page.locator(".fig").textContent(), "4950");
  const named = await page.locator("section[aria-labelledby=refused] tbody th").allTextContents();
  assert.deepEqual(new Set(named), faulty);
  await page.screenshot({ path: path.join(pictures, "roster-preview-5000.png") });
  await sent(page, page.locator("button[value=nothing]"));
  assert.match(await page.getByRole("status").textContent(), /一个也没加/);
  assert.equal(await count(), "0 人");
  await upload(page, lines.join("\r\n"));
  const adding = Date.now();
  await sent(page, page.locator("button[value=good]"));
  assert.match(await page.getByRole("status").textContent(), /加入了 4,?950 人/);
  console.log(`4 950 persons added in the browser in ${Date.now() - adding} ms`);
  assert.match(await count(), /^4,?950 人$/);
  assert.ok(await page.getByText(/还有 4,?550 人没列出/).count());
  // Once more: everybody may be there already, nobody is added by itself.
  await upload(page, lines.join("\r\n"));
  assert.equal(await page.locator(".fig").textContent(), "0");
  await page.context().close();
});

test("what is exported opens as text in a spreadsheet", options, async () => {
  const page = await insidePage(browser, hub);
  await page.goto(`${hub.base}/persons/new`);
  await page.fill("#name", "=HYPERLINK(1)");
  await page.fill("#birth_date", "1940-01-01");
  await page.fill("#notes", "@SUM(A1)");
  await sent(page, page.locator("main form .btn.p"));
  const answer = await page.request.get(`${hub.base}/roster/export.csv`);
  assert.match(answer.headers()["content-disposition"], /attachment/);
  const csv = (await answer.body()).toString("utf8");
  assert.ok(csv.startsWith("\ufeff姓名,"));
  const line = csv.split("\n").find((text) => text.includes("HYPERLINK"));
  assert.ok(line.startsWith("'=HYPERLINK(1)") && line.includes("'@SUM(A1)"), line);
  await page.context().close();
});
