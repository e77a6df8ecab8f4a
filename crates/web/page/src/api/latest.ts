/** Of many questions, only the answer to the newest counts. */

import { Refusal } from "./refusal.ts";

export interface Latest<T> {
  /** Asks; earlier questions are given up. */
  ask(question: (signal: AbortSignal) => Promise<T>): void;
  /** Gives up what is under way. */
  stop(): void;
}

/** One question is under way at most; of those asked meanwhile the last follows it. So a drag over a hundred steps asks as often as can be answered. */
export function latest<T>(answered: (answer: T) => void, failed: (error: Refusal) => void): Latest<T> {
  let busy = false;
  let next: ((signal: AbortSignal) => Promise<T>) | undefined;
  let current = new AbortController();
  let asked = 0;

  const run = async (question: (signal: AbortSignal) => Promise<T>): Promise<void> => {
    busy = true;
    const mine = ++asked;
    try {
      const answer = await question(current.signal);
      if (mine === asked) answered(answer);
    } catch (error) {
      if (mine === asked) failed(error instanceof Refusal ? error : new Refusal(0, String(error), 0));
    }
    busy = false;
    const following = next;
    next = undefined;
    if (following !== undefined) void run(following);
  };

  return {
    ask(question) {
      if (busy) next = question;
      else void run(question);
    },
    stop() {
      asked += 1;
      next = undefined;
      current.abort();
      current = new AbortController();
    },
  };
}
