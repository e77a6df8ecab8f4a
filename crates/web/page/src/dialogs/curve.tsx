/** The margin balance of an account along a path; and a path drawn by hand. */

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Run } from "./compare.tsx";

export interface Point {
  readonly mark: string;
  readonly equity: string | null;
}

/** A line through values, from the left to the right of 100 × 100. For drawing only. */
function path(values: readonly number[], least: number, greatest: number): string {
  const across = greatest - least || 1;
  return values.map((value, at) => `${at === 0 ? "M" : "L"}${((100 * at) / Math.max(1, values.length - 1)).toFixed(2)} ${(96 - (92 * (value - least)) / across).toFixed(2)}`).join("");
}

export function Curve({ runs }: { readonly runs: readonly Run[] }): JSX.Element {
  const equities = runs.map((run) => run.curve.map((point) => Number(point.equity ?? "0")));
  const values = equities.flat();
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const marks = runs[0]?.curve.map((point) => Number(point.mark)) ?? [];
  return (
    <figure>
      <svg class="curve" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="Margin balance of the account along the path, isolated and cross">
        <path class="mark" d={path(marks, Math.min(...marks), Math.max(...marks))} />
        {runs.map((run, at) => <path key={run.mode} class={run.mode} d={path(equities[at] ?? [], least, greatest)} />)}
      </svg>
      <figcaption class="quiet">— isolated · - - cross · thin: the mark</figcaption>
    </figure>
  );
}

const WIDE = 24;
/** The lowest and the highest change that can be drawn. */
const DEEPEST = 0.6;
const HIGHEST = 0.3;

/** A path drawn with the pointer, or with a slider per point. */
export function DrawPath({ points }: { readonly points: Signal<readonly string[]> }): JSX.Element {
  const take = (event: PointerEvent): void => {
    if (event.buttons === 0) return;
    const field = (event.currentTarget as Element).getBoundingClientRect();
    const at = Math.min(WIDE - 1, Math.max(0, Math.floor((WIDE * (event.clientX - field.left)) / field.width)));
    const down = Math.min(1, Math.max(0, (event.clientY - field.top) / field.height));
    const change = (HIGHEST - down * (HIGHEST + DEEPEST)).toFixed(3);
    const next = points.value.slice(0, at);
    // What was skipped goes on as before it.
    while (next.length < at) next.push(next.at(-1) ?? "0");
    points.value = [...next, change, ...points.value.slice(at + 1)];
  };
  const level = (HIGHEST / (HIGHEST + DEEPEST)) * 100;
  const drawn = points.value.map((change, at) => `${at === 0 ? "M" : "L"}${(100 * at) / (WIDE - 1)} ${(100 * (HIGHEST - Number(change))) / (HIGHEST + DEEPEST)}`).join("");
  const typed = (event: Event): void => {
    const texts = (event.currentTarget as HTMLInputElement).value.split(/[\s,;]+/).filter((text) => text !== "");
    points.value = texts.map((text) => String(Number(text) / 100)).filter((text) => text !== "NaN");
  };
  return (
    <div>
      <svg class="curve" viewBox="0 0 100 100" preserveAspectRatio="none" style={{ height: "130px", touchAction: "none", cursor: "crosshair" }} onPointerDown={take} onPointerMove={take} role="img" aria-label="Draw the path of the mark">
        <path class="mark" d={`M0 ${level}L100 ${level}`} />
        <path class="isolated" d={drawn} />
      </svg>
      <label class="quiet">
        or in percent from the present mark, such as −5 −20 3
        <input name="drawn" placeholder="-5 -20 3" onChange={typed} />
      </label>
    </div>
  );
}
