/** Lines that can be taken hold of. */

import type { Drawing } from "./draw.ts";
import type { Line } from "./lines.ts";

/** How near the pointer must come, in pixels. */
const REACH = 5;

interface Held {
  readonly line: Line;
  price: number;
}

/** Whether a line can be moved: a limit order by amending it, an isolated liquidation price by margin or leverage. */
function movable(line: Line): boolean {
  return line.leg !== undefined || (line.order !== undefined && !line.order.waiting);
}

export interface Dragging {
  /** The line that is held now. */
  held(): string | undefined;
}

export function dragging(host: HTMLElement, drawing: Drawing, lines: () => readonly Line[], dropped: (line: Line, price: number) => void): Dragging {
  let held: Held | undefined;
  const near = (event: PointerEvent): Line | undefined => {
    const at = event.clientY - host.getBoundingClientRect().top;
    return lines().find((line) => {
      const y = drawing.candles.priceToCoordinate(Number(line.price));
      return movable(line) && y !== null && Math.abs(y - at) <= REACH;
    });
  };
  const priceAt = (event: PointerEvent): number | null => drawing.candles.coordinateToPrice(event.clientY - host.getBoundingClientRect().top);

  host.addEventListener("pointerdown", (event) => {
    const line = near(event);
    if (line === undefined || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    held = { line, price: Number(line.price) };
    host.setPointerCapture(event.pointerId);
    drawing.chart.applyOptions({ handleScroll: false, handleScale: false });
  }, { capture: true });
  host.addEventListener("pointermove", (event) => {
    if (held === undefined) {
      host.style.cursor = near(event) === undefined ? "" : "ns-resize";
      return;
    }
    const price = priceAt(event);
    if (price === null) return;
    held.price = price;
    drawing.drag(held.line.key, price);
  });
  const drop = (event: PointerEvent): void => {
    if (held === undefined) return;
    const { line, price } = held;
    held = undefined;
    drawing.chart.applyOptions({ handleScroll: true, handleScale: true });
    if (event.type === "pointerup" && price !== Number(line.price)) dropped(line, price);
  };
  host.addEventListener("pointerup", drop);
  host.addEventListener("pointercancel", drop);
  return { held: () => held?.line.key };
}
