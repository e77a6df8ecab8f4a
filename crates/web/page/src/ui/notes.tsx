/** What happened, for a while. */

import type { JSX } from "preact";
import { forget, notes } from "../state.ts";

const SIGNS = { good: "✓", bad: "!", liquidated: "■" } as const;

export function Notes(): JSX.Element {
  return (
    <div class="notes" role="status" aria-live="polite">
      {notes.value.map((note) => (
        <div class={`note ${note.kind}`} key={note.id}>
          <span aria-hidden="true">{SIGNS[note.kind]}</span>
          <span>{note.text}</span>
          <button type="button" class="bare small" aria-label="Dismiss" onClick={() => forget(note.id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
