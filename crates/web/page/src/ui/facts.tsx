/** The market that is chosen: its prices, its funding and what that will cost you. */

import type { JSX } from "preact";
import { here, market, symbol, ticker, time } from "../state.ts";
import { digitsOf, opposite, percent } from "../text/decimal.ts";
import { span } from "../text/time.ts";
import { Money, Num } from "./num.tsx";

function Fact({ name, children }: { readonly name: string; readonly children: JSX.Element | string | null }): JSX.Element {
  return (
    <dl>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </dl>
  );
}

/** What funding takes from you, or gives: of each position here. */
function Yours(): JSX.Element | null {
  const held = here.value.filter((position) => position.funding_due !== null);
  if (held.length === 0) return null;
  return (
    <Fact name="You at funding">
      <span>
        {held.map((position) => (
          <span key={position.position_side + position.side}>
            <Money value={opposite(position.funding_due ?? "0")} asset={position.asset} signed field="funding-due" />{" "}
          </span>
        ))}
      </span>
    </Fact>
  );
}

/** The time that is left: it alone is drawn anew with the clock. */
function Left({ until }: { readonly until: number | null }): JSX.Element {
  return <span>{until === null ? "none" : span(until - time.value)}</span>;
}

export function Facts(): JSX.Element | null {
  const [now, terms] = [ticker.value, market.value];
  if (now === undefined || terms === undefined) return null;
  const digits = digitsOf(terms.tick);
  return (
    <div class="facts">
      <h2 class="symbol">{symbol.value}</h2>
      <span class="price" aria-label="Mark price">
        <Num value={now.mark} digits={digits} steady field="mark" />
      </span>
      <Fact name="Last">{<Num value={now.last} digits={digits} field="last" />}</Fact>
      <Fact name="Index">{<Num value={now.index} digits={digits} steady field="index" />}</Fact>
      <Fact name="Funding">{<span data-field="funding-rate" data-value={now.funding_rate}>{percent(now.funding_rate, 4, true)} in <Left until={now.next_funding_time} /></span>}</Fact>
      <Yours />
      <Fact name="Open interest">{<Num value={now.open_interest} digits={digitsOf(terms.lot)} field="open-interest" />}</Fact>
      <Fact name="Insurance fund">{<Num value={now.insurance} digits={2} unit={terms.settles_in} field="insurance" />}</Fact>
      {terms.state === "OPEN" ? null : <span class="tag warn">{terms.state}</span>}
    </div>
  );
}
