/** Colours of the chart, from the page's own. A canvas does not read style sheets: they are resolved here. */

export interface Palette {
  readonly text: string;
  readonly quiet: string;
  readonly edge: string;
  readonly up: string;
  readonly down: string;
  readonly accent: string;
  readonly warn: string;
  readonly danger: string;
  readonly panel: string;
}

const NAMES = ["text", "quiet", "edge", "up", "down", "accent", "warn", "danger", "panel"] as const;

export function palette(host: HTMLElement): Palette {
  const probe = document.createElement("span");
  host.append(probe);
  const found = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return found as unknown as Palette;
}

/** The same colour, thinner. */
export function thin(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
