/** What did not change stays the same object: whoever draws it need not draw it again. */

import type { Desk } from "./types.ts";

function shared<T>(before: readonly T[], now: readonly T[]): readonly T[] {
  if (before.length !== now.length) return now;
  const next = now.map((row, at) => {
    const old = before[at] as T;
    return JSON.stringify(old) === JSON.stringify(row) ? old : row;
  });
  return next.every((row, at) => row === before[at]) ? before : next;
}

/** The new desk, with all of the old that is still so. */
export function share(before: Desk | undefined, now: Desk): Desk {
  if (before === undefined) return now;
  return {
    ...now,
    balances: shared(before.balances, now.balances),
    markets: shared(before.markets, now.markets),
    legs: shared(before.legs, now.legs),
    orders: shared(before.orders, now.orders),
  };
}

/** Draws something once for as long as it stays the same object. */
export function once<K extends object, D>(draw: (of: K) => D): (of: K) => D {
  const drawn = new WeakMap<K, D>();
  return (of) => {
    const known = drawn.get(of);
    if (known !== undefined) return known;
    const made = draw(of);
    drawn.set(of, made);
    return made;
  };
}
