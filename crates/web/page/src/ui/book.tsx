/** Order book and latest trades. */

import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { book, prints } from "../market/book.ts";
import { market, orders, symbol, ticker } from "../state.ts";
import { digitsOf, fill } from "../text/decimal.ts";
import { clock } from "../text/time.ts";
import { ticket } from "../ticket/state.ts";
import { Num } from "./num.tsx";

const LEVELS = 11;

/** Prices at which one's own orders rest. */
const own = computed(() => new Set(orders.value.filter((order) => order.symbol === symbol.value && !order.waiting).map((order) => trimmed(order.price ?? ""))));

/** The same price is written with different numbers of zeros in different answers. */
function trimmed(price: string): string {
  return price.includes(".") ? price.replace(/\.?0+$/, "") : price;
}

function Level({ row, most, side }: { readonly row: readonly [string, string]; readonly most: string; readonly side: "ask" | "bid" }): JSX.Element {
  const mine = own.value.has(trimmed(row[0]));
  const digits = [digitsOf(market.value?.tick ?? "0.1"), digitsOf(market.value?.lot ?? "0.001")];
  return (
    <button type="button" class={`level ${side}`} tabIndex={-1} onClick={() => { ticket.price.value = trimmed(row[0]); }} title={mine ? "You have an order here" : "Take this price into the ticket"}>
      <span class="depth" style={{ transform: `scaleX(${fill(row[1], most).toFixed(3)})` }} />
      <span class="own">{mine ? <span aria-label="your order">◆</span> : null}</span>
      <span class={side === "ask" ? "down" : "up"}>
        <Num value={row[0]} digits={digits[0] ?? 1} />
      </span>
      <span>
        <Num value={row[1]} digits={digits[1] ?? 3} />
      </span>
    </button>
  );
}

function Ladder(): JSX.Element {
  const { bids, asks } = book.value;
  const near = [...bids.slice(0, LEVELS), ...asks.slice(0, LEVELS)];
  const most = near.reduce((greatest, [, quantity]) => (Number(quantity) > Number(greatest) ? quantity : greatest), "0");
  const digits = digitsOf(market.value?.tick ?? "0.1");
  return (
    <div class="ladder" role="group" aria-label="Order book">
      {asks.slice(0, LEVELS).reverse().map((row) => <Level key={`a${row[0]}`} row={row} most={most} side="ask" />)}
      <div class="between">
        <span class="quiet">mark</span>
        <Num value={ticker.value?.mark} digits={digits} steady />
      </div>
      {bids.slice(0, LEVELS).map((row) => <Level key={`b${row[0]}`} row={row} most={most} side="bid" />)}
    </div>
  );
}

function Tape(): JSX.Element {
  const digits = [digitsOf(market.value?.tick ?? "0.1"), digitsOf(market.value?.lot ?? "0.001")];
  return (
    <div class="tape" role="group" aria-label="Latest trades" tabIndex={0}>
      {prints.value.map((print) => (
        <div class={`row${print.forced ? " forced" : ""}`} key={print.key} title={print.forced ? "a liquidation" : undefined}>
          <span class={print.side === "buy" ? "up" : "down"} aria-label={print.forced ? "liquidation" : print.side}>
            {print.forced ? "■" : print.side === "buy" ? "▲" : "▼"}
          </span>
          <Num value={print.price} digits={digits[0] ?? 1} />
          <Num value={print.quantity} digits={digits[1] ?? 3} />
          <span class="quiet">{clock(print.time)}</span>
        </div>
      ))}
    </div>
  );
}

export function BookPanel(): JSX.Element {
  return (
    <section class="panel book" aria-label="Book and trades">
      <div class="title">
        <h2>Book</h2>
        <span class="quiet">◆ yours · ■ liquidation</span>
      </div>
      <Ladder />
      <Tape />
    </section>
  );
}
