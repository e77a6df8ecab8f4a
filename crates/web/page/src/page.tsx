/** The page. */

import type { JSX } from "preact";
import { Boxes } from "./boxes/boxes.tsx";
import { ChartPanel } from "./chart/chart.tsx";
import { Adjust } from "./dialogs/adjust.tsx";
import { Amend } from "./dialogs/amend.tsx";
import { Compare } from "./dialogs/compare.tsx";
import { Explain } from "./dialogs/explain.tsx";
import { close, shownWindow } from "./dialogs/state.ts";
import { Sandbox } from "./sandbox/bar.tsx";
import { token } from "./state.ts";
import { Bottom } from "./tables/bottom.tsx";
import { Ticket } from "./ticket/ticket.tsx";
import { BookPanel } from "./ui/book.tsx";
import { Header } from "./ui/header.tsx";
import { Notes } from "./ui/notes.tsx";
import { Dialog, Field } from "./ui/parts.tsx";

function Over(): JSX.Element | null {
  const window = shownWindow.value;
  switch (window?.kind) {
    case undefined: return null;
    case "adjust": return <Adjust key={`${window.symbol}${window.side}${window.tab}${window.wanted}`} window={window} />;
    case "explain": return <Explain symbol={window.symbol} about={window.about} />;
    case "amend": return <Amend order={window.order} />;
    case "compare": return <Compare />;
  }
}

/** Of an exchange that others can reach: whoever controls it holds its token. */
function Token(): JSX.Element | null {
  if (!token.asked.value) return null;
  const keep = (): void => {
    sessionStorage.setItem("ringfence.token", token.value.value);
    token.asked.value = false;
  };
  return (
    <Dialog title="This exchange asks for its token" close={close}>
      <Field label="Token" name="token" value={token.value.value} set={(value) => { token.value.value = value; }} />
      <button type="button" class="main" onClick={keep}>Use it</button>
    </Dialog>
  );
}

export function Page(): JSX.Element {
  return (
    <main class="page">
      <Header />
      <Sandbox />
      <ChartPanel />
      <BookPanel />
      <Ticket />
      <Boxes />
      <Bottom />
      <Over />
      <Token />
      <Notes />
    </main>
  );
}
