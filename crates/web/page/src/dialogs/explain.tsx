/** How a number came about: the server's own steps. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../api/http.ts";
import type { Explained } from "../api/types.ts";
import { accountName } from "../state.ts";
import { Dialog } from "../ui/parts.tsx";
import { close } from "./state.ts";

export function Explain({ symbol, about }: { readonly symbol: string; readonly about: "position" | "liquidation" }): JSX.Element {
  const told = useSignal<Explained | undefined>(undefined);
  const failed = useSignal("");
  useEffect(() => {
    ask<Explained>("explain", { account: accountName.value, symbol, about }).then(
      (found) => { told.value = found; },
      (error: unknown) => { failed.value = String(error); },
    );
  }, [symbol, about]);
  const found = told.value;
  return (
    <Dialog wide title={found?.title ?? symbol} close={close}>
      {failed.value === "" ? null : <p class="warn">{failed.value}</p>}
      {found === undefined || about === "position" ? null : <div>{found.text.map((line) => <p key={line}>{line}</p>)}</div>}
      <div class="steps">
        {found?.steps.map((step) => (
          <section key={step.name + step.result}>
            <div class="row-between"><strong>{step.name}</strong><strong class="num">{step.result}</strong></div>
            <code>{step.formula}</code>
            <div class="inputs">{step.inputs.map((input) => <span key={input.name}><span class="quiet">{input.name}</span> {input.value}</span>)}</div>
            <span class="quiet">{step.rounding === null ? "" : `rounding: ${step.rounding} · `}{step.source}</span>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
