/** What no venue has: the price, the clock and the past in one's own hands. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { control, type Fields } from "../api/http.ts";
import { lookAtMarkets } from "../api/follow.ts";
import { shownWindow } from "../dialogs/state.ts";
import { desk, exchange, market, symbol, ticker } from "../state.ts";
import { clock } from "../text/time.ts";
import { attempt } from "../ticket/place.ts";

const price = signal("");
const saved = signal(0);

function act(path: string, fields: Fields, told: string): void {
  void attempt(async () => {
    await control(path, fields);
    await lookAtMarkets();
    return told;
  });
}

function nudge(change: string): void {
  act("mark", { symbol: symbol.value, change }, `${symbol.value} nudged; its price stands still until it is let go.`);
}

function setMark(event: Event): void {
  event.preventDefault();
  if (price.value !== "") act("mark", { symbol: symbol.value, price: price.value }, `${symbol.value} marked at ${price.value}.`);
}

function Price(): JSX.Element {
  const paused = market.value?.source === "paused";
  return (
    <div class="group" role="group" aria-label="Price">
      <span class="label">Price</span>
      {[["−1 %", "-0.01"], ["−0.1 %", "-0.001"], ["+0.1 %", "0.001"], ["+1 %", "0.01"]].map(([name, change]) => (
        <button type="button" class="small" key={change} onClick={() => nudge(change ?? "0")}>{name}</button>
      ))}
      <form onSubmit={setMark} style={{ display: "flex", gap: "4px" }}>
        <input name="mark" aria-label="Set the mark to" inputMode="decimal" autocomplete="off" placeholder={ticker.value?.mark?.split(".")[0] ?? "mark"} value={price.value} onInput={(event) => { price.value = event.currentTarget.value.trim(); }} />
        <button type="submit" class="small">set</button>
      </form>
      <button type="button" class="small" onClick={() => act("crash", { symbol: symbol.value, change: "-0.2", seconds: 5 }, "Flash crash: 20 % down within 5 seconds.")}>Flash crash</button>
      <button type="button" class="small" disabled={!paused} onClick={() => act("source", { symbol: symbol.value, action: "resume" }, "The price moves by itself again.")}>▶ let go</button>
    </div>
  );
}

function Time(): JSX.Element {
  const known = exchange.value;
  const speed = known?.clock === "frozen" ? 0 : (known?.speed ?? 1);
  const at = desk.value?.time;
  return (
    <div class="group" role="group" aria-label="Time">
      <span class="label" title="the exchange's clock, UTC">{at === undefined ? "" : clock(at)}</span>
      <button type="button" class="small" aria-pressed={speed === 0} onClick={() => act("time", { action: "freeze" }, "The clock stands still.")}>❚❚</button>
      {[1, 60].map((times) => (
        <button type="button" class="small" key={times} aria-pressed={speed === times} style={speed === times ? { borderColor: "var(--accent)", color: "var(--accent)" } : {}} onClick={() => act("time", { action: "run", speed: times }, `The clock runs at ${times}×.`)}>×{times}</button>
      ))}
      <button type="button" class="small" onClick={() => act("funding", { symbol: symbol.value }, `Funding of ${symbol.value} settled.`)}>settle funding</button>
    </div>
  );
}

/** Keeps the state under a name, or goes back to it. */
function Past(): JSX.Element {
  const take = (): void => {
    void attempt(async () => {
      await control("snapshot", { name: "page" });
      saved.value = desk.value?.time ?? 1;
      return "Snapshot taken: “revert” comes back to here.";
    });
  };
  return (
    <div class="group" role="group" aria-label="Snapshots">
      <button type="button" class="small" onClick={take}>snapshot</button>
      <button type="button" class="small" disabled={saved.value === 0} title={saved.value === 0 ? "take a snapshot first" : `to ${clock(saved.value)} UTC`} onClick={() => act("revert", { name: "page" }, "Back at the snapshot.")}>revert</button>
      <button type="button" class="small" onClick={() => act("reset", {}, "Everything is as it was at the start.")}>reset</button>
    </div>
  );
}

export function Sandbox(): JSX.Element {
  return (
    <section class="panel sandbox" aria-label="Sandbox">
      <Price />
      <Time />
      <Past />
      <button type="button" class="small main" style={{ marginLeft: "auto" }} title="from the present state, along a path of the mark" onClick={() => { shownWindow.value = { kind: "compare" }; }}>Compare isolated with cross</button>
    </section>
  );
}
