/** Every isolated position as a box: as high as its posted margin, filled to its margin balance, with the maintenance line in it. Cross is one shared pool. What stands in one box cannot be lost from another. */

import { computed } from "@preact/signals";
import type { JSX } from "preact";
import type { Balance, Position, Story } from "../api/types.ts";
import { adjust } from "../dialogs/state.ts";
import { balances, positions, stories, time } from "../state.ts";
import { compare, fill, sign } from "../text/decimal.ts";
import { Money } from "../ui/num.tsx";
import { SideTag } from "../ui/parts.tsx";

/** Pixels of the highest box, and of the lowest. */
const HIGHEST = 104;
const LOWEST = 46;
/** How long an emptied box stays, in milliseconds of the exchange. */
const GHOST_MS = 60_000;

function height(posted: string, greatest: string): string {
  return `${Math.round(LOWEST + (HIGHEST - LOWEST) * fill(posted, greatest))}px`;
}

/** How far up a box something stands. Moved, not resized: that costs no layout while it glides. */
function up(part: string, whole: string): { transform: string } {
  return { transform: `translateY(${((1 - fill(part, whole)) * 100).toFixed(2)}%)` };
}

/** Walls, fill and the maintenance line. Above the rim is what was won on top of the margin. */
function Walls({ high, balance, posted, line }: { readonly high: string; readonly balance: string; readonly posted: string; readonly line: string | null }): JSX.Element {
  return (
    <div class="walls" style={{ height: high }}>
      {compare(balance, posted) > 0 ? <span class="over" title="more than the posted margin" /> : null}
      <span class="level-of" style={up(balance, posted)} />
      {line === null ? null : <span class="line" style={up(line, posted)} />}
    </div>
  );
}

function Box({ position, greatest }: { readonly position: Position; readonly greatest: string }): JSX.Element {
  const { asset } = position;
  const posted = position.margin ?? "0";
  const near = position.margin_ratio !== null && compare(position.margin_ratio, "0.7") >= 0;
  const say = `${position.symbol} ${position.side}: margin balance ${position.margin_balance} of ${posted} ${position.asset} posted margin, maintenance margin ${position.maintenance_margin}`;
  return (
    <figure class={`box${near ? " near" : ""}`} data-box={`${position.symbol} ${position.side}`} role="img" aria-label={say}>
      <div class="head">
        <SideTag side={position.side}><strong>{position.symbol}</strong></SideTag>
        <button type="button" class="small" aria-label={`Change margin of ${position.symbol} ${position.side}`} onClick={() => adjust(position, "margin")}>±</button>
      </div>
      <Walls high={height(posted, greatest)} balance={position.margin_balance} posted={posted} line={position.maintenance_margin} />
      <dl>
        <dt>posted margin</dt><dd><Money value={posted} asset={asset} bare field="box-posted" /></dd>
        <dt>margin balance</dt><dd><Money value={position.margin_balance} asset={asset} bare field="box-balance" /></dd>
        <dt>maintenance</dt><dd><Money value={position.maintenance_margin} asset={asset} bare field="box-maintenance" /></dd>
      </dl>
    </figure>
  );
}

/** A box that was emptied: it stands a while, and everything beside it as it was. */
function Ghost({ story, greatest }: { readonly story: Story; readonly greatest: string }): JSX.Element {
  const { asset } = story;
  return (
    <figure class="box gone" data-ghost={`${story.symbol} ${story.side}`} role="img" aria-label={`${story.symbol} ${story.side} was liquidated: ${story.lost} ${story.asset} lost, nothing else moved`}>
      <div class="head"><SideTag side={story.side}><strong>{story.symbol}</strong></SideTag></div>
      <div class="walls" style={{ height: height(story.posted ?? "0", greatest) }}><strong>liquidated<br />the rest did not move</strong></div>
      <dl>
        <dt>posted margin</dt><dd><Money value={story.posted} asset={asset} bare /></dd>
        <dt>lost</dt><dd class="down"><Money value={story.lost} asset={asset} bare field="ghost-lost" /></dd>
        <dt>returned</dt><dd><Money value={story.returned} asset={asset} bare /></dd>
      </dl>
    </figure>
  );
}

function Pool({ balance, joined }: { readonly balance: Balance; readonly joined: readonly Position[] }): JSX.Element | null {
  const { pool, asset } = balance;
  if (pool === null || joined.length === 0) return null;
  const near = pool.margin_ratio !== null && compare(pool.margin_ratio, "0.7") >= 0;
  return (
    <figure class={`box pool${near ? " near" : ""}`} data-pool={asset} role="img" aria-label={`cross pool of ${asset}: margin balance ${pool.equity}, maintenance margin ${pool.maintenance_margin}, ${joined.length} positions share it`}>
      <div class="head"><strong>Cross pool</strong> <span class="quiet">one wall around all</span></div>
      <div class="walls" style={{ height: `${HIGHEST}px` }}>
        <span class="level-of" style={up(pool.equity, pool.wallet)} />
        <span class="line" style={up(pool.maintenance_margin, pool.wallet)} />
        <div class="in">{joined.map((position) => <span key={position.symbol + position.side}><SideTag side={position.side}>{position.symbol}</SideTag></span>)}</div>
      </div>
      <dl>
        <dt>wallet</dt><dd><Money value={pool.wallet} asset={asset} bare field="pool-wallet" /></dd>
        <dt>margin balance</dt><dd><Money value={pool.equity} asset={asset} bare field="pool-equity" /></dd>
        <dt>maintenance</dt><dd><Money value={pool.maintenance_margin} asset={asset} bare field="pool-maintenance" /></dd>
      </dl>
    </figure>
  );
}

function Wallet({ balance }: { readonly balance: Balance }): JSX.Element {
  const { asset } = balance;
  return (
    <figure class="box wallet" data-wallet={asset} role="img" aria-label={`wallet: ${balance.wallet} ${asset}, of which ${balance.available} available`}>
      <div class="head"><strong>Wallet</strong> <span class="quiet">{asset}</span></div>
      <div class="walls" style={{ height: `${HIGHEST}px` }}><span class="level-of" style={up(balance.available, balance.wallet)} /></div>
      <dl>
        <dt>wallet</dt><dd><Money value={balance.wallet} asset={asset} bare field="wallet" /></dd>
        <dt>available</dt><dd><Money value={balance.available} asset={asset} bare field="available" /></dd>
        <dt>posted margin</dt><dd><Money value={balance.isolated_margin} asset={asset} bare field="in-boxes" /></dd>
      </dl>
    </figure>
  );
}

function Asset({ balance, ghosts }: { readonly balance: Balance; readonly ghosts: readonly Story[] }): JSX.Element | null {
  const held = positions.value.filter((position) => position.asset === balance.asset);
  const boxes = held.filter((position) => position.margin_mode === "isolated");
  const joined = held.filter((position) => position.margin_mode === "cross");
  const gone = ghosts.filter((story) => story.asset === balance.asset && story.margin_mode === "isolated" && !boxes.some((box) => box.symbol === story.symbol && box.side === story.side));
  if (held.length === 0 && gone.length === 0 && sign(balance.wallet) === 0) return null;
  const sizes = [...boxes.map((box) => box.margin ?? "0"), ...gone.map((story) => story.posted ?? "0")];
  const greatest = sizes.reduce((most, size) => (compare(size, most) > 0 ? size : most), "0");
  return (
    <div class="asset">
      <Wallet balance={balance} />
      <Pool balance={balance} joined={joined} />
      {boxes.map((position) => <Box key={position.symbol + position.side} position={position} greatest={greatest} />)}
      {gone.map((story) => <Ghost key={story.id} story={story} greatest={greatest} />)}
    </div>
  );
}

/** Liquidations that are still shown: counted anew only when one comes or goes. */
const freshIds = computed(() => stories.value.filter((story) => time.value - story.time < GHOST_MS).map((story) => story.id).join());
const fresh = computed(() => new Set(freshIds.value.split(",").map(Number)));

export function Boxes(): JSX.Element {
  const ghosts = stories.value.filter((story, at, all) => fresh.value.has(story.id) && all.findIndex((one) => one.symbol === story.symbol && one.side === story.side) === at);
  const busy = [...balances.value].sort((left, right) => weight(right) - weight(left));
  return (
    <section class="panel boxes" aria-label="Boxes">
      <div class="title">
        <h2>Boxes</h2>
        <span class="quiet">height: posted margin · fill: margin balance · <span class="danger">- - -</span> maintenance margin · a loss ends at the walls</span>
      </div>
      <div class="body" tabIndex={0} role="group" aria-label="One box per isolated position">
        {busy.map((balance) => <Asset key={balance.asset} balance={balance} ghosts={ghosts} />)}
      </div>
    </section>
  );
}

/** Assets in which something stands come first. */
function weight(balance: Balance): number {
  return positions.value.filter((position) => position.asset === balance.asset).length;
}
