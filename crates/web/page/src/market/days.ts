/** How far each market has come in 24 hours, as the server says: fractions. */

import { signal } from "@preact/signals";

export const days = signal<Readonly<Record<string, string>>>({});

interface DayTicker {
  readonly symbol?: string;
  readonly s?: string;
  readonly priceChangePercent?: string;
  readonly P?: string;
}

/** Percent as a fraction: the point two places to the left. */
export function fraction(percent: string): string {
  const negative = percent.startsWith("-");
  const [whole = "0", digits = ""] = (negative ? percent.slice(1) : percent).split(".");
  const padded = whole.padStart(3, "0");
  return `${negative ? "-" : ""}${padded.slice(0, -2)}.${padded.slice(-2)}${digits}`;
}

/** Takes what the stream of all tickers told. */
export function takeTickers(rows: readonly DayTicker[]): void {
  const next = { ...days.value };
  for (const row of rows) {
    const [name, change] = [row.s ?? row.symbol, row.P ?? row.priceChangePercent];
    if (name !== undefined && change !== undefined) next[name] = fraction(change);
  }
  days.value = next;
}
