/** The markets at a glance, who trades, and whether the exchange is reached. */

import type { JSX } from "preact";
import { accountName, accounts, exchange, link, remember, symbol, theme, tickers } from "../state.ts";
import { digitsOf, percent } from "../text/decimal.ts";
import { days } from "../market/days.ts";
import { Num } from "./num.tsx";

/** What people know a market by: the coin; an inverse contract says so. */
function nameOf(name: string): JSX.Element {
  const inverse = name.endsWith("_PERP");
  const coin = name.replace(/(USDT|USD_PERP|USDC)$/, "");
  return (
    <span class="name">
      {coin} {inverse ? <span class="inverse">inverse</span> : null}
    </span>
  );
}

function Strip(): JSX.Element {
  const steps = new Map(exchange.value?.markets.map((one) => [one.symbol, one.tick]));
  return (
    <nav class="strip" aria-label="Markets">
      {tickers.value.map((one) => {
        const day = days.value[one.symbol];
        const digits = digitsOf(steps.get(one.symbol) ?? "0.1");
        return (
          <button type="button" key={one.symbol} aria-pressed={symbol.value === one.symbol} title={one.symbol} onClick={() => choose(one.symbol)}>
            {nameOf(one.symbol)}
            <span>
              <span class="num" data-market={one.symbol} data-value={one.mark ?? ""}>{one.mark === null ? "none" : <Short value={one.mark} digits={digits} />}</span>{" "}
              {day === undefined ? null : <small class={day.startsWith("-") ? "down" : "up"}>{percent(day, 2, true)}</small>}
            </span>
          </button>
        );
      })}
    </nav>
  );
}

/** A mark has more digits than a strip has room for: its title says them. */
function Short({ value, digits }: { readonly value: string; readonly digits: number }): JSX.Element {
  const [whole = "0", fraction = ""] = value.split(".");
  return <Num value={digits === 0 ? whole : `${whole}.${fraction.padEnd(digits, "0").slice(0, digits)}`} digits={digits} />;
}

export function choose(name: string): void {
  symbol.value = name;
  remember("symbol", name);
}

const WORDS = { live: "live", connecting: "connecting…", lost: "connection lost, trying again" } as const;

function Connection(): JSX.Element {
  const state = !link.http.value ? "lost" : link.stream.value;
  return (
    <span class="state" role="status" aria-label="Connection">
      <span class={`dot ${state}`} aria-hidden="true" />
      {WORDS[state]}
    </span>
  );
}

const THEMES = ["system", "dark", "light"] as const;

export function dress(): void {
  const chosen = theme.value;
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

function Theme(): JSX.Element {
  const next = (): void => {
    const at = THEMES.findIndex((one) => one === theme.value);
    theme.value = THEMES[(at + 1) % THEMES.length] ?? "system";
    remember("theme", theme.value);
    dress();
  };
  const signs: Record<string, string> = { system: "◐", dark: "●", light: "○" };
  return (
    <button type="button" class="bare" aria-label={`Colours: ${theme.value}`} title={`Colours: ${theme.value}`} onClick={next}>
      {signs[theme.value] ?? "◐"}
    </button>
  );
}

export function Header(): JSX.Element {
  return (
    <header class="panel top">
      <h1 class="brand">
        <img src="/favicon.svg" alt="" /> ringfence
      </h1>
      <Strip />
      <div class="ends">
        <Connection />
        <label>
          <span class="hidden">Account</span>
          <select name="account" value={accountName.value} onChange={(event) => { accountName.value = event.currentTarget.value; remember("account", accountName.value); }}>
            {accounts.value.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name}
                {one.api_key === null ? " (look only)" : ""}
              </option>
            ))}
          </select>
        </label>
        <a href="/docs" class="quiet" target="_blank">
          API
        </a>
        <Theme />
      </div>
    </header>
  );
}
