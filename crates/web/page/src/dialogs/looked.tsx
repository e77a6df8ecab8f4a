/** What a change of an open position would do, asked anew whenever it changes and once a second. */

import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { control, type Fields, type Refusal as Failure } from "../api/http.ts";
import { latest } from "../api/latest.ts";
import type { Market, Position, Preview } from "../api/types.ts";
import { accountName, desk, done } from "../state.ts";
import { digitsOf } from "../text/decimal.ts";
import { Change, Flow, Purse } from "../ticket/change.tsx";
import { Refusal } from "../ui/parts.tsx";

export interface About {
  readonly position: Position;
  readonly market: Market;
}

export interface Looked {
  readonly told: Preview | undefined;
  readonly failed: Failure | undefined;
}

/** Looks at a change; `undefined` looks at nothing. */
export function usePreview(path: string, wanted: Signal<Fields | undefined>): Signal<Looked> {
  const looked = useSignal<Looked>({ told: undefined, failed: undefined });
  const newest = useMemo(
    () => latest<Preview>((told) => { looked.value = { told, failed: undefined }; }, (failed) => { looked.value = { told: undefined, failed }; }),
    [],
  );
  const text = useComputed(() => (wanted.value === undefined ? "" : JSON.stringify(wanted.value)));
  const second = useComputed(() => Math.floor((desk.value?.time ?? 0) / 1_000));
  useSignalEffect(() => {
    void [done.value, second.value];
    if (text.value === "") {
      newest.stop();
      looked.value = { told: undefined, failed: undefined };
      return;
    }
    const fields = { account: accountName.value, ...(JSON.parse(text.value) as Fields) };
    newest.ask((signal) => control<Preview>(path, fields, signal));
  });
  return looked;
}

export function Outcome({ looked, about }: { readonly looked: Looked; readonly about: About }): JSX.Element | null {
  const { told, failed } = looked;
  if (failed !== undefined) return <Refusal code={failed.code} text={failed.message} />;
  if (told === undefined) return null;
  if (told.refused !== null) return <Refusal code={told.refused.code} text={told.refused.why} />;
  const asset = about.market.settles_in;
  const of = (positions: Preview["after"]["positions"]): Preview["after"]["positions"][number] | undefined => positions.find((one) => one.side === about.position.side);
  return (
    <div data-region="preview" style={{ display: "grid", gap: "8px" }}>
      <Flow moved={told.moved} asset={asset} />
      <Change before={of(told.before.positions)} after={of(told.after.positions)} asset={asset} digits={digitsOf(about.market.tick)} />
      <Purse before={told.before} after={told.after} asset={asset} />
    </div>
  );
}
