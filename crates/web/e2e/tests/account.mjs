// Hedge and one-way, isolated and cross, and the comparison of both.

import { holds, same, until } from "../lib/check.mjs";
import { box, chooseMarket, closeDialog, pick, quantity, row, submit, value, visit } from "../lib/page.mjs";

const held = async (exchange) => (await exchange.desk("alice")).legs.flatMap((leg) => leg.position ?? []);

async function closes({ page, exchange }) {
  await row(page, "ETHUSDT", "long").getByRole("button", { name: "Close" }).click();
  await until(async () => (await held(exchange)).length === 0, "closed by one click");
}

async function hedges({ page, exchange }) {
  await pick(page, "Position mode", "Hedge");
  await until(async () => (await exchange.desk("alice")).hedge, "hedge mode");
  await chooseMarket(page, "BTCUSDT");
  await pick(page, "Margin mode", "Isolated");
  for (const side of ["Buy", "Sell"]) {
    await pick(page, "Side", side);
    await quantity(page, "0.02");
    await submit(page);
    await row(page, "BTCUSDT", side === "Buy" ? "long" : "short").waitFor();
  }
  await box(page, "BTCUSDT", "long").waitFor();
  await box(page, "BTCUSDT", "short").waitFor();
  same((await held(exchange)).map((position) => position.position_side), ["LONG", "SHORT"], "two legs, each in its own box");
  await row(page, "BTCUSDT", "short").getByRole("button", { name: "Close" }).click();
  await until(async () => (await held(exchange)).length === 1, "one leg closed, the other stays");
}

async function crosses({ page, exchange }) {
  await row(page, "BTCUSDT", "long").getByRole("button", { name: "Adjust" }).click();
  const dialog = page.locator("dialog");
  await pick(dialog, "What to change", "Mode");
  const told = await exchange.control("preview/margin-mode", { account: "alice", symbol: "BTCUSDT", marginType: "CROSSED" });
  await until(async () => (await dialog.getByRole("alert").textContent()).includes(told.refused.why), "why an open position cannot go to cross here");
  await closeDialog(page);
  await row(page, "BTCUSDT", "long").getByRole("button", { name: "Close" }).click();
  await until(async () => (await held(exchange)).length === 0, "closed");
  await pick(page, "Margin mode", "Cross");
  await pick(page, "Side", "Buy");
  await quantity(page, "0.1");
  await submit(page);
  await until(async () => (await held(exchange))[0]?.margin_mode === "cross", "on cross");
  const pool = page.locator("[data-pool=USDT]");
  await pool.waitFor();
  const joined = (await exchange.desk("alice")).balances.find((one) => one.asset === "USDT").pool;
  await until(async () => (await value(pool, "pool-equity")) === joined.equity, "one pool");
  same(await value(pool, "pool-maintenance"), joined.maintenance_margin, "what it needs");
}

async function compares({ page, exchange }) {
  const before = await exchange.desk("alice");
  await page.locator(".sandbox").getByRole("button", { name: /Compare isolated with cross/ }).click();
  const dialog = page.locator("dialog");
  await pick(dialog, "Path of the mark", "−20 %");
  await dialog.getByRole("button", { name: "Compare", exact: true }).click();
  const told = await exchange.control("compare", { account: "alice", symbol: "BTCUSDT", path: '["-0.2"]', markets: "ONE" });
  for (const run of told.runs) {
    const part = dialog.locator(`[data-run=${run.mode}]`);
    await part.waitFor();
    const after = run.after.find((purse) => purse.asset === "USDT").margin_balance;
    await until(async () => (await value(part, "worth-after")) === after, `${run.mode} is worth ${after}`);
  }
  const [isolated, cross] = told.runs;
  holds(isolated.positions[0].liquidated !== null && cross.positions[0].liquidated === null, "isolated is liquidated, cross lives on the whole wallet");
  same(await value(dialog.locator("[data-run=isolated]"), "fate-lost"), isolated.positions[0].liquidated.lost, "the loss");
  const recorded = await exchange.control("compare", { account: "alice", symbol: "BTCUSDT", recorded: "2020-03" });
  holds(recorded.runs[0].curve.length > 100, "a recorded crash");
  await reports(page, dialog, told.runs);
  await closeDialog(page);
  same((await exchange.desk("alice")).legs, before.legs, "nothing was changed");
}

/** The report of the same runs, in a tab of its own: it asks for nothing, and its policy lets the browser show it. */
async function reports(page, dialog, runs) {
  const [report] = await Promise.all([page.context().waitForEvent("page"), dialog.getByRole("link", { name: "Report" }).click()]);
  await report.waitForLoadState();
  const seen = { errors: [], requests: [] };
  report.on("console", (message) => { if (message.type() !== "log") seen.errors.push(message.text()); });
  report.on("pageerror", (error) => seen.errors.push(error.message));
  report.on("request", (request) => seen.requests.push(request.url()));
  await report.reload();
  same([seen.errors, seen.requests], [[], [report.url()]], "errors, and what is asked for");
  for (const run of runs) {
    const after = run.after.find((purse) => purse.asset === "USDT").margin_balance;
    const row = report.locator("tr", { has: report.getByText(`${run.mode} BTCUSDT`, { exact: true }) });
    holds((await row.locator("td").allTextContents()).includes(after), `${run.mode} is worth ${after}`);
  }
  const figure = report.locator("svg").first();
  holds((await figure.boundingBox()).width > 600, "a figure");
  holds((await report.locator("body").evaluate((body) => getComputedStyle(body).fontFamily)).includes("system-ui"), "the style counts");
  if (process.env.PICTURE !== undefined) await report.screenshot({ path: process.env.PICTURE, fullPage: true });
  await report.setViewportSize({ width: 390, height: 844 });
  same(await overflow(report), [], "wider than a narrow screen");
  await report.close();
}

/** What is wider than the screen without scrolling in a box of its own. */
const overflow = (page) =>
  page.evaluate(() => {
    const wide = [document.documentElement, ...document.querySelectorAll("dialog, dialog *")].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0);
    return wide.map((one) => `${one.localName}.${one.className}: ${one.scrollWidth} in ${one.clientWidth}`);
  });

async function comparesNarrow({ browser, exchange }) {
  const { page } = await visit(browser, exchange.base, { viewport: { width: 390, height: 844 } });
  await page.locator(".sandbox").getByRole("button", { name: /Compare isolated with cross/ }).click();
  const dialog = page.locator("dialog");
  for (const path of ["March 2020", "Drawn"]) {
    await pick(dialog, "Path of the mark", path);
    if (path === "Drawn") await dialog.locator("input[name=drawn]").fill("-5 -20 3");
    if (path === "Drawn") await dialog.locator("input[name=drawn]").blur();
    same(await overflow(page), [], `${path}: asked`);
    await dialog.getByRole("button", { name: "Compare", exact: true }).click();
    await dialog.locator("[data-run=cross]").waitFor();
    same(await overflow(page), [], `${path}: told`);
  }
  if (process.env.PICTURE_NARROW !== undefined) await page.screenshot({ path: process.env.PICTURE_NARROW });
  await page.close();
}

async function oneWay({ page, exchange }) {
  await row(page, "BTCUSDT", "long").getByRole("button", { name: "Close" }).click();
  await until(async () => (await held(exchange)).length === 0, "closed");
  await pick(page, "Position mode", "One-way");
  await until(async () => !(await exchange.desk("alice")).hedge, "one-way mode");
}

export const tests = [
  ["a position is closed", closes],
  ["hedge mode: long and short, each in its box", hedges],
  ["cross: why not with an open position, then one pool", crosses],
  ["isolated beside cross, compared by the server", compares],
  ["the comparison on a narrow screen", comparesNarrow],
  ["back to one-way mode", oneWay],
];
