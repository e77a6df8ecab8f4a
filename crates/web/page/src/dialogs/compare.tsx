/** The same positions under isolated and under cross, along a path of the mark: the server runs both. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { control, Refusal as Failure } from "../api/http.ts";
import type { Figures, Mode } from "../api/types.ts";
import { accountName, exchange, market, symbol, token } from "../state.ts";
import { Money, Num } from "../ui/num.tsx";
import { Dialog, Refusal, Segments, SideTag } from "../ui/parts.tsx";
import { Curve, DrawPath, type Point } from "./curve.tsx";
import { close } from "./state.ts";

interface Ended {
  readonly step: number;
  readonly mark: string;
  readonly lost: string;
  readonly insurance_paid: string;
}

interface Fate {
  readonly symbol: string;
  readonly side: "long" | "short";
  readonly start: Figures;
  readonly liquidated: Ended | null;
  readonly end: Figures | null;
}

interface Purse {
  readonly asset: string;
  readonly wallet: string;
  readonly margin_balance: string;
}

export interface Run {
  readonly mode: Mode;
  readonly refused: readonly { readonly symbol: string; readonly why: string }[];
  readonly before: readonly Purse[];
  readonly after: readonly Purse[];
  readonly positions: readonly Fate[];
  readonly curve: readonly Point[];
}

const PATHS = [
  { value: "-5", name: "−5 %", fields: { path: '["-0.05"]' } },
  { value: "-10", name: "−10 %", fields: { path: '["-0.1"]' } },
  { value: "-20", name: "−20 %", fields: { path: '["-0.2"]' } },
  { value: "2020-03", name: "March 2020", fields: { recorded: "2020-03" } },
  { value: "2021-05", name: "May 2021", fields: { recorded: "2021-05" } },
  { value: "drawn", name: "Drawn", fields: {} },
] as const;

type PathName = (typeof PATHS)[number]["value"];

const chosen = signal<PathName>("-10");
const all = signal<"ONE" | "ALL">("ONE");
const drawn = signal<readonly string[]>([]);
const runs = signal<readonly Run[] | undefined>(undefined);
/** Where the report of the runs is: a link cannot carry a token. */
const report = signal("");
const failed = signal<Failure | undefined>(undefined);

async function run(): Promise<void> {
  const path = chosen.value === "drawn" ? { path: JSON.stringify(drawn.value) } : PATHS.find((one) => one.value === chosen.value)?.fields;
  const fields = { account: accountName.value, symbol: symbol.value, markets: all.value, ...path };
  try {
    const told = await control<{ runs: Run[] }>("compare", fields);
    runs.value = told.runs;
    report.value = `/local/v1/compare/report?${new URLSearchParams(fields)}`;
    failed.value = undefined;
  } catch (error) {
    runs.value = undefined;
    failed.value = error instanceof Failure ? error : new Failure(0, String(error), 0);
  }
}

function One({ fate }: { readonly fate: Fate }): JSX.Element {
  const asset = exchange.value?.markets.find((one) => one.symbol === fate.symbol)?.settles_in ?? "";
  const { liquidated } = fate;
  return (
    <div data-fate={`${fate.symbol} ${fate.side}`}>
      <SideTag side={fate.side}><strong>{fate.symbol}</strong></SideTag>{" "}
      {liquidated === null ? (
        fate.end === null ? <span class="warn">closed</span> : <span>lives, <Money value={fate.end.unrealised_pnl} asset={asset} signed field="fate-pnl" /></span>
      ) : (
        <span><span class="danger">■ liquidated</span> at <Num value={liquidated.mark} digits={2} field="fate-mark" />, lost <Money value={liquidated.lost} asset={asset} field="fate-lost" /></span>
      )}
    </div>
  );
}

function Side({ told }: { readonly told: Run }): JSX.Element {
  const asset = market.value?.settles_in ?? "";
  const [before, after] = [told.before, told.after].map((purses) => purses.find((purse) => purse.asset === asset));
  return (
    <section data-run={told.mode}>
      <h3>{told.mode === "isolated" ? "▣ Isolated" : "◯ Cross"}</h3>
      {told.refused.map((one) => <p class="warn" key={one.symbol}>{one.symbol} stays as it is: {one.why}</p>)}
      {told.positions.length === 0 ? <p class="quiet">no position</p> : told.positions.map((fate) => <One key={fate.symbol + fate.side} fate={fate} />)}
      <div class="money">
        <div class="row-between"><span class="quiet">Margin balance before</span><Money value={before?.margin_balance} asset={asset} /></div>
        <div class="row-between"><span class="quiet">Margin balance after</span><strong><Money value={after?.margin_balance} asset={asset} field="worth-after" /></strong></div>
      </div>
    </section>
  );
}

export function Compare(): JSX.Element {
  const told = runs.value;
  return (
    <Dialog wide title={`Isolated beside cross: ${accountName.value}, from here, ${symbol.value}`} close={close}>
      <Segments<PathName> label="Path of the mark" value={chosen.value} choose={(path) => { chosen.value = path; runs.value = undefined; }} choices={PATHS} />
      {chosen.value === "drawn" ? <DrawPath points={drawn} /> : null}
      <div class="row-between">
        <label><input type="checkbox" name="all-markets" checked={all.value === "ALL"} onChange={(event) => { all.value = event.currentTarget.checked ? "ALL" : "ONE"; }} /> the other markets fall with it</label>
        <button type="button" class="main" disabled={chosen.value === "drawn" && drawn.value.length === 0} onClick={() => void run()}>Compare</button>
      </div>
      <p class="quiet">Both run on copies of the exchange: nothing here changes. Open orders are cancelled on the copies, time stands still.</p>
      {failed.value === undefined ? null : <Refusal code={failed.value.code} text={failed.value.message} />}
      {told === undefined ? null : <Curve runs={told} />}
      {told === undefined || token.value.value !== "" ? null : <a href={report.value} target="_blank">Report</a>}
      {told === undefined ? null : <div class="twin">{told.map((one) => <Side key={one.mode} told={one} />)}</div>}
    </Dialog>
  );
}
