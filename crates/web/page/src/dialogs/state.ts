/** Which window is open over the page. */

import { signal } from "@preact/signals";
import type { Order, Position, PositionSide } from "../api/types.ts";

export type AdjustTab = "margin" | "leverage" | "mode" | "target";

export type Window =
  | { readonly kind: "adjust"; readonly symbol: string; readonly positionSide: PositionSide; readonly side: "long" | "short"; readonly tab: AdjustTab; readonly wanted: string }
  | { readonly kind: "explain"; readonly symbol: string; readonly about: "position" | "liquidation" }
  | { readonly kind: "amend"; readonly order: Order }
  | { readonly kind: "compare" };

export const shownWindow = signal<Window | undefined>(undefined);

export function adjust(position: Position, tab: AdjustTab, wanted = ""): void {
  shownWindow.value = { kind: "adjust", symbol: position.symbol, positionSide: position.position_side, side: position.side, tab, wanted };
}

export function close(): void {
  shownWindow.value = undefined;
}
