/** The book and the latest trades of the market that is chosen. */

import { effect, signal } from "@preact/signals";
import { open } from "../api/http.ts";
import { api, known, symbol } from "../state.ts";
import type { BookFrame, ForcedFrame, TradeFrame } from "./frames.ts";

export interface Book {
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export interface Print {
  readonly key: string;
  readonly price: string;
  readonly quantity: string;
  /** Who took: bought or sold. */
  readonly side: "buy" | "sell";
  readonly time: number;
  readonly forced: boolean;
}

const MOST_PRINTS = 40;

export const book = signal<Book>({ bids: [], asks: [] });
export const prints = signal<readonly Print[]>([]);

/** Between two drawings: no eye follows more. */
const DRAW_MS = 100;

// Frames come more often than that: what came last is shown at the next turn.
let coming: { book?: Book; prints: Print[] } = { prints: [] };
let planned = false;

function plan(): void {
  if (planned) return;
  planned = true;
  setTimeout(() => {
    planned = false;
    const { book: next, prints: added } = coming;
    coming = { prints: [] };
    if (next !== undefined) book.value = next;
    if (added.length > 0) prints.value = [...added.reverse(), ...prints.value].slice(0, MOST_PRINTS);
  }, DRAW_MS);
}

export function takeBook(frame: BookFrame): void {
  if (frame.s !== symbol.value) return;
  coming.book = { bids: frame.b, asks: frame.a };
  plan();
}

export function takeTrade(frame: TradeFrame): void {
  if (frame.s !== symbol.value) return;
  coming.prints.push({ key: `t${frame.t}`, price: frame.p, quantity: frame.q, side: frame.m ? "sell" : "buy", time: frame.T, forced: false });
  plan();
}

export function takeForced({ o: order }: ForcedFrame): void {
  if (order.s !== symbol.value) return;
  const side = order.S === "BUY" ? "buy" : "sell";
  coming.prints.push({ key: `f${order.T}${order.q}`, price: order.ap, quantity: order.z, side, time: order.T, forced: true });
  plan();
}

interface Depth {
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

interface RecentTrade {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly time: number;
  readonly isBuyerMaker: boolean;
}

/** Another market: what it has, before its stream tells more. */
export function followBook(): void {
  effect(() => {
    const name = symbol.value;
    const prefix = api.value;
    if (!known.value) return;
    book.value = { bids: [], asks: [] };
    prints.value = [];
    void open<Depth>(`${prefix}/depth`, { symbol: name, limit: 20 })
      .then((found) => { if (name === symbol.value && book.value.bids.length === 0) book.value = found; })
      .catch(() => undefined);
    void open<readonly RecentTrade[]>(`${prefix}/trades`, { symbol: name, limit: MOST_PRINTS })
      .then((found) => { if (name === symbol.value) prints.value = found.map(printOf).reverse(); })
      .catch(() => undefined);
  });
}

function printOf(trade: RecentTrade): Print {
  const side = trade.isBuyerMaker ? "sell" : "buy";
  return { key: `t${trade.id}`, price: trade.price, quantity: trade.qty, side, time: trade.time, forced: false };
}
