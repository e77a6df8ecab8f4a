/** Liquidations, each as a story with its numbers. */

import type { JSX } from "preact";
import type { Story } from "../api/types.ts";
import { shownWindow } from "../dialogs/state.ts";
import { accountName, stories } from "../state.ts";
import { csv, download } from "../text/csv.ts";
import { stamp } from "../text/time.ts";
import { Money, Num } from "../ui/num.tsx";
import { SideTag } from "../ui/parts.tsx";

function One({ story }: { readonly story: Story }): JSX.Element {
  return (
    <article data-story={story.id}>
      <div class="row-between">
        <strong><SideTag side={story.side}>{story.symbol}</SideTag> {story.margin_mode} {story.side} liquidated at mark <Num value={story.mark} digits={2} field="story-mark" /></strong>
        <span class="quiet">{stamp(story.time)} UTC</span>
      </div>
      <ol>{story.text.map((line) => <li key={line}><span>{line}</span></li>)}</ol>
      <div class="row-between">
        <span>
          lost <Money value={story.lost} asset={story.asset} field="story-lost" />
          {story.posted === null ? null : <> of <Money value={story.posted} asset={story.asset} field="story-posted" /> posted margin</>}
        </span>
        <button type="button" class="small" onClick={() => { shownWindow.value = { kind: "explain", symbol: story.symbol, about: "liquidation" }; }}>Step by step</button>
      </div>
    </article>
  );
}

const COLUMNS = ["id", "time", "symbol", "side", "margin_mode", "quantity", "entry_price", "mark", "margin_balance", "maintenance_margin", "posted", "lost", "returned", "fee", "insurance_paid", "asset"] as const;

export function Stories(): JSX.Element {
  if (stories.value.length === 0) return <p class="empty">{accountName.value} was never liquidated. “Flash crash” above can change that.</p>;
  const save = (): void => download(`${accountName.value}-liquidations.csv`, csv(COLUMNS, stories.value.map((story) => COLUMNS.map((name) => story[name]))));
  return (
    <div class="story">
      <div class="row-between">
        <span class="quiet">{stories.value.length} liquidations, newest first</span>
        <button type="button" class="small" onClick={save}>CSV</button>
      </div>
      {stories.value.map((story) => <One key={story.id} story={story} />)}
    </div>
  );
}
