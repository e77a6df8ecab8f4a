/** Open positions, of all markets. */

import type { JSX } from "preact";
import { once } from "../api/share.ts";
import type { Position } from "../api/types.ts";
import { adjust, shownWindow } from "../dialogs/state.ts";
import { exchange, positions, ready } from "../state.ts";
import { digitsOf, fill } from "../text/decimal.ts";
import { place } from "../ticket/place.ts";
import { choose } from "../ui/header.tsx";
import { Money, Num, Percent } from "../ui/num.tsx";
import { SideTag } from "../ui/parts.tsx";

/** How near to liquidation: shown as a bar, a word and a number. */
export function Ratio({ value }: { readonly value: string | null }): JSX.Element {
  if (value === null) return <span class="none">none</span>;
  const full = fill(value, "1");
  const word = full >= 0.8 ? "close" : full >= 0.5 ? "near" : "safe";
  return (
    <span>
      <span class={`ratio ${word}`} role="meter" aria-label={`margin ratio, ${word}`} aria-valuemin={0} aria-valuemax={1} aria-valuenow={full}>
        <i style={{ width: `${full * 100}%` }} />
      </span>{" "}
      <Percent value={value} digits={1} field="margin-ratio" />
    </span>
  );
}

/** One's place in the queue of those who would be deleveraged: five lights, all lit is first. */
function Lights({ place: lit }: { readonly place: number }): JSX.Element {
  return (
    <span class="lights" role="img" aria-label={`auto-deleveraging: ${lit} of 5 lights`} title={`auto-deleveraging queue: ${lit} of 5`}>
      {[1, 2, 3, 4, 5].map((at) => <i key={at} class={at <= lit ? (lit >= 4 ? "on hot" : "on") : ""} />)}
    </span>
  );
}

function closeAll(position: Position): void {
  const hedge = position.position_side !== "BOTH";
  const order = {
    symbol: position.symbol, side: position.side === "long" ? "SELL" : "BUY", type: "MARKET", quantity: position.quantity,
    ...(hedge ? { positionSide: position.position_side } : { reduceOnly: "true" }),
  };
  void place(order, undefined, undefined, false);
}

function Row({ position }: { readonly position: Position }): JSX.Element {
  const terms = exchange.value?.markets.find((one) => one.symbol === position.symbol);
  const [price, lots] = [digitsOf(terms?.tick ?? "0.1"), digitsOf(terms?.lot ?? "0.001")];
  const { asset } = position;
  const isolated = position.margin_mode === "isolated";
  return (
    <tr data-position={`${position.symbol} ${position.side}`}>
      <td class="whole" data-name="">
        <button type="button" class="bare" style={{ padding: 0, color: "inherit" }} onClick={() => choose(position.symbol)}>
          <SideTag side={position.side}><strong>{position.symbol}</strong></SideTag>
        </button>
        <span class="under">{position.side} · {position.margin_mode} · {position.leverage}×</span>
      </td>
      <td data-name="Size"><Num value={position.quantity} digits={lots} field="quantity" /><span class="under"><Money value={position.notional} asset={asset} field="notional" /></span></td>
      <td data-name="Entry"><Num value={position.entry_price} digits={price} field="entry" /><span class="under" title="break-even price">even <Num value={position.break_even_price} digits={price} field="break-even" /></span></td>
      <td data-name="Mark"><Num value={position.mark} digits={price} steady field="mark" /></td>
      <td data-name="Liquidation"><Num value={position.liquidation_price} digits={price} field="liquidation" />{position.liquidation_distance === null ? null : <span class="under"><Percent value={position.liquidation_distance} field="distance" /> away</span>}</td>
      <td data-name="Margin">
        <Money value={isolated ? position.margin : position.initial_margin} asset={asset} bare field="margin" />{" "}
        <button type="button" class="small" aria-label={`Change margin of the ${position.side} in ${position.symbol}`} onClick={() => adjust(position, isolated ? "margin" : "mode")}>±</button>
        <span class="under">{isolated ? "" : "initial · "}maintenance <Money value={position.maintenance_margin} asset={asset} bare field="maintenance" /></span>
      </td>
      <td data-name="Margin ratio"><Ratio value={position.margin_ratio} /></td>
      <td data-name="Profit"><Money value={position.unrealised_pnl} asset={asset} signed field="pnl" /><span class="under"><Percent value={position.return_on_equity} signed field="roe" /></span></td>
      <td data-name="ADL"><Lights place={position.adl} /></td>
      <td data-name="" class="whole">
        <span class="do">
          <button type="button" class="small" onClick={() => adjust(position, "leverage")}>Adjust</button>
          <button type="button" class="small" onClick={() => { shownWindow.value = { kind: "explain", symbol: position.symbol, about: "position" }; }}>Why</button>
          <button type="button" class="small" onClick={() => closeAll(position)}>Close</button>
        </span>
      </td>
    </tr>
  );
}

const row = once((position: Position) => <Row key={`${position.symbol}${position.side}`} position={position} />);

export function Positions(): JSX.Element {
  if (!ready.value) return <p class="empty">…</p>;
  if (positions.value.length === 0) return <p class="empty">No open position. Type a quantity in the ticket to see what one would be.</p>;
  return (
    <div class="scroll">
      <table class="rows cards" aria-label="Open positions">
        <thead>
          <tr>{["Position", "Size", "Entry", "Mark", "Liquidation", "Margin", "Margin ratio", "Profit (ROE)", "ADL", ""].map((name) => <th scope="col" key={name}>{name}</th>)}</tr>
        </thead>
        <tbody>{positions.value.map(row)}</tbody>
      </table>
    </div>
  );
}
