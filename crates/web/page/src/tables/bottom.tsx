/** Tables below the chart. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { orders, positions, stories } from "../state.ts";
import { Orders } from "./orders.tsx";
import { HISTORIES, Past } from "./past.tsx";
import { Positions } from "./positions.tsx";
import { Stories } from "./story.tsx";

const TABS = ["positions", "orders", "history", "conditional", "trades", "income", "liquidations"] as const;
type Tab = (typeof TABS)[number];

const shown = signal<Tab>("positions");

function nameOf(tab: Tab): string {
  const counts: Partial<Record<Tab, number>> = { positions: positions.value.length, orders: orders.value.length, liquidations: stories.value.length };
  const names: Record<Tab, string> = { positions: "Positions", orders: "Open orders", history: "Order history", conditional: "Conditional", trades: "Trades", income: "Income", liquidations: "Liquidations" };
  const count = counts[tab];
  return count === undefined || count === 0 ? names[tab] : `${names[tab]} ${count}`;
}

function move(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const next = TABS[(TABS.indexOf(shown.value) + step + TABS.length) % TABS.length];
  if (next === undefined) return;
  shown.value = next;
  document.getElementById(`tab-${next}`)?.focus();
}

export function Bottom(): JSX.Element {
  const tab = shown.value;
  return (
    <section class="panel bottom" aria-label="Positions, orders and history">
      <div class="tabs" role="tablist" aria-label="Tables" onKeyDown={move}>
        {TABS.map((one) => (
          <button type="button" role="tab" key={one} id={`tab-${one}`} aria-selected={tab === one} aria-controls="table" tabIndex={tab === one ? 0 : -1} onClick={() => { shown.value = one; }}>
            {nameOf(one)}
          </button>
        ))}
      </div>
      <div id="table" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "positions" ? <Positions /> : null}
        {tab === "orders" ? <Orders /> : null}
        {tab === "liquidations" ? <Stories /> : null}
        {tab === "history" || tab === "conditional" || tab === "trades" || tab === "income" ? <Past key={tab} history={HISTORIES[tab]} /> : null}
      </div>
    </section>
  );
}
