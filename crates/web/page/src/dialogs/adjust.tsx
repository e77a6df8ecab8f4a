/** An open position: its margin, its leverage, its margin mode, its liquidation price. Looked at before it is done; one click does what was shown. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Position } from "../api/types.ts";
import { exchange, positions } from "../state.ts";
import { Dialog, Segments, SideTag } from "../ui/parts.tsx";
import { LeverageTab } from "./leverage.tsx";
import { MarginTab } from "./margin.tsx";
import { ModeTab } from "./mode.tsx";
import { close, type AdjustTab, type Window } from "./state.ts";
import { TargetTab } from "./target.tsx";

export function Adjust({ window }: { readonly window: Extract<Window, { kind: "adjust" }> }): JSX.Element | null {
  const tab = useSignal<AdjustTab>(window.tab);
  const wanted = useSignal(window.wanted);
  const position: Position | undefined = positions.value.find((held) => held.symbol === window.symbol && held.side === window.side);
  const market = exchange.value?.markets.find((one) => one.symbol === window.symbol);
  const title = <>{window.symbol} <SideTag side={window.side} /></>;
  if (position === undefined || market === undefined) {
    return <Dialog title={title} close={close}><p>This position is no longer there.</p></Dialog>;
  }
  const isolated = position.margin_mode === "isolated";
  const chosen = isolated || tab.value === "leverage" || tab.value === "mode" ? tab.value : "leverage";
  const all = [{ value: "margin", name: "± Margin" }, { value: "leverage", name: "Leverage" }, { value: "target", name: "Liquidation" }, { value: "mode", name: "Mode" }] as const;
  const offered = isolated ? all : all.filter((one) => one.value === "leverage" || one.value === "mode");
  const about = { position, market };
  return (
    <Dialog title={title} close={close}>
      <Segments<AdjustTab> label="What to change" value={chosen} choose={(next) => { tab.value = next; }} choices={offered} />
      {chosen === "margin" ? <MarginTab {...about} /> : null}
      {chosen === "leverage" ? <LeverageTab {...about} /> : null}
      {chosen === "target" ? <TargetTab {...about} wanted={wanted} /> : null}
      {chosen === "mode" ? <ModeTab {...about} /> : null}
    </Dialog>
  );
}
