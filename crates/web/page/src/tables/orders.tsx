/** Open orders, of all markets, conditional ones included. */

import type { JSX } from "preact";
import { signed } from "../api/http.ts";
import type { Order } from "../api/types.ts";
import { shownWindow } from "../dialogs/state.ts";
import { apiOf, exchange, orders } from "../state.ts";
import { digitsOf } from "../text/decimal.ts";
import { stamp } from "../text/time.ts";
import { attempt } from "../ticket/place.ts";
import { Num } from "../ui/num.tsx";
import { SideTag } from "../ui/parts.tsx";

export const KINDS: Readonly<Record<string, string>> = {
  LIMIT: "limit", MARKET: "market", STOP: "stop limit", STOP_MARKET: "stop", TAKE_PROFIT: "take profit limit", TAKE_PROFIT_MARKET: "take profit", TRAILING_STOP_MARKET: "trailing stop",
};

function cancel(order: Order): void {
  void attempt(async () => {
    const api = apiOf(order.symbol);
    if (order.waiting) await signed("DELETE", `${api}/algoOrder`, { symbol: order.symbol, algoId: order.id });
    else await signed("DELETE", `${api}/order`, { symbol: order.symbol, orderId: order.id });
    return `Order ${order.id} cancelled.`;
  });
}

export function Orders(): JSX.Element {
  if (orders.value.length === 0) return <p class="empty">No open order.</p>;
  return (
    <div class="scroll">
      <table class="rows cards" aria-label="Open orders">
        <thead><tr>{["Order", "Type", "Price", "Trigger", "Quantity", "Filled", "Since (UTC)", ""].map((name) => <th scope="col" key={name}>{name}</th>)}</tr></thead>
        <tbody>
          {orders.value.map((order) => {
            const terms = exchange.value?.markets.find((one) => one.symbol === order.symbol);
            const [price, lots] = [digitsOf(terms?.tick ?? "0.1"), digitsOf(terms?.lot ?? "0.001")];
            return (
              <tr key={`${order.symbol}${order.id}`} data-order={order.id}>
                <td data-name=""><SideTag side={order.side === "BUY" ? "buy" : "sell"}><strong>{order.symbol}</strong></SideTag>{order.position_side === "BOTH" ? null : <span class="under">{order.position_side.toLowerCase()}</span>}</td>
                <td data-name="Type">{KINDS[order.kind] ?? order.kind}{order.closes ? " · closes" : order.reduces ? " · reduces" : ""}</td>
                <td data-name="Price">{order.price === null ? <span class="quiet">market</span> : <Num value={order.price} digits={price} field="price" />}</td>
                <td data-name="Trigger">{order.trigger === null ? <span class="quiet">–</span> : <Num value={order.trigger} digits={price} />}</td>
                <td data-name="Quantity"><Num value={order.quantity} digits={lots} /></td>
                <td data-name="Filled"><Num value={order.executed} digits={lots} /></td>
                <td data-name="Since (UTC)" class="quiet">{stamp(order.time)}</td>
                <td data-name="" class="whole">
                  <span class="do">
                    {order.waiting ? null : <button type="button" class="small" onClick={() => { shownWindow.value = { kind: "amend", order }; }}>Move</button>}
                    <button type="button" class="small" aria-label={`Cancel order ${order.id}`} onClick={() => cancel(order)}>Cancel</button>
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
