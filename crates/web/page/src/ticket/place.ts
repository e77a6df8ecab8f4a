/** Places what was previewed: the settings first, where they differ, then the order. */

import { type Fields, Refusal, signed } from "../api/http.ts";
import type { Leg } from "../api/types.ts";
import { apiOf, done, say } from "../state.ts";

/** Sets mode and leverage where they are other than those that stand. */
async function settle(name: string, wanted: Fields, standing: Leg | undefined): Promise<void> {
  const modes = { ISOLATED: "isolated", CROSSED: "cross" } as const;
  const asked = wanted.marginType as keyof typeof modes;
  if (standing?.margin_mode !== modes[asked]) await signed("POST", `${apiOf(name)}/marginType`, { symbol: name, marginType: asked });
  if (standing?.leverage !== wanted.leverage) await signed("POST", `${apiOf(name)}/leverage`, { symbol: name, leverage: wanted.leverage });
}

interface Placed {
  readonly status?: string;
  readonly executedQty?: string;
  readonly avgPrice?: string;
  readonly algoStatus?: string;
}

/** Does something and tells how it went; answers whether it was done. */
export async function attempt(what: () => Promise<string>): Promise<boolean> {
  try {
    say("good", await what());
    return true;
  } catch (error) {
    const told = error instanceof Refusal ? `${error.message}${error.code === 0 ? "" : ` (${error.code})`}` : String(error);
    say("bad", told);
    return false;
  } finally {
    done.value += 1;
  }
}

export function place(order: Fields, settings: Fields | undefined, standing: Leg | undefined, conditional: boolean): Promise<boolean> {
  return attempt(async () => {
    const name = String(order.symbol);
    if (settings !== undefined) await settle(name, settings, standing);
    if (conditional) {
      const waiting = await signed<Placed>("POST", `${apiOf(name)}/algoOrder`, { ...order, algoType: "CONDITIONAL", workingType: "MARK_PRICE" });
      return `${order.type} ${order.side} ${order.quantity ?? ""} ${name}: ${waiting.algoStatus === "NEW" ? "waits for its trigger" : waiting.algoStatus ?? ""}.`;
    }
    const placed = await signed<Placed>("POST", `${apiOf(name)}/order`, { ...order, newOrderRespType: "RESULT" });
    const words: Record<string, string> = { FILLED: `filled at ${placed.avgPrice ?? ""}`, NEW: "rests in the book", PARTIALLY_FILLED: `${placed.executedQty ?? ""} filled, the rest rests` };
    return `${order.side} ${order.quantity} ${name}: ${words[placed.status ?? ""] ?? placed.status ?? ""}.`;
  });
}
