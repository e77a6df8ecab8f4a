/** The stream: one socket, which comes back by itself. */

import { effect } from "@preact/signals";
import { apiKey, link, symbol } from "../state.ts";
import { listenKey } from "./http.ts";
import { refresh } from "./follow.ts";
import { takeTickers } from "../market/days.ts";
import { takeBook, takeForced, takeTrade } from "../market/book.ts";
import { interval, takeCandle } from "../market/candles.ts";
import type { BookFrame, CandleFrame, ForcedFrame, TradeFrame } from "../market/frames.ts";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5_000;
/** A listen key lives an hour. */
const KEEP_MS = 25 * 60_000;

let socket: WebSocket | undefined;
let generation = 0;

interface Frame {
  readonly stream: string;
  readonly data: unknown;
}

function take({ stream, data }: Frame): void {
  if (stream.includes("@depth")) takeBook(data as BookFrame);
  else if (stream.endsWith("@trade")) takeTrade(data as TradeFrame);
  else if (stream.endsWith("@forceOrder")) takeForced(data as ForcedFrame);
  else if (stream.includes("@kline")) takeCandle(data as CandleFrame);
  else if (stream.startsWith("!ticker")) takeTickers(data as readonly { readonly s?: string; readonly P?: string }[]);
  else refresh();
}

/** Listen keys of both APIs, where the account has a key. */
async function listenKeys(): Promise<string[]> {
  const key = apiKey.value;
  if (key === undefined) return [];
  const both = ["/fapi", "/dapi"].map((api) => listenKey(api, key).then((told) => told.listenKey));
  return (await Promise.allSettled(both)).flatMap((told) => (told.status === "fulfilled" ? [told.value] : []));
}

async function connect(mine: number, attempt: number): Promise<void> {
  const name = symbol.value.toLowerCase();
  const streams = ["!ticker@arr", `${name}@depth20@100ms`, `${name}@trade`, `${name}@kline_${interval.value}`, `${name}@forceOrder`];
  const keys = await listenKeys();
  if (mine !== generation) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const next = new WebSocket(`${scheme}://${location.host}/stream?streams=${[...streams, ...keys].join("/")}`);
  socket = next;
  let opened = false;
  next.onopen = () => {
    opened = true;
    link.stream.value = "live";
    refresh();
  };
  next.onmessage = (message: MessageEvent<string>) => {
    if (mine === generation) take(JSON.parse(message.data) as Frame);
  };
  next.onclose = () => {
    if (mine !== generation) return;
    link.stream.value = "lost";
    const again = opened ? 0 : attempt + 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** again);
    setTimeout(() => {
      if (mine === generation) void connect(mine, again);
    }, wait);
  };
}

/** Follows the market and the account that are chosen. */
export function stream(): void {
  effect(() => {
    // Read here: a change of any of them asks for another socket.
    void [symbol.value, interval.value, apiKey.value];
    generation += 1;
    socket?.close();
    link.stream.value = "connecting";
    void connect(generation, 0);
  });
  setInterval(() => void listenKeys(), KEEP_MS);
}
