// Starts the demo of the binary under test and a browser beside it; used by every file here.
import { spawn, execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const root = path.resolve(import.meta.dirname, "../..");
const BINARY = process.env.HUB_BINARY ?? path.join(root, "target/release/eldercare-hub");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const READY_WITHIN_MS = 90_000;

/** What is missing to run these tests, or nothing. */
export function missing() {
  if (!existsSync(BINARY)) return `no binary at ${BINARY}: cargo build --release, or set HUB_BINARY`;
  if (!existsSync(CHROMIUM)) return `no browser at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM`;
  return null;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A small demo with fresh data: its address, password and the command that publishes a reading. */
export async function startHub(...more) {
  const folder = await mkdtemp(path.join(tmpdir(), "hub-browser-"));
  const [web, mqtt] = [await freePort(), await freePort()];
  let child, said;
  const launch = async (...first) => {
    said = "";
    child = spawn(BINARY, [
      "demo", "--data", folder, ...first, "--web", `127.0.0.1:${web}`, "--mqtt", `127.0.0.1:${mqtt}`,
      "--centres", "2", "--elders", "6", "--days", "40", ...more,
    ], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the demo was not ready:\n${said}`)), READY_WITHIN_MS);
      const hear = (chunk) => {
        said += chunk;
        if (/mosquitto_pub .*\n/.test(said)) { clearTimeout(timer); resolve(); }
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => { clearTimeout(timer); reject(new Error(`the demo ended (${code}):\n${said}`)); });
    });
  };
  const end = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
  };
  await launch("--fresh");
  return {
    base: `http://127.0.0.1:${web}`,
    login: "admin",
    /** Who works in the first centre, and sees no other. */
    staff: said.match(/staff-[a-z]+/)[0],
    password: said.match(/password (\S+)/)[1],
    /** The link that makes a browser the screen of the first seat, and a card to show there. */
    screen: said.match(/http:\S+\/kiosk\/\S+/)[0],
    card: said.match(/type (\d+) and Enter/)[1],
    /** Publishes as the demo's own line says, with another systolic value. */
    async publish(systolic, { card = true } = {}) {
      let line = said.match(/mosquitto_pub .*/)[0].replace(/"sys":\d+/, `"sys":${systolic}`);
      if (!card) line = line.replace(/,"card":"\d+"/, "");
      await promisify(execFile)("bash", ["-c", line], { cwd: root });
    },
    /** Stops the hub, and starts it again over the same journal when told. */
    async away() {
      await end();
      return () => launch();
    },
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Debian's chromium without what this machine's closed network refuses. */
export function startBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page that collects what the browser complains about (a blocked inline style among it). */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => { if (message.type() === "error") page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  return page;
}

/** A page of the one signed-in session these tests share: sign-ins are counted per address. */
export async function insidePage(browser, hub, options = {}) {
  if (!hub.session) {
    const page = await newPage(browser);
    await signIn(page, hub);
    hub.session = await page.context().storageState();
    await page.context().close();
  }
  return newPage(browser, { storageState: hub.session, ...options });
}

export async function signIn(page, hub, login = hub.login) {
  await page.goto(`${hub.base}/sign-in`);
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", hub.password);
  await page.click("form[action='/sign-in'] button");
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** The addresses of one of each page, as a visitor finds them by following links. */
export async function addresses(page, hub) {
  const first = async (from, start) => {
    await page.goto(hub.base + from);
    // The first one itself, not the page where another is added.
    const hrefs = await page.locator(`main a[href^="${start}"]`).evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    return hrefs.find((href) => /^\/[a-z]+\/\d+$/.test(href));
  };
  return {
    centres: "/",
    centre: await first("/", "/centres/"),
    persons: "/persons",
    person: await first("/persons", "/persons/"),
    operator: "/operator",
    kind: "/operator/kind?profile=demo-cuff",
    device: await first("/operator", "/devices/"),
  };
}
