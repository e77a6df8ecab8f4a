/** Where the liquidation price should be, and what would put it there. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { control, Refusal as Failure, signed } from "../api/http.ts";
import { latest } from "../api/latest.ts";
import { accountName, apiOf } from "../state.ts";
import { sign } from "../text/decimal.ts";
import { attempt } from "../ticket/place.ts";
import { Money, Num } from "../ui/num.tsx";
import { Field, Refusal } from "../ui/parts.tsx";
import type { About } from "./looked.tsx";

interface Answer {
  readonly side: string;
  readonly margin: string;
  readonly posted: string;
  readonly type: "1" | "2";
  readonly amount: string;
  readonly leverage: string | null;
  readonly why?: string;
}

export function TargetTab({ position, market, wanted }: About & { readonly wanted: Signal<string> }): JSX.Element {
  const answer = useSignal<Answer | undefined>(undefined);
  const failed = useSignal<Failure | undefined>(undefined);
  const newest = useMemo(
    () => latest<{ legs: Answer[] }>(
      (told) => { answer.value = told.legs.find((leg) => leg.side === position.side); failed.value = undefined; },
      (error) => { answer.value = undefined; failed.value = error; },
    ),
    [],
  );
  useSignalEffect(() => {
    const fields = { account: accountName.value, symbol: position.symbol, liquidation: wanted.value };
    if (Number(wanted.value) > 0) newest.ask((signal) => control("preview/target", fields, signal));
  });
  const told = answer.value;
  const move = (): void => {
    if (told === undefined) return;
    void attempt(async () => {
      await signed("POST", `${apiOf(position.symbol)}/positionMargin`, { symbol: position.symbol, amount: told.amount, type: told.type, positionSide: position.position_side });
      return `${told.amount} ${market.settles_in} ${told.type === "1" ? "added" : "taken out"}.`;
    });
  };
  const adds = told?.type === "1";
  return (
    <>
      <div class="row-between"><span class="quiet">Liquidation price now</span><Num value={position.liquidation_price} field="liquidation-now" /></div>
      <Field label="Put it at" name="target" unit="mark" value={wanted.value} set={(value) => { wanted.value = value; }} />
      {failed.value === undefined ? null : <Refusal code={failed.value.code} text={failed.value.message} />}
      {told === undefined ? <p class="quiet">At this mark the position should just still live.</p> : (
        <>
          <div class="row-between"><span class="quiet">Posted margin needed</span><Money value={told.margin} asset={market.settles_in} field="target-margin" /></div>
          <div class="row-between"><span class="quiet">{adds ? "To add" : "To take out"}</span><Money value={told.amount} asset={market.settles_in} field="target-amount" /></div>
          <div class="row-between"><span class="quiet">Leverage that would post it</span><Num value={told.leverage} digits={0} unit="×" field="target-leverage" /></div>
          <button type="button" class="main" disabled={sign(told.amount) === 0} onClick={move}>{adds ? "Add" : "Take out"} {told.amount} {market.settles_in}</button>
        </>
      )}
    </>
  );
}
