/** What the server answers, as far as the page reads it. Numbers are text. */

export type Side = "BUY" | "SELL";
export type PositionSide = "BOTH" | "LONG" | "SHORT";
export type Mode = "isolated" | "cross";

export interface Balance {
  readonly asset: string;
  readonly wallet: string;
  readonly free: string;
  readonly held: string;
  readonly isolated_margin: string;
  readonly cross_wallet: string;
  readonly margin_balance: string;
  readonly initial_margin: string;
  readonly maintenance_margin: string;
  readonly available: string;
  readonly unrealised_pnl: string;
  readonly pool: Pool | null;
}

export interface Pool {
  readonly wallet: string;
  readonly order_margin: string;
  readonly unrealised_pnl: string;
  readonly equity: string;
  readonly initial_margin: string;
  readonly maintenance_margin: string;
  readonly margin_ratio: string | null;
}

export interface Account {
  readonly account: number;
  readonly name: string;
  readonly house: boolean;
  readonly api_key: string | null;
  readonly secret: string | null;
}

export interface Bracket {
  readonly floor: string;
  readonly cap: string;
  readonly max_leverage: string;
  readonly maintenance_rate: string;
  readonly cum: string;
}

export interface Market {
  readonly symbol: string;
  readonly api: "/fapi" | "/dapi";
  readonly settles_in: string;
  readonly state: string;
  readonly max_leverage: string;
  readonly tick: string;
  readonly lot: string;
  readonly mark_step: string;
  readonly brackets: readonly Bracket[];
  readonly source: string;
}

export interface Markets {
  readonly clock: "frozen" | "running";
  readonly speed: number;
  readonly markets: readonly Market[];
}

/** What moves in a market. */
export interface Ticker {
  readonly symbol: string;
  readonly mark: string | null;
  readonly index: string | null;
  readonly last: string | null;
  readonly best_bid: string | null;
  readonly best_ask: string | null;
  readonly funding_rate: string;
  readonly next_funding_time: number | null;
  readonly open_interest: string;
  readonly open_interest_value: string | null;
  readonly insurance: string;
}

/** A position as a preview shows it. */
export interface Figures {
  readonly side: "long" | "short";
  readonly quantity: string;
  readonly entry_price: string;
  readonly break_even_price: string | null;
  readonly mark: string;
  readonly notional: string;
  readonly unrealised_pnl: string;
  readonly return_on_equity: string | null;
  readonly margin_mode: Mode;
  readonly leverage: string;
  readonly initial_margin: string;
  readonly opening_margin: string;
  readonly added_margin: string;
  readonly margin_balance: string;
  readonly maintenance_margin: string;
  readonly margin_ratio: string | null;
  readonly liquidation_price: string | null;
  readonly liquidation_distance: string | null;
  readonly bankruptcy_price: string | null;
  readonly max_removable: string | null;
  readonly max_removable_rule: string | null;
  readonly max_addable: string | null;
}

export interface Position extends Figures {
  readonly symbol: string;
  readonly asset: string;
  readonly position_side: PositionSide;
  /** Posted in its box; none on cross. */
  readonly margin: string | null;
  readonly adl: number;
  readonly funding_due: string | null;
}

export interface Leg {
  readonly symbol: string;
  readonly position_side: PositionSide;
  readonly margin_mode: Mode;
  readonly leverage: string;
  readonly max_notional: string;
  readonly order_margin: string;
  readonly position: Position | null;
}

export interface Order {
  readonly symbol: string;
  readonly api: string;
  readonly id: number;
  readonly side: Side;
  readonly position_side: PositionSide;
  readonly kind: string;
  readonly waiting: boolean;
  readonly price: string | null;
  readonly trigger: string | null;
  readonly quantity: string;
  readonly executed: string;
  readonly left: string;
  readonly reduces: boolean;
  readonly closes: boolean;
  readonly time: number;
}

export interface Desk {
  readonly time: number;
  readonly hedge: boolean;
  readonly latest_liquidation: number;
  readonly balances: readonly Balance[];
  readonly markets: readonly Ticker[];
  readonly legs: readonly Leg[];
  readonly orders: readonly Order[];
}

export interface Standing {
  readonly wallet: string | null;
  readonly free: string | null;
  readonly held: string | null;
  readonly isolated_margin: string | null;
  readonly available: string | null;
  readonly margin_mode: Mode;
  readonly leverage: string;
  readonly positions: readonly Figures[];
}

export interface Refused {
  readonly code: number;
  readonly msg: string;
  readonly why: string;
  readonly nearest_leverage: string | null;
}

export interface Moved {
  readonly to_position: string;
  readonly to_orders?: string;
  readonly rule?: string | null;
}

export interface Preview {
  readonly accepted: boolean;
  readonly refused: Refused | null;
  readonly fee: string | null;
  readonly moved: Moved | null;
  readonly max_open: { readonly quantity: string; readonly rule: string } | null;
  readonly before: Standing;
  readonly after: Standing;
  readonly order?: { readonly fate: string; readonly executed: string; readonly value: string; readonly liquidated: boolean };
  readonly if_filled?: { readonly fee: string; readonly after: Standing } | null;
}

export interface LeverageRow extends Preview {
  readonly leverage: string;
}

export interface Story {
  readonly id: number;
  readonly time: number;
  readonly symbol: string;
  readonly side: "long" | "short";
  readonly margin_mode: Mode;
  readonly mark: string;
  readonly asset: string;
  readonly quantity: string;
  readonly entry_price: string | null;
  readonly posted: string | null;
  readonly margin_balance: string;
  readonly maintenance_margin: string;
  readonly lost: string;
  readonly returned: string;
  readonly fee: string;
  readonly insurance_paid: string;
  readonly text: readonly string[];
}

export interface Explained {
  readonly title: string;
  readonly text: readonly string[];
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainedStep {
  readonly name: string;
  readonly formula: string;
  readonly inputs: readonly { readonly name: string; readonly value: string }[];
  readonly rounding: string | null;
  readonly result: string;
  readonly source: string;
}
