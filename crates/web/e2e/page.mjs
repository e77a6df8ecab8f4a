// The page, from its first opening to a liquidation: what it shows is what the exchange says, to the last digit.

import { finish, test } from "./lib/check.mjs";
import { start } from "./lib/exchange.mjs";
import { launch, visit } from "./lib/page.mjs";
import * as account from "./tests/account.mjs";
import * as box from "./tests/box.mjs";
import * as opening from "./tests/opening.mjs";
import * as orders from "./tests/orders.mjs";
import * as sandbox from "./tests/sandbox.mjs";

const exchange = await start();
const browser = await launch();
let code = 1;
try {
  for (const symbol of ["BTCUSDT", "ETHUSDT", "BTCUSD_PERP"]) await exchange.still(symbol, symbol === "ETHUSDT" ? "3200" : "64000");
  const { page, seen } = await visit(browser, exchange.base);
  const world = { exchange, browser, page, seen };
  for (const part of [opening, box, orders, account, sandbox]) {
    for (const [name, what] of part.tests) await test(name, () => what(world));
  }
  code = finish();
} finally {
  await browser.close();
  await exchange.end();
}
process.exit(code);
