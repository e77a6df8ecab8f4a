/** The lines of the chart: which there are, and how they are told apart. */

import { computed } from "@preact/signals";
import type { Order } from "../api/types.ts";
import { here, orders, symbol, ticker } from "../state.ts";
import { concerned, outcome, preview, ticket, isLimit, isConditional } from "../ticket/state.ts";

export type LineKind = "entry" | "mark" | "liquidation" | "bankruptcy" | "break-even" | "order" | "trigger" | "preview";

export interface Line {
  readonly key: string;
  readonly kind: LineKind;
  readonly price: string;
  readonly title: string;
  /** What it is a line of, where it can be dragged. */
  readonly order?: Order;
  readonly leg?: "long" | "short";
}

/** Which lines are wanted: the legend switches them. */
const SHORT: Record<string, string> = { long: "▲", short: "▼" };

function orderTitle(order: Order): string {
  const way = order.side === "BUY" ? "▲" : "▼";
  const what = order.kind.startsWith("TAKE_PROFIT") ? "TP" : order.kind.startsWith("STOP") ? "SL" : order.kind.startsWith("TRAILING") ? "trailing" : "limit";
  return `${way} ${what} ${order.closes ? "close" : order.left}`;
}

function ofOrders(): Line[] {
  const own = orders.value.filter((order) => order.symbol === symbol.value);
  return own.flatMap((order): Line[] => {
    const price = order.waiting ? order.trigger : order.price;
    if (price === null) return [];
    const kind = order.waiting ? "trigger" : "order";
    return [{ key: `order${order.id}`, kind, price, title: orderTitle(order), order }];
  });
}

function ofPositions(): Line[] {
  return here.value.flatMap((held) => {
    const side = SHORT[held.side] ?? "";
    const line = (kind: LineKind, price: string | null, name: string): Line[] =>
      price === null ? [] : [{ key: `${kind}${held.side}`, kind, price, title: `${side} ${name}`, ...(kind === "liquidation" && held.margin_mode === "isolated" ? { leg: held.side } : {}) }];
    return [
      ...line("entry", held.entry_price, "entry"),
      ...line("break-even", held.break_even_price, "break-even"),
      ...line("liquidation", held.liquidation_price, "liquidation"),
      ...line("bankruptcy", held.bankruptcy_price, "bankruptcy"),
    ];
  });
}

function ofTicket(): Line[] {
  const told = preview.value;
  if (told === undefined || !told.accepted) return [];
  const figures = concerned(outcome(told).positions);
  const lines: Line[] = [];
  const typed = isConditional.value ? ticket.trigger.value : isLimit.value ? ticket.price.value : "";
  if (typed !== "") lines.push({ key: "preview-order", kind: "preview", price: typed, title: "ticket" });
  if (figures?.liquidation_price != null) lines.push({ key: "preview-liquidation", kind: "preview", price: figures.liquidation_price, title: "ticket: liquidation" });
  return lines;
}

export const lines = computed<readonly Line[]>(() => {
  const mark = ticker.value?.mark;
  const marks: Line[] = mark === null || mark === undefined ? [] : [{ key: "mark", kind: "mark", price: mark, title: "mark" }];
  return [...marks, ...ofPositions(), ...ofOrders(), ...ofTicket()];
});
