/** The chart with its tools. */

import { effect, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { signed } from "../api/http.ts";
import { adjust } from "../dialogs/state.ts";
import { chooseInterval, INTERVALS, interval, onCandle, pastCandles, source } from "../market/candles.ts";
import { api, apiOf, here, known, market, symbol, theme } from "../state.ts";
import { digitsOf } from "../text/decimal.ts";
import { attempt } from "../ticket/place.ts";
import { Facts } from "../ui/facts.tsx";
import { Drawing } from "./draw.ts";
import { dragging } from "./drag.ts";
import { type Line, lines } from "./lines.ts";

const problem = signal("");
/** Whether all lines are to be in view. */
const wide = signal(false);

/** A price of the screen on the market's steps. */
function onStep(price: number): string {
  const tick = market.value?.tick ?? "0.1";
  return (Math.round(price / Number(tick)) * Number(tick)).toFixed(digitsOf(tick));
}

function dropped(line: Line, price: number): void {
  const wanted = onStep(price);
  const { order } = line;
  if (order !== undefined) {
    void attempt(async () => {
      await signed("PUT", `${apiOf(order.symbol)}/order`, { symbol: order.symbol, orderId: order.id, side: order.side, quantity: order.quantity, price: wanted });
      return `Order ${order.id} moved to ${wanted}.`;
    });
    return;
  }
  const position = here.value.find((held) => held.side === line.leg);
  if (position !== undefined) adjust(position, "target", wanted);
}

/** Keeps a drawing on what the page knows, until it is taken away. */
function keep(host: HTMLElement, drawing: Drawing): () => void {
  const drag = dragging(host, drawing, () => lines.value, dropped);
  let generation = 0;
  const load = async (name: string, length: string, of: "last" | "mark"): Promise<void> => {
    const mine = ++generation;
    try {
      const past = await pastCandles(name, length, of);
      if (mine !== generation) return;
      problem.value = "";
      drawing.show(past);
      drawing.lines(lines.peek(), undefined);
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  const ends = [
    effect(() => {
      void api.value;
      if (known.value) void load(symbol.value, interval.value, source.value);
    }),
    effect(() => {
      const tick = market.value?.tick;
      if (tick !== undefined) drawing.precision(tick, digitsOf(tick));
    }),
    effect(() => drawing.lines(lines.value, drag.held())),
    effect(() => {
      drawing.wide = wide.value;
      drawing.candles.priceScale().applyOptions({ autoScale: true });
    }),
    effect(() => {
      void theme.value;
      requestAnimationFrame(() => { drawing.dress(); drawing.lines(lines.peek(), undefined); });
    }),
  ];
  // Marks have no stream of candles: the newest two are asked for.
  const marks = setInterval(() => {
    if (source.value !== "mark" || document.hidden) return;
    const mine = generation;
    void pastCandles(symbol.value, interval.value, "mark", 2).then((newest) => {
      if (mine === generation) for (const candle of newest) drawing.update(candle);
    }).catch(() => undefined);
  }, 1_000);
  onCandle((candle) => {
    if (!drawing.update(candle)) void load(symbol.peek(), interval.peek(), source.peek());
  });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const dress = (): void => { drawing.dress(); drawing.lines(lines.peek(), undefined); };
  scheme.addEventListener("change", dress);
  return () => {
    for (const end of ends) end();
    clearInterval(marks);
    onCandle(undefined);
    scheme.removeEventListener("change", dress);
    drawing.end();
  };
}

function Canvas(): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return undefined;
    return keep(host.current, new Drawing(host.current));
  }, []);
  return <div ref={host} style={{ position: "absolute", inset: "0" }} role="img" aria-label={`Price chart of ${symbol.value}; the positions and orders below say the same in words`} />;
}

export function ChartPanel(): JSX.Element {
  return (
    <section class="panel chart" aria-label="Chart">
      <Facts />
      <div class="tools">
        {INTERVALS.map((name) => (
          <button type="button" class="bare small" key={name} aria-pressed={interval.value === name} onClick={() => chooseInterval(name)} style={interval.value === name ? { color: "var(--accent)", fontWeight: 650 } : {}}>{name}</button>
        ))}
        <span class="quiet">·</span>
        {(["last", "mark"] as const).map((of) => (
          <button type="button" class="bare small" key={of} aria-pressed={source.value === of} onClick={() => { source.value = of; }} style={source.value === of ? { color: "var(--accent)", fontWeight: 650 } : {}}>{of}</button>
        ))}
        <span class="quiet">·</span>
        <button type="button" class="bare small" aria-pressed={wide.value} onClick={() => { wide.value = !wide.value; }} style={wide.value ? { color: "var(--accent)", fontWeight: 650 } : {}}>all lines</button>
        <span class="hint">drag an order or the liquidation line to move it</span>
      </div>
      <div class="canvas">
        {problem.value === "" ? null : <div class="legend warn">{problem.value}</div>}
        <Canvas />
      </div>
    </section>
  );
}
