// Opening the page.

import { holds, same, until } from "../lib/check.mjs";
import { chooseMarket, value } from "../lib/page.mjs";

async function opens({ page, exchange, seen }) {
  same(await page.title(), "ringfence", "title");
  const strip = page.locator("nav.strip button");
  await until(async () => (await strip.count()) >= 7, "all markets in the strip");
  const names = await strip.evaluateAll((buttons) => buttons.map((button) => button.title));
  for (const symbol of ["BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT", "BTCUSD_PERP"]) holds(names.includes(symbol), symbol);
  await chooseMarket(page, "BTCUSDT");
  const told = (await exchange.desk("alice")).markets.find((one) => one.symbol === "BTCUSDT");
  const facts = page.locator(".facts");
  for (const field of ["mark", "index", "insurance"]) same(await value(facts, field), told[field], field);
  same(await value(facts, "funding-rate"), told.funding_rate, "funding rate");
  holds((await facts.textContent()).match(/in \d\d:\d\d:\d\d/), "a countdown to funding");
  await page.locator(".chart canvas").first().waitFor();
  await page.locator("#tv-attr-logo").waitFor();
  await until(async () => (await page.locator(".level").count()) > 10, "a book");
  same(seen.errors, [], "errors of the page");
}

async function headers({ exchange }) {
  const response = await fetch(`${exchange.base}/`);
  const policy = response.headers.get("content-security-policy");
  holds(policy.startsWith("default-src 'self'") && !policy.includes("unsafe"), policy);
  const tag = response.headers.get("etag");
  const again = await fetch(`${exchange.base}/`, { headers: { "if-none-match": tag } });
  same(again.status, 304, "the same page is not sent twice");
  const script = (await response.text()).match(/\/assets\/[^"]+\.js/)[0];
  const file = await fetch(exchange.base + script);
  holds(file.headers.get("cache-control").includes("immutable"), "files named by their content are kept");
  same(file.headers.get("content-type"), "text/javascript; charset=utf-8", "type of a script");
}

async function themes({ page }) {
  const button = page.getByRole("button", { name: /^Colours/ });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await button.click();
  await button.click();
  holds((await ground()) !== dark, "light is another colour");
  await button.click();
  same(await ground(), dark, "and back");
}

export const tests = [
  ["the page opens with all markets, live", opens],
  ["the page is served with a strict policy and kept by its content", headers],
  ["dark, light, and as the system has it", themes],
];
