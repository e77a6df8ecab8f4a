/** What the page knows. Components read signals; what asks the server writes them. */

import { computed, signal } from "@preact/signals";
import type { Account, Desk, Leg, Market, Markets, Position, Story, Ticker } from "./api/types.ts";

function remembered(name: string, otherwise: string): string {
  try {
    return localStorage.getItem(`ringfence.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keeps a choice for the next visit; where the browser forbids it, for this one. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`ringfence.${name}`, value);
  } catch {
    // Private windows may forbid it.
  }
}

export const accounts = signal<readonly Account[]>([]);
export const accountName = signal(remembered("account", "alice"));
export const symbol = signal(remembered("symbol", "BTCUSDT"));
export const exchange = signal<Markets | undefined>(undefined);
export const desk = signal<Desk | undefined>(undefined);
export const stories = signal<readonly Story[]>([]);
export const theme = signal(remembered("theme", "system"));

/** Whether the server answers and the stream runs. */
export const link = { http: signal(true), stream: signal<"live" | "connecting" | "lost">("connecting") };

/** Of an exchange that others can reach. */
export const token = { value: signal(sessionStorage.getItem("ringfence.token") ?? ""), asked: signal(false) };

/** Parts of the desk, each read on its own: what did not change is not drawn anew. */
export const time = computed(() => desk.value?.time ?? 0);
export const balances = computed(() => desk.value?.balances ?? []);
export const orders = computed(() => desk.value?.orders ?? []);
export const tickers = computed(() => desk.value?.markets ?? []);
const allLegs = computed(() => desk.value?.legs ?? []);
/** In hedge mode long and short are two positions. */
export const hedge = computed(() => desk.value?.hedge === true);
export const ready = computed(() => desk.value !== undefined);
export const account = computed(() => accounts.value.find((one) => one.name === accountName.value));
export const market = computed<Market | undefined>(() => exchange.value?.markets.find((one) => one.symbol === symbol.value));
export const ticker = computed<Ticker | undefined>(() => tickers.value.find((one) => one.symbol === symbol.value));
export const legs = computed<readonly Leg[]>(() => allLegs.value.filter((leg) => leg.symbol === symbol.value));
export const positions = computed<readonly Position[]>(
  () => allLegs.value.flatMap((leg) => (leg.position === null ? [] : [leg.position])),
);
export const here = computed(() => positions.value.filter((position) => position.symbol === symbol.value));

/** The API a market belongs to, with its version. */
export function apiOf(name: string): string {
  return `${exchange.value?.markets.find((one) => one.symbol === name)?.api ?? "/fapi"}/v1`;
}

/** That of the market that is chosen. */
export const api = computed(() => apiOf(symbol.value));
/** Whether the markets are known. */
export const known = computed(() => exchange.value !== undefined);
export const apiKey = computed(() => account.value?.api_key ?? undefined);

/** Which version of an account's positions counts up when something was done. */
export const done = signal(0);

export interface Note {
  readonly id: number;
  readonly kind: "good" | "bad" | "liquidated";
  readonly text: string;
}

export const notes = signal<readonly Note[]>([]);
let lastNote = 0;

/** Most notes at once: more would hide the page. */
const MOST_NOTES = 2;

/** Says something for a while: the newest stay, and nothing stands there twice. */
export function say(kind: Note["kind"], text: string): void {
  const id = ++lastNote;
  notes.value = [...notes.value.filter((note) => note.text !== text), { id, kind, text }].slice(-MOST_NOTES);
  setTimeout(() => forget(id), kind === "good" ? 4_000 : 8_000);
}

export function forget(id: number): void {
  notes.value = notes.value.filter((note) => note.id !== id);
}
