/** Candles of the market that is chosen. */

import { signal } from "@preact/signals";
import { open } from "../api/http.ts";
import { apiOf, remember, symbol } from "../state.ts";
import type { CandleFrame } from "./frames.ts";

export const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;

export const interval = signal("1m");
export const source = signal<"last" | "mark">("last");

export interface Candle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Who draws candles. */
let drawn: ((candle: Candle) => void) | undefined;

export function onCandle(draw: ((candle: Candle) => void) | undefined): void {
  drawn = draw;
}

export function takeCandle({ s: name, k: bar }: CandleFrame): void {
  if (name !== symbol.value || bar.i !== interval.value || source.value !== "last") return;
  drawn?.(candle([bar.t, bar.o, bar.h, bar.l, bar.c, bar.v]));
}

export function chooseInterval(name: string): void {
  interval.value = name;
  remember("interval", name);
}

type Row = readonly [number, string, string, string, string, string, ...unknown[]];

/** For drawing only: pixels come of it, and no number that is shown. */
function candle([time, open, high, low, close, volume]: Row): Candle {
  return { time: time / 1000, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: Number(volume) };
}

/** What there is of the past. */
export async function pastCandles(name: string, length: string, of: "last" | "mark", limit = 500): Promise<Candle[]> {
  const path = of === "mark" ? "markPriceKlines" : "klines";
  const rows = await open<readonly Row[]>(`${apiOf(name)}/${path}`, { symbol: name, interval: length, limit });
  return rows.map(candle);
}
