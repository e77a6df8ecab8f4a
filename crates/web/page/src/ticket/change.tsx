/** Before → after, of one position and its account: in the server's numbers. */

import type { JSX } from "preact";
import type { Figures, Moved, Standing } from "../api/types.ts";
import { sign, size } from "../text/decimal.ts";
import { Money, Num, Percent } from "../ui/num.tsx";

interface Row {
  readonly name: string;
  readonly field: string;
  readonly of: (figures: Figures | undefined) => JSX.Element;
  readonly value: (figures: Figures | undefined) => string | null | undefined;
}

function rowsOf(asset: string, digits: number): Row[] {
  const row = (name: string, field: string, value: Row["value"], draw: (value: string | null | undefined, field: string) => JSX.Element): Row => ({
    name, field, value,
    of: (figures) => (figures === undefined ? <span class="none">–</span> : draw(value(figures), field)),
  });
  const money = (value: string | null | undefined, field: string): JSX.Element => <Money value={value} asset={asset} bare field={field} />;
  const price = (value: string | null | undefined, field: string): JSX.Element => <Num value={value} digits={digits} field={field} />;
  const boxed = (figures: Figures | undefined): string | null | undefined => (figures?.margin_mode === "cross" ? null : figures?.margin_balance);
  return [
    row("Initial margin", "initial-margin", (figures) => figures?.initial_margin, money),
    row("Margin balance", "margin-balance", boxed, money),
    row("Maintenance", "maintenance", (figures) => figures?.maintenance_margin, money),
    row("Entry", "entry", (figures) => figures?.entry_price, price),
    row("Liquidation", "liquidation", (figures) => figures?.liquidation_price, price),
    row("Distance", "distance", (figures) => figures?.liquidation_distance, (value, field) => <Percent value={value} signed field={field} />),
    row("Bankruptcy", "bankruptcy", (figures) => figures?.bankruptcy_price, price),
  ];
}

export function Change(props: { readonly before: Figures | undefined; readonly after: Figures | undefined; readonly asset: string; readonly digits: number }): JSX.Element {
  const both = props.before !== undefined;
  return (
    <table class="change" aria-label="Before and after">
      <caption>{props.asset}{both ? ", now → then" : ""}</caption>
      <tbody>
        {rowsOf(props.asset, props.digits).map((row) => {
          const same = both && row.value(props.before) === row.value(props.after);
          return (
            <tr key={row.field} class={same ? "same" : ""}>
              <th scope="row">{row.name}</th>
              <td class="quiet" data-when="before">{both && !same ? row.of(props.before) : null}</td>
              <td class="arrow" aria-hidden="true">{both && !same ? "→" : ""}</td>
              <td data-when="after">{row.of(props.after)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The money that goes from wallet to position, or back. */
export function Flow({ moved, asset }: { readonly moved: Moved | null; readonly asset: string }): JSX.Element | null {
  if (moved === null) return null;
  const way = sign(moved.to_position);
  if (way === 0) return <div class="flow"><span class="quiet">No money moves.</span></div>;
  return (
    <div class="flow" data-field="flow">
      <span>{way > 0 ? "wallet" : "position"}</span>
      <span class="arrow" aria-label="to">→</span>
      <span>{way > 0 ? "position" : "wallet"}</span>
      <strong><Money value={size(moved.to_position)} asset={asset} field="moved" /></strong>
    </div>
  );
}

/** What the account has, before and after. */
export function Purse({ before, after, asset }: { readonly before: Standing; readonly after: Standing; readonly asset: string }): JSX.Element {
  return (
    <div class="money">
      <div class="row-between">
        <span class="quiet">Available</span>
        <span><Money value={before.available} asset={asset} bare field="available-before" /> <span class="quiet">→</span> <Money value={after.available} asset={asset} bare field="available-after" /></span>
      </div>
    </div>
  );
}
