/** The order ticket. */

import type { JSX } from "preact";
import { control, signed } from "../api/http.ts";
import type { Mode } from "../api/types.ts";
import { accountName, api, hedge, legs, market } from "../state.ts";
import { digitsOf } from "../text/decimal.ts";
import { Money, Num } from "../ui/num.tsx";
import { Field, Refusal, Segments } from "../ui/parts.tsx";
import { Change, Purse } from "./change.tsx";
import { attempt, place } from "./place.ts";
import { Slider } from "./slider.tsx";
import { complete, concerned, failure, isConditional, isLimit, leverage, mode, order, outcome, positionSide, preview, rows, settings, suggestPrice, ticket, type Kind } from "./state.ts";

const KINDS: readonly { readonly value: Kind; readonly name: string }[] = [
  { value: "MARKET", name: "Market" },
  { value: "LIMIT", name: "Limit" },
  { value: "STOP_MARKET", name: "Stop" },
  { value: "TAKE_PROFIT_MARKET", name: "Take profit" },
];

function setHedge(wanted: boolean): void {
  if (hedge.value === wanted) return;
  void attempt(async () => {
    await signed("POST", `${api.value}/positionSide/dual`, { dualSidePosition: String(wanted) });
    return wanted ? "Hedge mode: long and short are two positions." : "One-way mode: one position per market.";
  });
}

function Modes(): JSX.Element {
  return (
    <div class="pair">
      <Segments label="Margin mode" value={mode.value} choose={(chosen: Mode) => { ticket.mode.value = chosen; }} choices={[{ value: "isolated", name: "Isolated" }, { value: "cross", name: "Cross" }]} />
      <Segments label="Position mode" value={hedge.value ? "hedge" : "one-way"} choose={(chosen) => setHedge(chosen === "hedge")} choices={[{ value: "one-way", name: "One-way" }, { value: "hedge", name: "Hedge" }]} />
    </div>
  );
}

/** Counts what was done to the quantity: an answer to an earlier wish is late. */
let wishes = 0;

/** A share of the most that the rules let open, or of the position that is closed: the server says how much that is. */
function takeShare(percent: number): void {
  const wish = (wishes += 1);
  void attemptQuietly(async () => {
    const asked = order.value;
    const fields = { account: accountName.value, ...asked, ...settings.value, quantity: undefined, percent };
    const told = await control<{ quantity: string }>("preview/share", fields);
    if (wish === wishes && order.value.symbol === asked.symbol) ticket.quantity.value = told.quantity;
  });
}

async function attemptQuietly(what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    await attempt(() => Promise.reject(error));
  }
}

function Amounts(): JSX.Element {
  const terms = market.value;
  const settles = terms?.settles_in ?? "";
  const unit = terms?.api === "/dapi" ? "contracts" : (terms?.symbol.replace(settles, "") ?? "");
  const quote = settles.startsWith("USD") ? settles : "USD";
  return (
    <>
      {isConditional.value ? <Field label="Trigger" name="trigger" unit={`${quote} mark`} value={ticket.trigger.value} set={(value) => { ticket.trigger.value = value; }} /> : null}
      {isLimit.value ? <Field label="Price" name="price" unit={quote} value={ticket.price.value} set={(value) => { ticket.price.value = value; }} /> : null}
      <Field label="Quantity" name="quantity" unit={unit} value={ticket.quantity.value} set={(value) => { wishes += 1; ticket.quantity.value = value; }} />
      <div class="shares" role="group" aria-label="Share of the most that can be opened">
        {[25, 50, 75, 100].map((percent) => <button type="button" key={percent} onClick={() => takeShare(percent)}>{percent} %</button>)}
      </div>
    </>
  );
}

function Options(): JSX.Element | null {
  if (hedge.value && !isLimit.value) return null;
  return (
    <div class="row-between">
      {hedge.value ? <span /> : (
        <label>
          <input type="checkbox" name="reduce" checked={ticket.reduces.value} onChange={(event) => { ticket.reduces.value = event.currentTarget.checked; }} /> Reduce only
        </label>
      )}
      {isLimit.value ? (
        <label class="quiet">
          lives{" "}
          <select name="lifetime" style={{ width: "auto" }} value={ticket.lifetime.value} onChange={(event) => { ticket.lifetime.value = event.currentTarget.value; }}>
            <option value="GTC">until cancelled</option>
            <option value="IOC">at once or not</option>
            <option value="FOK">whole or not</option>
            <option value="GTX">maker only</option>
          </select>
        </label>
      ) : null}
    </div>
  );
}

/** What the order would do. */
function Outcome(): JSX.Element | null {
  const [told, failed, terms] = [preview.value, failure.value, market.value];
  if (failed !== undefined) return <Refusal code={failed.code} text={failed.message} />;
  if (told === undefined || terms === undefined) return <p class="quiet">Type a quantity to see what the order would do.</p>;
  const after = outcome(told);
  const asset = terms.settles_in;
  const refused = told.refused;
  return (
    <div data-region="preview">
      {refused === null ? null : (
        <Refusal code={refused.code} text={refused.why}>
          {refused.nearest_leverage === null ? null : (
            <button type="button" class="small" onClick={() => { ticket.leverage.value = refused.nearest_leverage ?? undefined; }}>use {refused.nearest_leverage}×</button>
          )}
        </Refusal>
      )}
      {refused === null ? <Change before={concerned(told.before.positions)} after={concerned(after.positions)} asset={asset} digits={digitsOf(terms.tick)} /> : null}
      {refused === null ? <div class="row-between"><span class="quiet">Fee</span><Money value={told.if_filled?.fee ?? told.fee} asset={asset} field="fee" /></div> : null}
      {told.max_open === null ? null : <div class="row-between"><span class="quiet">Max ({told.max_open.rule})</span><Num value={told.max_open.quantity} digits={digitsOf(terms.lot)} field="max-open" /></div>}
      {told.order === undefined ? null : <div class="row-between"><span class="quiet">Order</span><span>{told.order.liquidated ? "liquidated at once" : told.order.fate === "resting" ? "rests; shown as if filled" : told.order.fate}</span></div>}
      {refused === null ? <Purse before={told.before} after={after} asset={asset} /> : null}
    </div>
  );
}

function submit(event: Event): void {
  event.preventDefault();
  if (!complete.value) return;
  const standing = legs.value.find((leg) => leg.position_side === positionSide.value);
  void place(order.value, settings.value, standing, isConditional.value);
}

export function Ticket(): JSX.Element | null {
  const terms = market.value;
  if (terms === undefined) return null;
  const buying = ticket.side.value === "BUY";
  const verb = hedge.value ? `${ticket.opens.value ? "Open" : "Close"} ${positionSide.value.toLowerCase()}` : buying ? "Buy / long" : "Sell / short";
  const standing = legs.value.find((leg) => leg.position_side === positionSide.value);
  return (
    <section class="panel ticket" aria-label="Order ticket">
      <form class="form" onSubmit={submit}>
        <Modes />
        <Segments label="Side" value={ticket.side.value} choose={(side) => { ticket.side.value = side; }} choices={[{ value: "BUY", name: "▲ Buy", colour: "buy" }, { value: "SELL", name: "▼ Sell", colour: "sell" }]} />
        {hedge.value ? <Segments label="Opens or closes" value={ticket.opens.value ? "open" : "close"} choose={(chosen) => { ticket.opens.value = chosen === "open"; }} choices={[{ value: "open", name: "Open" }, { value: "close", name: "Close" }]} /> : null}
        <Segments label="Order type" value={ticket.kind.value} choose={(kind) => { ticket.kind.value = kind; if (kind === "LIMIT") suggestPrice(); }} choices={KINDS} />
        <Amounts />
        <Options />
        <Slider value={leverage.value} now={standing?.leverage} most={terms.max_leverage} brackets={terms.brackets} rows={rows.value} asset={terms.settles_in} set={(value) => { ticket.leverage.value = value; }} />
        <Outcome />
        <button type="submit" class={buying ? "buy" : "sell"} style={{ padding: "9px" }} disabled={!complete.value || (preview.value !== undefined && !preview.value.accepted)}>
          {verb}
        </button>
      </form>
    </section>
  );
}
