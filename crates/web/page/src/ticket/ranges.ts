/** Which leverages are refused, and what a leverage allows: for the slider's track. */

import type { Bracket, LeverageRow } from "../api/types.ts";
import { compare } from "../text/decimal.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** Neighbouring leverages that are refused, as ranges. The server names the nearest that would do: there a range begins or ends. */
export function refusedRanges(rows: readonly LeverageRow[]): Range[] {
  const ranges: Range[] = [];
  let open: { from: number; to: number; why: string } | undefined;
  let before = 1;
  for (const row of rows) {
    const at = Number(row.leverage);
    if (row.accepted) {
      if (open !== undefined) ranges.push(open);
      open = undefined;
      before = at;
      continue;
    }
    const nearest = Number(row.refused?.nearest_leverage ?? at);
    open ??= { from: nearest < at ? Math.max(before, nearest) : before, to: at, why: row.refused?.why ?? "refused" };
    open.to = Math.max(at, nearest);
  }
  if (open !== undefined) ranges.push(open);
  return ranges;
}

/** The most that a position may be worth at a leverage: the cap of the last bracket that allows it. */
export function capOf(brackets: readonly Bracket[], leverage: string): string | undefined {
  return brackets.filter((bracket) => compare(bracket.max_leverage, leverage) >= 0).at(-1)?.cap;
}
