/** The chart itself: candles, volume, lines. */

import { type AutoscaleInfo, CandlestickSeries, createChart, HistogramSeries, type IChartApi, type IPriceLine, type ISeriesApi, LineStyle, type UTCTimestamp } from "lightweight-charts";
import type { Candle } from "../market/candles.ts";
import { palette, type Palette, thin } from "./colours.ts";
import type { Line, LineKind } from "./lines.ts";

interface Look {
  readonly colour: keyof Palette;
  readonly style: LineStyle;
  readonly width: 1 | 2;
}

/** How far a line may lie from the candles and still be in view by itself: a fraction of the price. */
const NEAR = 0.06;

/** Each kind has its own stroke, too: colour alone tells nothing. */
const LOOKS: Record<LineKind, Look> = {
  entry: { colour: "accent", style: LineStyle.Solid, width: 1 },
  mark: { colour: "quiet", style: LineStyle.Dotted, width: 1 },
  liquidation: { colour: "danger", style: LineStyle.Solid, width: 2 },
  bankruptcy: { colour: "danger", style: LineStyle.SparseDotted, width: 1 },
  "break-even": { colour: "quiet", style: LineStyle.LargeDashed, width: 1 },
  order: { colour: "accent", style: LineStyle.Dashed, width: 1 },
  trigger: { colour: "warn", style: LineStyle.Dashed, width: 1 },
  preview: { colour: "warn", style: LineStyle.SparseDotted, width: 2 },
};

export class Drawing {
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<"Candlestick">;
  private readonly volume: ISeriesApi<"Histogram">;
  private readonly drawn = new Map<string, { line: IPriceLine; told: string }>();
  private colours: Palette;
  private readonly host: HTMLElement;

  /** Whether the scale reaches to every line, however far; without it to those near. */
  wide = false;
  private newest = 0;
  private reach: readonly number[] = [];

  constructor(host: HTMLElement) {
    this.host = host;
    this.colours = palette(host);
    this.chart = createChart(host, { autoSize: true, timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 6 } });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      priceLineVisible: false,
      autoscaleInfoProvider: (own: () => AutoscaleInfo | null) => this.scale(own()),
    });
    this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: "", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.85, bottom: 0 } });
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.18 } });
    this.dress();
  }

  /** Takes the page's colours. */
  dress(): void {
    this.colours = palette(this.host);
    const { text, edge, panel, up, down, quiet } = this.colours;
    this.chart.applyOptions({
      layout: { background: { color: panel }, textColor: quiet, fontSize: 11, fontFamily: getComputedStyle(this.host).fontFamily, attributionLogo: true },
      grid: { vertLines: { color: thin(edge, 0.5) }, horzLines: { color: thin(edge, 0.5) } },
      rightPriceScale: { borderColor: edge },
      timeScale: { borderColor: edge },
      crosshair: { vertLine: { color: quiet, labelBackgroundColor: text }, horzLine: { color: quiet, labelBackgroundColor: text } },
    });
    // A rising candle is hollow: told by its shape as well.
    this.candles.applyOptions({ upColor: panel, borderUpColor: up, wickUpColor: up, downColor: down, borderDownColor: down, wickDownColor: down });
    for (const [, entry] of this.drawn) this.candles.removePriceLine(entry.line);
    this.drawn.clear();
  }

  precision(tick: string, digits: number): void {
    this.candles.applyOptions({ priceFormat: { type: "price", precision: digits, minMove: Number(tick) } });
  }

  show(past: readonly Candle[]): void {
    this.newest = past.at(-1)?.time ?? 0;
    this.candles.setData(past.map((one) => ({ ...one, time: one.time as UTCTimestamp })));
    this.volume.setData(past.map((one) => this.bar(one)));
    const last = past.length;
    this.chart.timeScale().setVisibleLogicalRange({ from: Math.min(last - 110, last / 2 - 30), to: last + 6 });
  }

  /** The newest candle, or the one after it. Time that went back (a snapshot) needs them all anew: then it answers that nothing was drawn. */
  update(candle: Candle): boolean {
    if (candle.time < this.newest) return false;
    this.newest = candle.time;
    this.candles.update({ ...candle, time: candle.time as UTCTimestamp });
    this.volume.update(this.bar(candle));
    return true;
  }

  private bar(candle: Candle): { time: UTCTimestamp; value: number; color: string } {
    const colour = candle.close >= candle.open ? this.colours.up : this.colours.down;
    return { time: candle.time as UTCTimestamp, value: candle.volume, color: thin(colour, 0.35) };
  }

  /** The scale: the candles, and the lines that are near enough to be seen with them. */
  private scale(own: AutoscaleInfo | null): AutoscaleInfo | null {
    const range = own?.priceRange;
    if (own === null || range === null || range === undefined) return own;
    const near = this.wide ? 1 : NEAR;
    const lines = this.reach.filter((price) => Math.abs(price / range.maxValue - 1) < near);
    return { ...own, priceRange: { minValue: Math.min(range.minValue, ...lines), maxValue: Math.max(range.maxValue, ...lines) } };
  }

  /** Draws what is new, moves what moved, takes away what is gone. */
  lines(wanted: readonly Line[], dragged: string | undefined): void {
    this.reach = wanted.filter((line) => line.kind !== "break-even").map((line) => Number(line.price));
    const keys = new Set(wanted.map((line) => line.key));
    for (const [key, entry] of this.drawn) {
      if (keys.has(key)) continue;
      this.candles.removePriceLine(entry.line);
      this.drawn.delete(key);
    }
    for (const line of wanted) {
      if (line.key === dragged) continue;
      const look = LOOKS[line.kind];
      const told = `${line.price} ${line.title}`;
      const entry = this.drawn.get(line.key);
      if (entry?.told === told) continue;
      const colour = this.colours[look.colour];
      const options = { price: Number(line.price), color: colour, lineStyle: look.style, lineWidth: look.width, axisLabelVisible: true, title: line.title };
      if (entry === undefined) this.drawn.set(line.key, { line: this.candles.createPriceLine(options), told });
      else {
        entry.line.applyOptions(options);
        entry.told = told;
      }
    }
  }

  /** Moves a line while it is dragged. */
  drag(key: string, price: number): void {
    const entry = this.drawn.get(key);
    if (entry === undefined) return;
    entry.line.applyOptions({ price });
    entry.told = "";
  }

  end(): void {
    this.chart.remove();
  }
}
