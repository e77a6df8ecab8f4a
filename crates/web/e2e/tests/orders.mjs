// Orders: placed, seen, moved, dragged, cancelled; refusals; files.

import { readFileSync } from "node:fs";
import { holds, same, until } from "../lib/check.mjs";
import { chooseMarket, closeDialog, pick, quantity, submit } from "../lib/page.mjs";

const orders = async (exchange) => (await exchange.desk("alice")).orders;

async function rests({ page, exchange }) {
  await chooseMarket(page, "BTCUSDT");
  await pick(page, "Order type", "Limit");
  await page.fill("input[name=price]", "63900");
  await quantity(page, "0.05");
  await submit(page);
  const [order] = await until(async () => { const found = await orders(exchange); return found.length === 1 ? found : undefined; }, "an order");
  same([order.price, order.quantity, order.side], ["63900", "0.05", "BUY"], "the order");
  await page.getByLabel("your order").first().waitFor();
  await page.locator("#tab-orders").click();
  await page.locator(`[data-order="${order.id}"]`).getByRole("button", { name: "Move" }).click();
  await page.fill("input[name=amend-price]", "63800");
  await page.getByRole("button", { name: "Move it" }).click();
  await until(async () => (await orders(exchange))[0].price === "63800", "moved by the window");
  await page.locator("dialog").waitFor({ state: "detached" });
}

/** Takes hold of the order's line and pulls it down. */
async function drags({ page, exchange }) {
  const canvas = await page.locator(".chart .canvas").boundingBox();
  const x = canvas.x + canvas.width / 3;
  let grip;
  for (let y = canvas.y + 4; y < canvas.y + canvas.height - 40 && grip === undefined; y += 3) {
    await page.mouse.move(x, y);
    const cursor = await page.locator(".chart .canvas > div").last().evaluate((host) => host.style.cursor);
    if (cursor === "ns-resize") grip = y + 4;
  }
  holds(grip !== undefined, "the line can be taken hold of");
  await page.mouse.move(x, grip);
  await page.mouse.down();
  await page.mouse.move(x, grip + 12, { steps: 4 });
  await page.mouse.up();
  const price = await until(async () => { const now = (await orders(exchange))[0].price; return now === "63800" ? undefined : now; }, "dragged");
  holds(Number(price) < 63800, `lower than before: ${price}`);
}

async function cancels({ page, exchange }) {
  const [order] = await orders(exchange);
  await page.getByRole("button", { name: `Cancel order ${order.id}` }).click();
  await until(async () => (await orders(exchange)).length === 0, "cancelled");
}

async function triggers({ page, exchange }) {
  await pick(page, "Order type", "Stop");
  await pick(page, "Side", "Sell");
  await page.fill("input[name=trigger]", "63000");
  await quantity(page, "0.01");
  await submit(page);
  const [order] = await until(async () => { const found = await orders(exchange); return found.length === 1 ? found : undefined; }, "a waiting order");
  same([order.kind, order.waiting, order.trigger], ["STOP_MARKET", true, "63000"], "a stop");
  await page.getByRole("button", { name: `Cancel order ${order.id}` }).click();
  await until(async () => (await orders(exchange)).length === 0, "cancelled");
  await pick(page, "Order type", "Market");
  await pick(page, "Side", "Buy");
}

async function refuses({ page, exchange }) {
  await page.fill("input[name=quantity]", "900");
  const refusal = page.locator(".ticket").getByRole("alert");
  await refusal.waitFor();
  const leverage = (await exchange.desk("alice")).legs.find((leg) => leg.symbol === "BTCUSDT").leverage;
  const told = await exchange.control("preview/order", { account: "alice", symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "900", leverage });
  holds((await refusal.textContent()).includes(told.refused.why), "field, limit and value in the server's words");
  await page.fill("input[name=quantity]", "0.0001");
  await until(async () => (await refusal.textContent()).includes("-1111"), "an error names its code");
  await page.fill("input[name=quantity]", "");
}

async function shares({ page, exchange }) {
  await page.getByRole("group", { name: /Share of the most/ }).getByRole("button", { name: "100 %" }).click();
  const most = await until(() => page.inputValue("input[name=quantity]"), "a quantity");
  await page.locator(".ticket [data-region=preview]").waitFor();
  const asked = { account: "alice", symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: most };
  holds((await exchange.control("preview/order", asked)).accepted, `${most} is accepted`);
  await page.getByRole("group", { name: /Share of the most/ }).getByRole("button", { name: "25 %" }).click();
  await until(async () => Number(await page.inputValue("input[name=quantity]")) < Number(most) / 3, "a quarter");
  await page.fill("input[name=quantity]", "");
}

async function files({ page }) {
  await chooseMarket(page, "BTCUSD_PERP");
  for (const [tab, column] of [["history", "orderId"], ["trades", "realizedPnl"], ["income", "incomeType"]]) {
    await page.locator(`#tab-${tab}`).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("tabpanel").getByRole("button", { name: "CSV" }).click()]);
    const lines = readFileSync(await file.path(), "utf8").trim().split("\r\n");
    holds(lines[0].includes(column) && lines.length > 1, `${tab}: ${lines[0]}`);
  }
  await page.locator("#tab-positions").click();
  await closeDialog(page).catch(() => undefined);
}

export const tests = [
  ["a limit order rests, is marked in the book, and moves", rests],
  ["an order's line is dragged", drags],
  ["an order is cancelled", cancels],
  ["a stop waits for its trigger", triggers],
  ["refusals are shown with field and limit", refuses],
  ["a share of the most that can be opened", shares],
  ["history, trades and income as files", files],
];
