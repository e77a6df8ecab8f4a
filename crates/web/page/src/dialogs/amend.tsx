/** Another price or quantity for an order that rests. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { signed } from "../api/http.ts";
import type { Order } from "../api/types.ts";
import { apiOf } from "../state.ts";
import { attempt } from "../ticket/place.ts";
import { Dialog, Field } from "../ui/parts.tsx";
import { close } from "./state.ts";

export function Amend({ order }: { readonly order: Order }): JSX.Element {
  const price = useSignal(order.price ?? "");
  const quantity = useSignal(order.quantity);
  const apply = (): void => {
    const asked = price.value;
    void attempt(async () => {
      await signed("PUT", `${apiOf(order.symbol)}/order`, { symbol: order.symbol, orderId: order.id, side: order.side, quantity: quantity.value, price: asked });
      return `Order ${order.id} is at ${asked} now.`;
    }).then((worked) => { if (worked) close(); });
  };
  return (
    <Dialog title={`Move order ${order.id} in ${order.symbol}`} close={close}>
      <Field label="Price" name="amend-price" value={price.value} set={(value) => { price.value = value; }} />
      <Field label="Quantity" name="amend-quantity" value={quantity.value} set={(value) => { quantity.value = value; }} />
      <button type="button" class="main" onClick={apply}>Move it</button>
    </Dialog>
  );
}
