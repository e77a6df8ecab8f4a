/** Frames of the streams, as far as the page reads them. */

export interface BookFrame {
  readonly s: string;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

export interface TradeFrame {
  readonly s: string;
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly m: boolean;
  readonly T: number;
}

export interface ForcedFrame {
  readonly o: { readonly s: string; readonly S: "BUY" | "SELL"; readonly q: string; readonly z: string; readonly ap: string; readonly T: number };
}

export interface CandleFrame {
  readonly s: string;
  readonly k: { readonly t: number; readonly i: string; readonly o: string; readonly h: string; readonly l: string; readonly c: string; readonly v: string };
}
