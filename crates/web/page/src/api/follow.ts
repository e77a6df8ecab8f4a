/** Keeps what the page knows up to date. */

import { effect } from "@preact/signals";
import { accountName, accounts, desk, done, exchange, say, stories } from "../state.ts";
import { share } from "./share.ts";
import type { Account, Desk, Market, Markets, Story } from "./types.ts";
import { ask, Refusal } from "./http.ts";

/** Between two looks at the desk; sooner when something happens. */
const EVERY_MS = 250;
const MARKETS_MS = 3_000;
const RETRY_MS = 1_000;

let hurry: (() => void) | undefined;

/** Looks at the desk at once. */
export function refresh(): void {
  hurry?.();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    hurry = () => {
      clearTimeout(timer);
      setTimeout(resolve, 15);
    };
  });
}

const visible = (): Promise<void> =>
  document.hidden ? new Promise((resolve) => document.addEventListener("visibilitychange", () => resolve(), { once: true })) : Promise.resolve();

async function followDesk(): Promise<never> {
  for (;;) {
    await visible();
    const who = accountName.value;
    let pause = EVERY_MS;
    try {
      const found = await ask<Desk>("desk", { account: who });
      if (who === accountName.value) {
        const before = desk.value?.latest_liquidation;
        desk.value = share(desk.value, found);
        if (before !== found.latest_liquidation) void followStories(who, before !== undefined && before < found.latest_liquidation);
      }
    } catch (error) {
      pause = RETRY_MS;
      if (error instanceof Refusal && error.status === 400) await followAccounts();
    }
    await wait(pause);
  }
}

async function followStories(who: string, tell: boolean): Promise<void> {
  const found = await ask<Story[]>("liquidations", { account: who }).catch(() => undefined);
  if (found === undefined || who !== accountName.value) return;
  const known = new Set(stories.value.map((story) => story.id));
  stories.value = found;
  // They come newest first, and the newest is to be said last.
  for (const story of tell ? found.filter((one) => !known.has(one.id)).reverse() : []) {
    say("liquidated", `${who}: your ${story.side} ${story.quantity} ${story.symbol} was liquidated at mark ${story.mark}: ${story.lost} ${story.asset} lost.`);
  }
}

export async function followAccounts(): Promise<void> {
  const found = await ask<Account[]>("accounts");
  accounts.value = found.filter((one) => !one.house);
  if (!accounts.value.some((one) => one.name === accountName.value)) {
    const first = accounts.value[0];
    if (first !== undefined) accountName.value = first.name;
  }
}

async function followMarkets(): Promise<never> {
  for (;;) {
    await visible();
    await lookAtMarkets();
    await new Promise((resolve) => setTimeout(resolve, MARKETS_MS));
  }
}

function standing({ symbol, api, settles_in, state, max_leverage, tick, lot, mark_step, brackets, source }: Market): Market {
  return { symbol, api, settles_in, state, max_leverage, tick, lot, mark_step, brackets, source };
}

export async function lookAtMarkets(): Promise<void> {
  const found = await ask<Markets>("markets").catch(() => undefined);
  if (found === undefined) return;
  // What moves is in the desk: here only what stands is kept, and it changes seldom.
  const next = { clock: found.clock, speed: found.speed, markets: found.markets.map(standing) };
  if (JSON.stringify(next) !== JSON.stringify(exchange.value)) exchange.value = next;
}

export function follow(): void {
  void followAccounts().catch(() => undefined);
  void followMarkets();
  void followDesk();
  effect(() => {
    accountName.value;
    desk.value = undefined;
    stories.value = [];
    refresh();
  });
  effect(() => {
    done.value;
    refresh();
  });
}
