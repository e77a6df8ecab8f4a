/** Another leverage for an open position. */

import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { control, type Fields, signed } from "../api/http.ts";
import type { LeverageRow } from "../api/types.ts";
import { accountName, apiOf, done } from "../state.ts";
import { attempt } from "../ticket/place.ts";
import { pulse, sampledFor } from "../ticket/state.ts";
import { Slider } from "../ticket/slider.tsx";
import { type About, Outcome, usePreview } from "./looked.tsx";

export function LeverageTab({ position, market }: About): JSX.Element {
  const chosen = useSignal(position.leverage);
  const rows = useSignal<readonly LeverageRow[]>([]);
  const wanted = useComputed<Fields | undefined>(() => (chosen.value === position.leverage ? undefined : { symbol: position.symbol, leverage: chosen.value }));
  const looked = usePreview("preview/leverage", wanted);
  useEffect(() => {
    const fields = { account: accountName.value, symbol: position.symbol, leverages: sampledFor(market) };
    control<{ leverages: LeverageRow[] }>("preview/leverages", fields).then((told) => { rows.value = told.leverages; }, () => undefined);
  }, [done.value, pulse.value, position.symbol]);
  const apply = (): void => {
    const asked = chosen.value;
    void attempt(async () => {
      await signed("POST", `${apiOf(position.symbol)}/leverage`, { symbol: position.symbol, leverage: asked });
      return `Leverage of ${position.symbol} is ${asked}× now.`;
    });
  };
  return (
    <>
      <Slider value={chosen.value} now={position.leverage} most={market.max_leverage} brackets={market.brackets} rows={rows.value} asset={market.settles_in} set={(value) => { chosen.value = value; }} />
      <Outcome looked={looked.value} about={{ position, market }} />
      <button type="button" class="main" disabled={looked.value.told?.accepted !== true} onClick={apply}>
        Set {chosen.value}×
      </button>
    </>
  );
}
