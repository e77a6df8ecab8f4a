/** Adds margin to a position, or takes some out. */

import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type Fields, signed } from "../api/http.ts";
import { apiOf } from "../state.ts";
import { attempt } from "../ticket/place.ts";
import { Money } from "../ui/num.tsx";
import { Field, Segments } from "../ui/parts.tsx";
import { type About, Outcome, usePreview } from "./looked.tsx";

export function MarginTab({ position, market }: About): JSX.Element {
  const way = useSignal<"1" | "2">("1");
  const amount = useSignal("");
  const leg = position.position_side;
  const wanted = useComputed<Fields | undefined>(() =>
    Number(amount.value) > 0 ? { symbol: position.symbol, type: way.value, amount: amount.value, positionSide: leg } : undefined,
  );
  const looked = usePreview("preview/margin", wanted);
  const adds = way.value === "1";
  const most = adds ? position.max_addable : position.max_removable;
  const apply = (): void => {
    // Another amount may be typed before the answer is there.
    const asked = amount.value;
    void attempt(async () => {
      await signed("POST", `${apiOf(position.symbol)}/positionMargin`, { symbol: position.symbol, amount: asked, type: way.value, positionSide: leg });
      return `${asked} ${market.settles_in} ${adds ? "added to" : "taken out of"} the ${position.side}.`;
    }).then((worked) => { if (worked && amount.value === asked) amount.value = ""; });
  };
  return (
    <>
      <Segments label="Add or remove" value={way.value} choose={(next) => { way.value = next; }} choices={[{ value: "1", name: "+ Add" }, { value: "2", name: "− Remove" }]} />
      <div class="row-between">
        <span class="quiet">Most that can be {adds ? "added" : "removed"}</span>
        <button type="button" class="small" onClick={() => { amount.value = most ?? ""; }} aria-label={`Take the most: ${most ?? "none"}`}>
          <Money value={most} asset={market.settles_in} field="most" />
        </button>
      </div>
      {adds || position.max_removable_rule === null ? null : <div class="quiet">bound by: {position.max_removable_rule}</div>}
      <Field label="Amount" name="amount" unit={market.settles_in} value={amount.value} set={(value) => { amount.value = value; }} />
      <Outcome looked={looked.value} about={{ position, market }} />
      <button type="button" class="main" disabled={looked.value.told?.accepted !== true} onClick={apply}>
        {adds ? "Add margin" : "Remove margin"}
      </button>
    </>
  );
}
