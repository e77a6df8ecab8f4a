// What the page costs: its size, its first paint, its previews, and the main thread while book, trades and fifty positions move.

import { request } from "node:http";
import { sleep, start } from "./lib/exchange.mjs";
import { chooseMarket, launch, visit } from "./lib/page.mjs";

const LOADS = 9;
const PREVIEWS = 400;
const LOAD_MS = 10_000;
const LIMITS = { "page, gzip": [90_000, "bytes"], "first paint, median": [300, "ms"], "preview, p99": [20, "ms"], "main thread": [20, "% of a core"], "longest task": [50, "ms"] };

let failed = 0;
function tell(name, found, more = "") {
  const [most, unit] = LIMITS[name];
  const fits = found <= most;
  failed += fits ? 0 : 1;
  console.log(`${fits ? "ok  " : "OVER"}  ${name.padEnd(20)} ${String(Math.round(found * 10) / 10).padStart(8)} ${unit} (at most ${most})${more === "" ? "" : `  ${more}`}`);
}

/** Bytes that travel for a file. */
const travels = (url) =>
  new Promise((resolve, reject) => {
    request(url, { headers: { "accept-encoding": "gzip" } }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ bytes: Buffer.concat(parts), packed: response.headers["content-encoding"] === "gzip" }));
    }).on("error", reject).end();
  });

async function size(base) {
  const html = await (await fetch(base)).text();
  const files = ["/", ...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => (typeof found === "string" ? found : found[1]));
  let total = 0;
  const told = [];
  for (const file of files) {
    const { bytes } = await travels(base + file);
    total += bytes.length;
    told.push(`${file.split("/").at(-1) || "index.html"} ${bytes.length}`);
  }
  tell("page, gzip", total, told.join(", "));
}

const middle = (numbers, share) => [...numbers].sort((left, right) => left - right)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))];

async function paint(browser, base) {
  const times = [];
  for (let at = 0; at < LOADS; at += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(base);
    const time = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    times.push(await time.jsonValue());
    await context.close();
  }
  tell("first paint, median", middle(times, 0.5), `greatest ${Math.round(Math.max(...times))} ms, empty cache, ${LOADS} loads`);
}

async function previews(page) {
  const times = await page.evaluate(async (count) => {
    const found = [];
    for (let at = 0; at < count; at += 1) {
      const body = JSON.stringify({ account: "alice", symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.1", leverage: String(1 + (at % 100)), marginType: "ISOLATED" });
      const began = performance.now();
      const response = await fetch("/local/v1/preview/order", { method: "POST", headers: { "content-type": "application/json" }, body });
      await response.json();
      found.push(performance.now() - began);
    }
    return found;
  }, PREVIEWS);
  tell("preview, p99", middle(times, 0.99), `median ${middle(times, 0.5).toFixed(1)} ms, ${PREVIEWS} in the browser`);
}

/** All of Binance's contracts here: those beyond the default markets begin at a fixed price and walk from there. */
const MARKETS = ["BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT", "BTCUSD_PERP", "ETHUSD_PERP"];
const MORE = { ADAUSDT: "0.5", DOGEUSDT: "0.2", LTCUSDT: "80", BNBUSD_PERP: "600", SOLUSD_PERP: "150", XRPUSD_PERP: "0.6" };

async function crowded() {
  const exchange = await start(["--market", [...MARKETS, ...Object.entries(MORE).map(([symbol, price]) => `${symbol}=fixed:${price}`)].join(",")]);
  for (const symbol of Object.keys(MORE)) await exchange.control("source", { symbol, action: "walk" });
  return exchange;
}

/** Both legs of a hedge in every market. */
async function positions(exchange) {
  const { markets } = await exchange.ask("markets");
  await exchange.signed("alice", "POST", "/fapi/v1/positionSide/dual", { dualSidePosition: "true" });
  for (const market of markets) {
    const coin = market.api === "/dapi";
    await exchange.control("faucet", { account: "alice", asset: market.settles_in, amount: "1000" });
    const lots = Math.ceil(150 / Number(market.mark) / Number(market.lot));
    const quantity = coin ? "5" : (lots * Number(market.lot)).toFixed((market.lot.split(".")[1] ?? "").length);
    for (const [side, positionSide] of [["BUY", "LONG"], ["SELL", "SHORT"]]) {
      await exchange.signed("alice", "POST", `${market.api}/v1/order`, { symbol: market.symbol, side, positionSide, type: "MARKET", quantity });
    }
  }
}

/** One account can hold 26 positions here; the page is handed them twice, so that it draws more than fifty. */
async function doubled(page) {
  const counted = { rows: 0 };
  await page.route("**/local/v1/desk*", async (route) => {
    const response = await route.fetch();
    const desk = await response.json();
    const held = desk.legs.filter((leg) => leg.position !== null);
    const again = held.map((leg) => ({ ...leg, symbol: `${leg.symbol}.`, position: { ...leg.position, symbol: `${leg.symbol}.` } }));
    counted.rows = held.length + again.length;
    await route.fulfill({ response, json: { ...desk, legs: [...desk.legs, ...again] } });
  });
  return counted;
}

/** Orders that come, trade and go, so that the book never rests. */
async function stir(exchange, stop) {
  for (let at = 0; !stop.now; at += 1) {
    const order = { symbol: "BTCUSDT", side: at % 2 === 0 ? "BUY" : "SELL", type: "MARKET", quantity: "0.002" };
    await exchange.signed("bob", "POST", "/fapi/v1/order", order).catch(() => undefined);
    await sleep(40);
  }
}

async function load(browser, exchange) {
  await positions(exchange);
  const { page } = await visit(browser, exchange.base);
  const counted = await doubled(page);
  await chooseMarket(page, "BTCUSDT");
  const client = await page.context().newCDPSession(page);
  let frames = 0;
  client.on("Network.webSocketFrameReceived", () => { frames += 1; });
  await client.send("Network.enable");
  // The time the thread computes, not the time it waits for a processor that others use.
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  const stop = { now: false };
  const stirring = stir(exchange, stop);
  await sleep(2_000);
  await page.evaluate(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => { for (const task of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, task.duration); }).observe({ type: "longtask" });
  });
  const busy = async () => (await client.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration").value;
  const [before, framesBefore, began] = [await busy(), frames, Date.now()];
  await sleep(LOAD_MS);
  const seconds = (Date.now() - began) / 1000;
  const share = (100 * ((await busy()) - before)) / seconds;
  const longest = await page.evaluate(() => globalThis.longest);
  stop.now = true;
  await stirring;
  tell("main thread", share, `${counted.rows} positions, ${Math.round((frames - framesBefore) / seconds)} frames and 4 desks a second`);
  tell("longest task", longest, "0: none above 50 ms");
}

const exchange = await start(process.argv.slice(2));
const browser = await launch();
try {
  await size(exchange.base);
  await paint(browser, exchange.base);
  const { page } = await visit(browser, exchange.base);
  await previews(page);
  await page.close();
  const wide = await crowded();
  try {
    await load(browser, wide);
  } finally {
    await wide.end();
  }
} finally {
  await browser.close();
  await exchange.end();
}
process.exit(failed === 0 ? 0 : 1);
