// The box: 100 times long on the inverse contract, from opening to liquidation.

import { holds, same, sum, until } from "../lib/check.mjs";
import { sleep } from "../lib/exchange.mjs";
import { box, chooseMarket, closeDialog, pick, quantity, read, row, slide, submit, value } from "../lib/page.mjs";

const SYMBOL = "BTCUSD_PERP";

const held = async (exchange, symbol, side = "long") =>
  (await exchange.desk("alice")).legs.map((leg) => leg.position).find((position) => position?.symbol === symbol && position.side === side);
const balance = async (exchange, asset) => (await exchange.desk("alice")).balances.find((one) => one.asset === asset);

async function opens({ page, exchange }) {
  await chooseMarket(page, SYMBOL);
  await pick(page, "Margin mode", "Isolated");
  await slide(page.locator(".ticket"), 100);
  await quantity(page, "100");
  const asked = { account: "alice", symbol: SYMBOL, side: "BUY", type: "MARKET", quantity: "100", leverage: "100", marginType: "ISOLATED" };
  const told = (await exchange.control("preview/order", asked)).after.positions[0];
  const shown = page.locator(".ticket td[data-when=after]");
  await until(async () => (await value(shown, "liquidation")) === told.liquidation_price, "the preview's liquidation price");
  for (const [field, of] of [["margin-balance", "margin_balance"], ["maintenance", "maintenance_margin"], ["bankruptcy", "bankruptcy_price"]]) {
    same(await value(shown, field), told[of], field);
  }
  await submit(page);
  await row(page, SYMBOL, "long").waitFor();
  const position = await held(exchange, SYMBOL);
  same([position.margin_mode, position.leverage, position.quantity], ["isolated", "100", "100"], "the position");
  same(position.liquidation_price, told.liquidation_price, "one click did what was previewed");
}

/** What is refused on the track follows the mark, though nothing is touched and nothing is done. */
async function shades({ page, exchange }) {
  await chooseMarket(page, SYMBOL);
  await pick(page, "Margin mode", "Isolated");
  const { available } = await balance(exchange, "BTC");
  await slide(page.locator(".ticket"), 1);
  // All but a tenth of the money: affordable here, no longer where the contract is worth a fifth more.
  await quantity(page, String(Math.floor((Number(available) * 0.9 * 64_000) / 100)));
  const refused = async () => (await page.locator(".ticket [data-field=refused-range]").allTextContents()).join().includes("▨ 1–");
  await until(async () => !(await refused()), "at 64000 it can be paid");
  await exchange.still(SYMBOL, "51000");
  await until(refused, "at 51000 it cannot", 4_000);
  await exchange.still(SYMBOL, "64000");
  await until(async () => !(await refused()), "and at 64000 it can again", 4_000);
  await page.fill("input[name=quantity]", "");
}

/** Every number of the row, as text, is the API's. */
async function equals({ page, exchange }) {
  const position = await held(exchange, SYMBOL);
  const fields = [["quantity", "quantity"], ["notional", "notional"], ["entry", "entry_price"], ["break-even", "break_even_price"], ["mark", "mark"], ["liquidation", "liquidation_price"], ["margin", "margin"], ["maintenance", "maintenance_margin"], ["pnl", "unrealised_pnl"]];
  for (const [field, of] of fields) {
    await until(async () => (await value(row(page, SYMBOL, "long"), field)) === position[of], `${field} is ${position[of]}`);
    same(await read(row(page, SYMBOL, "long"), field), position[of], `${field} as it is read`);
  }
  same(await value(box(page, SYMBOL, "long"), "box-balance"), position.margin_balance, "balance in the box");
  const [api] = (await exchange.signed("alice", "GET", "/dapi/v1/positionRisk", { pair: "BTCUSD" })).filter((leg) => Number(leg.positionAmt) !== 0);
  same(sum(api.isolatedWallet), position.margin, "the public API says the same margin");
  same(sum(api.unRealizedProfit), position.unrealised_pnl, "and the same profit");
}

async function lowers({ page, exchange }) {
  await row(page, SYMBOL, "long").getByRole("button", { name: "Adjust" }).click();
  const dialog = page.locator("dialog");
  await slide(dialog, 50);
  const told = await exchange.control("preview/leverage", { account: "alice", symbol: SYMBOL, leverage: "50" });
  await until(async () => (await value(dialog, "moved")) === told.moved.to_position, "the money that moves");
  holds((await dialog.locator("[data-field=flow]").textContent()).startsWith("wallet→position"), "and which way");
  await dialog.getByRole("button", { name: "Set 50×" }).click();
  await until(async () => (await held(exchange, SYMBOL)).leverage === "50", "the leverage");
  const now = await held(exchange, SYMBOL);
  same([now.liquidation_price, now.margin], [told.after.positions[0].liquidation_price, sum(told.after.positions[0].opening_margin, told.after.positions[0].added_margin)], "exactly what was previewed");
  await dialog.locator("input[name=leverage]").focus();
  await page.keyboard.press("PageDown");
  const at = await dialog.locator("input[name=leverage]").inputValue();
  holds(Number(at) < 50, `a bracket down by the keyboard: ${at}`);
  await closeDialog(page);
}

async function margins({ page, exchange }) {
  await row(page, SYMBOL, "long").getByRole("button", { name: /Change margin/ }).click();
  const dialog = page.locator("dialog");
  const before = await held(exchange, SYMBOL);
  await dialog.locator("input[name=amount]").fill("0.001");
  await dialog.getByRole("button", { name: "Add margin" }).click();
  await until(async () => (await held(exchange, SYMBOL)).margin === sum(before.margin, "0.001"), "0.001 added");
  await pick(dialog, "Add or remove", "− Remove");
  const most = (await held(exchange, SYMBOL)).max_removable;
  await until(async () => (await value(dialog, "most")) === most, "the most that can be removed");
  await dialog.getByRole("button", { name: /Take the most/ }).click();
  await dialog.getByText("bound by").waitFor();
  await dialog.getByRole("button", { name: "Remove margin" }).click();
  await until(async () => (await held(exchange, SYMBOL)).max_removable === "0", "and nothing more can be");
  await dialog.locator("input[name=amount]").fill("0.5");
  await dialog.getByRole("alert").waitFor();
  holds((await dialog.getByRole("alert").textContent()).includes("must"), "a refusal in the server's words");
  await closeDialog(page);
}

/** What is typed before an answer is there stays, and the answer is told of what was asked. */
async function late({ page }) {
  const held = /\/(positionMargin|leverage)\?/;
  await page.route(held, async (route) => { await sleep(500); await route.continue(); });
  await row(page, SYMBOL, "long").getByRole("button", { name: /Change margin/ }).click();
  const dialog = page.locator("dialog");
  const amount = dialog.locator("input[name=amount]");
  await amount.fill("0.00017");
  await dialog.getByRole("button", { name: "Add margin" }).click();
  await amount.fill("0.00029");
  await page.getByText("0.00017 BTC added to the long.").waitFor();
  same(await amount.inputValue(), "0.00029", "what was typed meanwhile");
  await pick(dialog, "What to change", "Leverage");
  await slide(dialog, 40);
  await dialog.getByRole("button", { name: "Set 40×" }).click();
  await slide(dialog, 45);
  await page.getByText(`Leverage of ${SYMBOL} is 40× now.`).waitFor();
  await page.unroute(held);
  await closeDialog(page);
}

async function target({ page, exchange }) {
  await row(page, SYMBOL, "long").getByRole("button", { name: /Change margin/ }).click();
  const dialog = page.locator("dialog");
  await pick(dialog, "What to change", "Liquidation");
  await dialog.locator("input[name=target]").fill("62000");
  const told = (await exchange.control("preview/target", { account: "alice", symbol: SYMBOL, liquidation: "62000" })).legs[0];
  await until(async () => (await value(dialog, "target-amount")) === told.amount, "what it takes");
  await dialog.getByRole("button", { name: new RegExp(`^Add ${told.amount}`) }).click();
  await until(async () => Number((await held(exchange, SYMBOL)).liquidation_price) < 62000, "it lives at 62000");
  holds(Number((await held(exchange, SYMBOL)).liquidation_price) > 61999, "and no lower");
  await closeDialog(page);
}

async function liquidates({ page, exchange }) {
  await exchange.signed("alice", "POST", "/fapi/v1/marginType", { symbol: "ETHUSDT", marginType: "ISOLATED" });
  await exchange.signed("alice", "POST", "/fapi/v1/order", { symbol: "ETHUSDT", side: "BUY", type: "MARKET", quantity: "1" });
  await box(page, "ETHUSDT", "long").waitFor();
  const [other, usdt, btc, posted] = [await held(exchange, "ETHUSDT"), await balance(exchange, "USDT"), await balance(exchange, "BTC"), (await held(exchange, SYMBOL)).margin];
  await page.locator(".sandbox input[name=mark]").fill("60000");
  await page.locator(".sandbox").getByRole("button", { name: "set", exact: true }).click();
  await page.locator(`[data-ghost="${SYMBOL} long"]`).waitFor();
  await row(page, SYMBOL, "long").waitFor({ state: "detached" });
  const [story] = await exchange.ask("liquidations", { account: "alice" });
  same(story.posted, posted, "posted");
  holds(Number(story.lost) <= Number(posted), `lost ${story.lost} of ${posted}`);
  same(await value(page.locator("[data-ghost]"), "ghost-lost"), story.lost, "the loss on the page");
  const [usdtAfter, btcAfter] = [await balance(exchange, "USDT"), await balance(exchange, "BTC")];
  same(await held(exchange, "ETHUSDT"), other, "the other position did not move");
  same(usdtAfter, usdt, "nor the other wallet");
  same(btcAfter.free, sum(btc.free, story.returned), "nor the free money beside the box, but for what came back");
  same(await value(page.locator("[data-wallet=BTC]"), "wallet"), btcAfter.wallet, "the wallet on the page");
  same(await value(box(page, "ETHUSDT", "long"), "box-balance"), other.margin_balance, "the other box on the page");
  await page.locator("#tab-liquidations").click();
  await page.locator(`[data-story="${story.id}"]`).waitFor();
  same(await page.locator(`[data-story="${story.id}"] li`).allTextContents(), story.text, "the story in the server's words");
  await page.locator(`[data-story="${story.id}"]`).getByRole("button", { name: "Step by step" }).click();
  await page.locator("dialog .steps section").first().waitFor();
  await closeDialog(page);
  await page.locator("#tab-positions").click();
}

export const tests = [
  ["the track's refused leverages follow the mark", shades],
  ["a 100 times isolated long on the inverse contract", opens],
  ["every number is the API's, to the last digit", equals],
  ["leverage slides on an open position and does what was shown", lowers],
  ["margin is added and taken out, and a refusal says why", margins],
  ["what is typed before an answer stays", late],
  ["the liquidation price is put where it is wanted", target],
  ["the mark falls: the box empties and nothing else moves", liquidates],
];
