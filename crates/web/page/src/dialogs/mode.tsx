/** Isolated to cross, or back. */

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { type Fields, signed } from "../api/http.ts";
import { apiOf } from "../state.ts";
import { attempt } from "../ticket/place.ts";
import { type About, Outcome, usePreview } from "./looked.tsx";

export function ModeTab({ position, market }: About): JSX.Element {
  const next = position.margin_mode === "isolated" ? "CROSSED" : "ISOLATED";
  const wanted = useComputed<Fields | undefined>(() => ({ symbol: position.symbol, marginType: next }));
  const looked = usePreview("preview/margin-mode", wanted);
  const apply = (): void => {
    void attempt(async () => {
      await signed("POST", `${apiOf(position.symbol)}/marginType`, { symbol: position.symbol, marginType: next });
      return `${position.symbol} is on ${next === "CROSSED" ? "cross" : "isolated"} now.`;
    });
  };
  return (
    <>
      <p>
        {next === "CROSSED"
          ? "On cross the position has no box of its own: all free money of the account in this asset stands behind it, and can be lost with it."
          : "On isolated only its posted margin stands behind the position: a loss ends at the wall of its box."}
      </p>
      <Outcome looked={looked.value} about={{ position, market }} />
      <button type="button" class="main" disabled={looked.value.told?.accepted !== true} onClick={apply}>
        Switch to {next === "CROSSED" ? "cross" : "isolated"}
      </button>
    </>
  );
}
