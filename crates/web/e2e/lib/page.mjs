// The page as a person uses it.

import { createRequire } from "node:module";
import { until } from "./check.mjs";

const { chromium } = createRequire(import.meta.url)("playwright-core");

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });

/** Opens the page and keeps account of what it asks and what goes wrong. */
export async function visit(browser, base, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "dark", ...options });
  const seen = { requests: [], errors: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("websocket", (socket) => seen.requests.push(socket.url()));
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") seen.errors.push(message.text()); });
  await page.goto(base);
  await page.getByText("live", { exact: true }).waitFor();
  return { page, seen };
}

/** What the server said of a number, as it stands on the page. */
export const value = (scope, field) => scope.locator(`[data-field="${field}"]`).first().getAttribute("data-value");

/** The same as people read it, without gaps and with a plain minus. */
export async function read(scope, field) {
  const text = await scope.locator(`[data-field="${field}"]`).first().evaluate((shown) => {
    const copy = shown.cloneNode(true);
    copy.querySelectorAll(".unit").forEach((unit) => unit.remove());
    return copy.textContent;
  });
  return trimmed((text ?? "").replaceAll("\u202f", "").replace("\u2212", "-").replace("+", ""));
}

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

export const row = (page, symbol, side) => page.locator(`[data-position="${symbol} ${side}"]`);
export const box = (page, symbol, side) => page.locator(`[data-box="${symbol} ${side}"]`);

export async function chooseMarket(page, symbol) {
  await page.locator(`nav.strip button[title="${symbol}"]`).click();
  await page.locator(".facts .symbol", { hasText: symbol }).waitFor();
}

export const pick = (scope, group, name) => scope.getByRole("radiogroup", { name: group }).getByRole("radio", { name }).click();

/** Sets a slider as a hand would: an input event. */
export async function slide(scope, leverage) {
  await scope.locator("input[name=leverage]").evaluate((input, to) => {
    input.value = to;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, String(leverage));
}

/** Types a quantity and waits until the server has said what it would do. */
export async function quantity(page, text) {
  await page.fill("input[name=quantity]", text);
  await page.locator(".ticket [data-region=preview]").waitFor();
}

/** Waits for the button to be free, and presses it. */
export async function submit(page) {
  const button = page.locator(".ticket button[type=submit]");
  await until(() => button.isEnabled(), "the ticket can be sent");
  await button.click();
}

export async function closeDialog(page) {
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
}
