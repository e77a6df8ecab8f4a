/** Numbers on the page. What is shown is what the server said, to the last digit; `data-value` holds it as it came. */

import type { JSX } from "preact";
import { NONE, percent, shown, sign } from "../text/decimal.ts";

interface NumProps {
  readonly value: string | null | undefined;
  /** Digits after the point that are usual; what there is beyond is shown quieter. */
  readonly digits?: number;
  readonly unit?: string;
  /** Whether the sign is told by colour, and a plus written. */
  readonly signed?: boolean;
  readonly field?: string;
  /** All eight digits, so that nothing jumps. */
  readonly steady?: boolean;
}

export function Num({ value, digits = 2, unit, signed = false, field, steady = false }: NumProps): JSX.Element {
  if (value === null || value === undefined) return <span class="num none" data-field={field} data-value="">{NONE}</span>;
  const { head, tail } = shown(value, digits, steady ? 8 : digits);
  const way = signed ? sign(value) : 0;
  const colour = way > 0 ? " up" : way < 0 ? " down" : "";
  return (
    <span class={`num${colour}`} data-field={field} data-value={value}>
      {way > 0 ? "+" : ""}
      {head}
      {tail === "" ? null : <span class="tail">{tail}</span>}
      {unit === undefined ? null : <span class="unit">{unit}</span>}
    </span>
  );
}

/** Money: eight digits always, so that nothing jumps. `bare` leaves the asset out where it stands beside. */
export function Money({ value, asset, signed = false, bare = false, field }: { value: string | null | undefined; asset: string; signed?: boolean; bare?: boolean; field?: string }): JSX.Element {
  const rest = { ...(field === undefined ? {} : { field }), signed, ...(bare ? {} : { unit: asset }) };
  return <Num value={value} digits={usualDigits(asset)} steady {...rest} />;
}

/** Digits that are usual for an asset. */
export function usualDigits(asset: string): number {
  return asset.startsWith("USD") ? 2 : 6;
}

export function Percent({ value, signed = false, digits = 2, field }: { value: string | null | undefined; signed?: boolean; digits?: number; field?: string }): JSX.Element {
  if (value === null || value === undefined) return <span class="num none">{NONE}</span>;
  const way = signed ? sign(value) : 0;
  return (
    <span class={`num${way > 0 ? " up" : way < 0 ? " down" : ""}`} title={value} data-field={field} data-value={value}>
      {percent(value, digits, signed)}
    </span>
  );
}
