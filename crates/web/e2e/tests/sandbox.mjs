// The sandbox bar, other accounts, narrow screens, a lost connection, and who is asked.

import { holds, same, until } from "../lib/check.mjs";
import { start } from "../lib/exchange.mjs";
import { chooseMarket, value, visit } from "../lib/page.mjs";

async function snapshots({ page, exchange }) {
  const bar = page.locator(".sandbox");
  await bar.getByRole("button", { name: "snapshot" }).click();
  await until(() => bar.getByRole("button", { name: "revert" }).isEnabled(), "a snapshot");
  await chooseMarket(page, "BTCUSDT");
  const mark = async () => (await exchange.desk("alice")).markets[0].mark;
  const before = await mark();
  await bar.getByRole("button", { name: "+1 %" }).click();
  await until(async () => (await mark()) !== before, "nudged");
  await bar.getByRole("button", { name: "revert" }).click();
  await until(async () => (await mark()) === before, "back");
  await until(async () => (await value(page.locator(".facts"), "mark")) === before, "back on the page, too");
}

async function times({ page, exchange }) {
  const bar = page.locator(".sandbox");
  const clock = async () => exchange.ask("markets");
  await bar.getByRole("button", { name: "×60" }).click();
  await until(async () => (await clock()).speed === 60, "60 times as fast");
  await bar.getByRole("button", { name: "×1", exact: true }).click();
  await until(async () => (await clock()).speed === 1, "as fast as the wall's");
  await bar.getByRole("button", { name: "settle funding" }).click();
  await page.getByText("Funding of BTCUSDT settled.").waitFor();
  await bar.getByRole("button", { name: "Flash crash" }).click();
  await until(async () => Number((await exchange.desk("alice")).markets[0].mark) < 52_000, "20 % down within seconds", 9_000);
}

/** Of many notices the newest few stand there, each once, and they go away by themselves. */
async function notices({ page }) {
  const bar = page.locator(".sandbox");
  const notes = page.locator(".notes");
  same(await notes.getAttribute("role"), "status", "they are read out");
  for (const name of ["+0.1 %", "settle funding", "settle funding", "snapshot", "\u00d71"]) {
    await bar.getByRole("button", { name, exact: true }).click();
    await page.waitForTimeout(250);
    holds((await notes.locator(".note").count()) <= 2, "no more than two");
  }
  const told = await notes.locator(".note").allTextContents();
  holds(told.length === 2 && told[1].includes("The clock runs at 1×."), `the newest stays: ${told}`);
  await until(async () => (await notes.locator(".note").count()) === 0, "they go away", 6_000);
  await bar.getByRole("button", { name: "let go" }).click();
}

async function switches({ page, exchange }) {
  await page.locator("select[name=account]").selectOption("bob");
  const told = (await exchange.desk("bob")).balances.find((one) => one.asset === "USDT");
  await until(async () => (await value(page.locator("[data-wallet=USDT]"), "wallet")) === told.wallet, "bob's wallet");
  await page.locator("select[name=account]").selectOption("alice");
}

async function narrow({ browser, exchange }) {
  for (const width of [390, 1280, 1920]) {
    const { page } = await visit(browser, exchange.base, { viewport: { width, height: 900 } });
    await page.locator(".level").first().waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    holds(wide <= width, `${width}: the page is ${wide} wide`);
    await page.close();
  }
}

async function named({ page }) {
  const bare = await page.evaluate(() => {
    const named = (one) => one.textContent.trim() !== "" || one.getAttribute("aria-label") || one.labels?.length > 0 || one.title;
    return [...document.querySelectorAll("button, input, select, [role=img]")].filter((one) => !named(one)).map((one) => one.outerHTML.slice(0, 120));
  });
  same(bare, [], "everything that can be used has a name");
  await page.locator("input[name=quantity]").focus();
  for (let at = 0; at < 5; at += 1) await page.keyboard.press("Tab");
  holds(await page.evaluate(() => document.querySelector(".ticket").contains(document.activeElement)), "the keyboard goes through the ticket");
}

async function reconnects({ browser }) {
  const first = await start();
  const { page } = await visit(browser, first.base);
  const [, listen] = first.base.split("//");
  await first.end();
  await page.getByText("connection lost, trying again").waitFor();
  const second = await start([], listen);
  await page.getByText("live", { exact: true }).waitFor({ timeout: 15_000 });
  await page.close();
  await second.end();
}

async function stays({ seen, exchange }) {
  const host = exchange.base.split("//")[1];
  const away = seen.requests.filter((url) => !url.startsWith("blob:") && !url.startsWith("data:") && new URL(url).host !== host);
  same(away, [], "requests to anywhere else");
  holds(seen.requests.length > 50, "it was looked at");
  same(seen.errors.filter((text) => !text.includes("status of 400")), [], "errors of the page");
}

export const tests = [
  ["snapshot and revert", snapshots],
  ["time, funding, flash crash", times],
  ["few notices at once", notices],
  ["another account", switches],
  ["nothing is wider than the screen", narrow],
  ["everything has a name, the keyboard reaches it", named],
  ["a lost connection is said and comes back by itself", reconnects],
  ["no request leaves the origin", stays],
];
