/** What was: orders, trades and income of the market that is chosen, each as a file, too. */

import { type Signal, signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { type Fields, Refusal as Failure, signed } from "../api/http.ts";
import { accountName, api, apiKey, done, known, symbol } from "../state.ts";
import { type Cell, csv, download } from "../text/csv.ts";
import { stamp } from "../text/time.ts";
import { Num } from "../ui/num.tsx";
import { Refusal } from "../ui/parts.tsx";
import { KINDS } from "./orders.tsx";

type Row = Readonly<Record<string, Cell>>;

/** Trades of others change what is shown here, too: every few seconds it is asked again. */
const slow = signal(0);
setInterval(() => {
  if (!document.hidden) slow.value += 1;
}, 3_000);

interface Column {
  readonly name: string;
  readonly of: string;
  readonly kind: "text" | "name" | "number" | "signed" | "time";
}

export interface History {
  readonly name: string;
  readonly path: string;
  readonly fields: Fields;
  readonly columns: readonly Column[];
}

const column = (name: string, of: string, kind: Column["kind"] = "text"): Column => ({ name, of, kind });
const TIME = column("Time (UTC)", "time", "time");
const SYMBOL = column("Market", "symbol", "name");

export const HISTORIES: Readonly<Record<"history" | "conditional" | "trades" | "income", History>> = {
  history: {
    name: "orders", path: "/allOrders", fields: { limit: 500 },
    columns: [TIME, SYMBOL, column("Order", "orderId"), column("Side", "side"), column("Leg", "positionSide"), column("Type", "type"), column("Price", "price", "number"), column("Average", "avgPrice", "number"), column("Quantity", "origQty", "number"), column("Filled", "executedQty", "number"), column("State", "status")],
  },
  conditional: {
    name: "conditional-orders", path: "/allAlgoOrders", fields: { limit: 500 },
    columns: [column("Time (UTC)", "createTime", "time"), SYMBOL, column("Order", "algoId"), column("Side", "side"), column("Type", "orderType"), column("Trigger", "triggerPrice", "number"), column("Quantity", "quantity", "number"), column("State", "algoStatus")],
  },
  trades: {
    name: "trades", path: "/userTrades", fields: { limit: 500 },
    columns: [TIME, SYMBOL, column("Trade", "id"), column("Side", "side"), column("Leg", "positionSide"), column("Price", "price", "number"), column("Quantity", "qty", "number"), column("Realised", "realizedPnl", "signed"), column("Fee", "commission", "number"), column("In", "commissionAsset", "name"), column("Maker", "maker")],
  },
  income: {
    name: "income", path: "/income", fields: { limit: 1000 },
    columns: [TIME, SYMBOL, column("What", "incomeType"), column("Amount", "income", "signed"), column("In", "asset", "name")],
  },
};

/** The API's words as the other tables have them. */
const WORDS: Readonly<Record<string, string>> = {
  ...KINDS, REALIZED_PNL: "realised profit", COMMISSION: "fee", FUNDING_FEE: "funding", INSURANCE_CLEAR: "liquidation, insurance", BOTH: "one-way", true: "yes", false: "no",
};

function Shown({ column: { kind, of }, row }: { readonly column: Column; readonly row: Row }): JSX.Element {
  const value = row[of] ?? null;
  if (value === null) return <span class="quiet">–</span>;
  if (kind === "time") return <span class="quiet">{stamp(Number(value))}</span>;
  if (kind === "number" || kind === "signed") return <Num value={String(value)} digits={0} signed={kind === "signed"} />;
  const text = String(value);
  return <span>{kind === "name" ? text : WORDS[text] ?? text.toLowerCase().replaceAll("_", " ")}</span>;
}

/** Asks anew when something was done, and every few seconds. */
function useRows(history: History, rows: Signal<readonly Row[] | undefined>, failed: Signal<Failure | undefined>): void {
  useSignalEffect(() => {
    const [who, name, prefix] = [accountName.value, symbol.value, api.value];
    void [done.value, slow.value];
    if (!known.value || apiKey.value === undefined) return;
    signed<Row[]>("GET", prefix + history.path, { symbol: name, ...history.fields }).then(
      (found) => {
        if (who === accountName.value && name === symbol.value) { rows.value = [...found].reverse(); failed.value = undefined; }
      },
      (error: unknown) => { failed.value = error instanceof Failure ? error : undefined; },
    );
  });
}

export function Past({ history }: { readonly history: History }): JSX.Element {
  const rows = useSignal<readonly Row[] | undefined>(undefined);
  const failed = useSignal<Failure | undefined>(undefined);
  useRows(history, rows, failed);
  const found = rows.value ?? [];
  const save = (): void => {
    const names = history.columns.map((one) => one.of);
    download(`${accountName.value}-${symbol.value}-${history.name}.csv`, csv(names, found.map((row) => names.map((name) => row[name] ?? null))));
  };
  if (failed.value !== undefined) return <Refusal code={failed.value.code} text={failed.value.message} />;
  if (found.length === 0) return <p class="empty">Nothing yet in {symbol.value}.</p>;
  return (
    <>
      <div class="row-between" style={{ padding: "4px 10px" }}>
        <span class="quiet">{found.length} in {symbol.value}, newest first</span>
        <button type="button" class="small" onClick={save}>CSV</button>
      </div>
      <div class="scroll" style={{ maxHeight: "340px", overflowY: "auto" }} tabIndex={0}>
        <table class="rows cards" aria-label={history.name}>
          <thead><tr>{history.columns.map((one) => <th scope="col" key={one.of}>{one.name}</th>)}</tr></thead>
          <tbody>
            {found.slice(0, 200).map((row, at) => (
              <tr key={at}>{history.columns.map((one) => <td key={one.of} data-name={one.name}><Shown column={one} row={row} /></td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
