/** Numbers as the server writes them, made readable. They stay text: nothing here goes through a float, and nothing is added up. */

/** One word, everywhere, for a price that does not exist. */
export const NONE = "none";

/** Between groups of three digits. */
const GAP = "\u202f";
const MINUS = "\u2212";

export interface Parts {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

export function parts(text: string): Parts {
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? text.slice(1) : text).split(".");
  return { negative, whole, fraction };
}

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, GAP);
}

export interface Shown {
  /** Sign, whole digits and as many after the point as are usual. */
  readonly head: string;
  /** The rest, to the last digit. */
  readonly tail: string;
}

/** All digits there are, at least `least` after the point; those beyond the `usual` stand apart, so that they can be shown quieter. */
export function shown(text: string, usual: number, least = usual): Shown {
  const { negative, whole, fraction } = parts(text);
  const digits = fraction.replace(/0+$/, "").padEnd(least, "0");
  const head = `${negative ? MINUS : ""}${grouped(whole)}${usual > 0 ? "." : ""}${digits.slice(0, usual)}`;
  const rest = digits.slice(usual);
  return { head, tail: usual === 0 && rest !== "" ? `.${rest}` : rest };
}

/** As one text. */
export function plain(text: string, usual = 0): string {
  const { head, tail } = shown(text, usual);
  return head + tail;
}

/** −1, 0 or 1. */
export function sign(text: string): -1 | 0 | 1 {
  if (!/[1-9]/.test(text)) return 0;
  return text.startsWith("-") ? -1 : 1;
}

/** The same size without its sign. */
export function size(text: string): string {
  return text.startsWith("-") ? text.slice(1) : text;
}

/** The opposite. */
export function opposite(text: string): string {
  if (sign(text) === 0) return text;
  return text.startsWith("-") ? text.slice(1) : `-${text}`;
}

/** The point moved two places to the right: a fraction in percent. */
function hundredfold(text: string): string {
  const { negative, whole, fraction } = parts(text);
  const moved = fraction.padEnd(2, "0");
  const before = `${whole}${moved.slice(0, 2)}`.replace(/^0+(?=\d)/, "");
  const after = moved.slice(2);
  return `${negative ? "-" : ""}${before}${after === "" ? "" : `.${after}`}`;
}

/** Cut to so many digits after the point, halves away from zero. */
export function rounded(text: string, digits: number): string {
  const { negative, whole, fraction } = parts(text);
  const kept = fraction.slice(0, digits).padEnd(digits, "0");
  const up = (fraction[digits] ?? "0") >= "5" ? 1n : 0n;
  const number = (BigInt(whole + kept) + up).toString().padStart(digits + 1, "0");
  const at = number.length - digits;
  const result = digits === 0 ? number : `${number.slice(0, at)}.${number.slice(at)}`;
  return negative && sign(result) !== 0 ? `-${result}` : result;
}

/** A fraction in percent, with its sign where it is wanted. */
export function percent(text: string, digits = 2, signed = false): string {
  const result = rounded(hundredfold(text), digits);
  const plus = signed && sign(result) > 0 ? "+" : "";
  return `${plus}${plain(result, digits)}${GAP}%`;
}

/** How many digits a step such as 0.1 has after the point. */
export function digitsOf(step: string): number {
  return parts(step).fraction.replace(/0+$/, "").length;
}

/** Which of two numbers is greater: below zero where it is the second. */
export function compare(left: string, right: string): number {
  const [a, b] = [parts(left), parts(right)];
  if (a.negative !== b.negative) return a.negative ? -1 : 1;
  const length = Math.max(a.fraction.length, b.fraction.length);
  const raw = (of: Parts): bigint => BigInt(of.whole + of.fraction.padEnd(length, "0"));
  const [x, y] = [raw(a), raw(b)];
  const order = x < y ? -1 : x > y ? 1 : 0;
  return a.negative ? -order : order;
}

/** How much of a whole a part is, for drawing only: 0 to 1. */
export function fill(part: string, whole: string): number {
  const ratio = Number(part) / Number(whole);
  return Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0;
}
