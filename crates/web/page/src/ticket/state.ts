/** The order ticket: what is typed, and what the server says it would do. */

import { computed, effect, signal } from "@preact/signals";
import { control, type Fields, type Refusal } from "../api/http.ts";
import { latest } from "../api/latest.ts";
import type { Figures, LeverageRow, Market, Mode, Preview, Side } from "../api/types.ts";
import { accountName, done, hedge, legs, market, ready, symbol, ticker } from "../state.ts";

export type Kind = "MARKET" | "LIMIT" | "STOP_MARKET" | "TAKE_PROFIT_MARKET" | "STOP" | "TAKE_PROFIT";

export const ticket = {
  side: signal<Side>("BUY"),
  kind: signal<Kind>("MARKET"),
  /** In hedge mode: opens the leg, or closes it. */
  opens: signal(true),
  quantity: signal(""),
  price: signal(""),
  trigger: signal(""),
  lifetime: signal("GTC"),
  reduces: signal(false),
  /** As chosen; without a choice those that stand. */
  mode: signal<Mode | undefined>(undefined),
  leverage: signal<string | undefined>(undefined),
};

export const preview = signal<Preview | undefined>(undefined);
export const failure = signal<Refusal | undefined>(undefined);
export const rows = signal<readonly LeverageRow[]>([]);

const leg = computed(() => legs.value.find((one) => one.position_side === positionSide.value) ?? legs.value[0]);

/** The leg an order is for. */
export const positionSide = computed(() => {
  if (!hedge.value) return "BOTH";
  return (ticket.side.value === "BUY") === ticket.opens.value ? "LONG" : "SHORT";
});
export const mode = computed<Mode>(() => ticket.mode.value ?? leg.value?.margin_mode ?? "cross");
export const leverage = computed(() => ticket.leverage.value ?? leg.value?.leverage ?? "20");
export const isLimit = computed(() => ["LIMIT", "STOP", "TAKE_PROFIT"].includes(ticket.kind.value));
export const isConditional = computed(() => !["LIMIT", "MARKET"].includes(ticket.kind.value));

const filled = (text: string): string | undefined => (text === "" ? undefined : text);

/** The order as Binance's API has it. */
export const order = computed<Fields>(() => ({
  symbol: symbol.value,
  side: ticket.side.value,
  type: ticket.kind.value,
  quantity: filled(ticket.quantity.value),
  price: isLimit.value ? filled(ticket.price.value) : undefined,
  timeInForce: isLimit.value ? ticket.lifetime.value : undefined,
  triggerPrice: isConditional.value ? filled(ticket.trigger.value) : undefined,
  positionSide: hedge.value ? positionSide.value : undefined,
  reduceOnly: ticket.reduces.value && !hedge.value ? "true" : undefined,
}));

/** What is set before it. */
export const settings = computed<Fields>(() => ({
  marginType: mode.value === "isolated" ? "ISOLATED" : "CROSSED",
  leverage: leverage.value,
}));

/** Whether enough is typed to look at what it would do. */
export const complete = computed(
  () => Number(ticket.quantity.value) > 0 && (!isLimit.value || ticket.price.value !== "") && (!isConditional.value || ticket.trigger.value !== ""),
);

/** Of a preview, the standing that the order leads to: once it is filled. */
export function outcome(told: Preview): Preview["after"] {
  return told.if_filled?.after ?? told.after;
}

/** The position of a standing that an order of the ticket is about. */
export function concerned(positions: readonly Figures[]): Figures | undefined {
  if (positionSide.value === "BOTH") return positions[0];
  return positions.find((one) => one.side === (positionSide.value === "LONG" ? "long" : "short"));
}

const wanted = computed(() => JSON.stringify({ account: accountName.value, ...order.value, ...settings.value }));

/** The mark in steps of a second: what is shown follows it without asking four times as often. */
export const pulse = signal(0);

export function followTicket(): void {
  const newest = latest<Preview>(
    (told) => { preview.value = told; failure.value = undefined; },
    (error) => { preview.value = undefined; failure.value = error; },
  );
  const every = latest<{ leverages: LeverageRow[] }>((told) => { rows.value = told.leverages; }, () => { rows.value = []; });
  effect(() => {
    const fields = JSON.parse(wanted.value) as Fields;
    void [done.value, pulse.value, ready.value];
    if (!complete.value) {
      newest.stop();
      preview.value = undefined;
      failure.value = undefined;
      return;
    }
    newest.ask((signal) => control<Preview>("preview/order", fields, signal));
  });
  // The whole track, for its refused ranges: when the order changes and with the pulse, not at every step of the slider.
  const track = computed(() => JSON.stringify({ account: accountName.value, symbol: symbol.value, ...(complete.value && !isConditional.value ? order.value : {}), marks: sampled.value }));
  let waiting: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const { marks, ...fields } = JSON.parse(track.value) as Record<string, string>;
    void [done.value, pulse.value];
    clearTimeout(waiting);
    if (marks === "") return;
    waiting = setTimeout(() => every.ask((signal) => control("preview/leverages", { ...fields, leverages: marks }, signal)), 120);
  });
  setInterval(() => { if (!document.hidden) pulse.value += 1; }, 1_000);
  // Another market: its own settings, and no price of the one before.
  effect(() => {
    void [symbol.value, accountName.value];
    for (const field of [ticket.quantity, ticket.price, ticket.trigger]) field.value = "";
    ticket.mode.value = undefined;
    ticket.leverage.value = undefined;
  });
}

/** Leverages looked at for the track: the first few, the brackets' greatest, and some between; at most fifty. */
export function sampledFor(terms: Market): string {
  const most = Number(terms.max_leverage);
  const edges = terms.brackets.map((bracket) => Math.floor(Number(bracket.max_leverage)));
  const even = Array.from({ length: 24 }, (_, at) => Math.max(1, Math.round((most * (at + 1)) / 24)));
  const all = [...new Set([1, 2, 3, 4, 5, 6, 8, 10, ...edges, ...even])].filter((one) => one >= 1 && one <= most);
  return JSON.stringify(all.sort((left, right) => left - right).slice(0, 50).map(String));
}

const sampled = computed(() => (market.value === undefined ? "" : sampledFor(market.value)));

/** A price to start from when a limit is chosen. */
export function suggestPrice(): void {
  const best = ticket.side.peek() === "BUY" ? ticker.value?.best_bid : ticker.value?.best_ask;
  if (ticket.price.peek() === "" && best !== null && best !== undefined) ticket.price.value = best;
}
