/** The leverage slider: brackets as marks on its track, what is refused shaded with the reason. */

import type { JSX } from "preact";
import type { Bracket, LeverageRow } from "../api/types.ts";
import { plain } from "../text/decimal.ts";
import { capOf, refusedRanges } from "./ranges.ts";

interface SliderProps {
  readonly value: string;
  readonly now: string | undefined;
  readonly most: string;
  readonly brackets: readonly Bracket[];
  readonly rows: readonly LeverageRow[];
  readonly asset: string;
  readonly set: (value: string) => void;
}

/** Keys that go from bracket to bracket; the arrows go by one. */
function jump(event: KeyboardEvent, props: SliderProps): void {
  const up = event.key === "PageUp" ? 1 : event.key === "PageDown" ? -1 : 0;
  if (up === 0) return;
  event.preventDefault();
  const edges = [...new Set(["1", ...props.brackets.map((bracket) => bracket.max_leverage)])].sort((left, right) => Number(left) - Number(right));
  const next = up > 0 ? edges.find((edge) => Number(edge) > Number(props.value)) : edges.findLast((edge) => Number(edge) < Number(props.value));
  if (next !== undefined) props.set(next);
}

export function Slider(props: SliderProps): JSX.Element {
  const most = Number(props.most);
  const place = (leverage: number): string => `${(100 * (leverage - 1)) / Math.max(1, most - 1)}%`;
  const ranges = refusedRanges(props.rows);
  const cap = capOf(props.brackets, props.value);
  const edges = [...new Set(props.brackets.map((bracket) => bracket.max_leverage))];
  const step = most >= 100 ? 25 : most >= 40 ? 10 : 5;
  const labels = [1, ...Array.from({ length: Math.floor(most / step) }, (_, at) => (at + 1) * step)];
  return (
    <div class="lever">
      <div class="row-between">
        <span>
          <span class="quiet">Leverage</span> <span class="value" data-field="leverage">{props.value}×</span>
        </span>
        <span class="quiet">{cap === undefined ? "" : `to ${plain(cap)} ${props.asset}`}</span>
      </div>
      <div class="track">
        <div class="rail">
          {ranges.map((range) => (
            <span class="refused" key={range.from} title={range.why} style={{ left: place(range.from), width: `calc(${place(range.to)} - ${place(range.from)} + 2px)` }} />
          ))}
        </div>
        <div class="marks">
          {edges.map((edge) => <i key={edge} style={{ left: place(Number(edge)) }} />)}
          {props.now === undefined ? null : <i class="now" style={{ left: place(Number(props.now)) }} />}
        </div>
        <input type="range" name="leverage" min={1} max={most} step={1} value={props.value} aria-label="Leverage" aria-valuetext={`${props.value} times${cap === undefined ? "" : `, positions to ${cap} ${props.asset}`}`} onInput={(event) => props.set(event.currentTarget.value)} onKeyDown={(event) => jump(event, props)} />
      </div>
      <div class="scale" aria-hidden="true">
        {labels.map((label) => <span key={label} style={{ left: place(label) }}>{label}×</span>)}
      </div>
      {ranges[0] === undefined ? null : <div class="why" data-field="refused-range" title={ranges.map((range) => `${range.from}× to ${range.to}×: ${range.why}`).join("\n")}><b>▨ {ranges[0].from}–{ranges[0].to}×</b> {ranges[0].why}</div>}
    </div>
  );
}
