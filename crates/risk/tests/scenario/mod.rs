//! Reads one row of a scenario table and says what happens, in the words of the table's last column.

use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::margin::{OpenOrders, OrderSum, initial_margin, worst_side};
use ringfence_risk::plan::{
    Context, LegState, MarginMode, MarginMove, OrderIntent, OrderRequest, PositionMode, plan_auto_add, plan_leverage,
    plan_margin, plan_margin_mode, plan_max_open, plan_order, plan_position_mode, removable,
};
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::{
    AutoAddMargin, ClosingFee, LeverageChange, LiquidationTrigger, MaintenanceBasis, MarginRemoval, ModeSwitch, OrderCost,
    RuleSet,
};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Quantity, Rate, Side};

/// What the tables leave out: price on the tick 0.1, one contract is one coin (linear) or one dollar (inverse).
pub(crate) struct Market {
    contract: Contract,
    table: BracketTable,
    rules: RuleSet,
    fees: FeeSchedule,
    filters: OrderFilters,
}

fn read<T: core::str::FromStr>(text: &str) -> T
where
    T::Err: core::fmt::Debug,
{
    text.parse().unwrap_or_else(|error| panic!("'{text}': {error:?}"))
}

/// Brackets: 0.5 % to 100×, 1 % to 50×, 2.5 % to 20×, each ten times as large as the one before.
fn brackets(style: BracketStyle, first_cap: i64) -> BracketTable {
    let rows = [("0.005", "100", 0, 1), ("0.01", "50", 1, 10), ("0.025", "20", 10, 100)].map(|(rate, leverage, floor, cap)| {
        BracketRow {
            floor: read(&(floor * first_cap).to_string()),
            cap: read(&(cap * first_cap).to_string()),
            max_leverage: read(leverage),
            maintenance_rate: read(rate),
        }
    });
    BracketTable::new(style, &rows).expect("a valid table")
}

fn choose(market: &mut Market, word: &str) {
    let rules = &mut market.rules;
    match word {
        "entry-mm" => rules.maintenance_basis = MaintenanceBasis::EntryValue,
        "at-or-below" => rules.trigger = LiquidationTrigger::AtOrBelow,
        "fee-in-mm" => rules.closing_fee = ClosingFee::TakerOnMaintenanceValue,
        "taker" => market.fees.taker = read("0.0005"),
        "slab" => market.table = brackets(BracketStyle::Slab, 100_000),
        "recalculate" => rules.leverage_change = LeverageChange::Recalculate,
        "strict" => rules.leverage_change = LeverageChange::RaiseKeepsLowerRefused,
        "reset" => rules.leverage_change = LeverageChange::Reset,
        "reset-no-orders" => rules.leverage_change = LeverageChange::ResetWithoutOrders,
        "keep" => rules.leverage_change = LeverageChange::Keep,
        "no-profit" => rules.margin_removal = MarginRemoval::KeepInitialWithoutProfit,
        "two-terms" => rules.margin_removal = MarginRemoval::KeepMaintenanceAndInitial,
        "added-only" => rules.margin_removal = MarginRemoval::AddedOnly,
        "with-profit" => rules.margin_removal = MarginRemoval::KeepInitialWithProfit,
        "floor-10%" => rules.removal_floor = read("0.1"),
        "auto-none" => rules.auto_add_margin = AutoAddMargin::None,
        "auto-initial" => rules.auto_add_margin = AutoAddMargin::InitialMargin,
        "flat-switch" => (rules.margin_mode_switch, rules.position_mode_switch) = (ModeSwitch::Flat, ModeSwitch::Flat),
        "open-loss" => rules.order_cost = OrderCost::OpenLoss,
        "two-way" => rules.order_cost = OrderCost::TwoWayFee,
        "fee-twice" => rules.order_cost = OrderCost::FeeTwice,
        "band-5%" => (market.filters.band_up, market.filters.band_down) = (read("1.05"), read("0.95")),
        _ => panic!("unknown choice '{word}'"),
    }
}

pub(crate) fn market(words: &str) -> Market {
    let mut words = words.split_whitespace();
    let inverse = words.next().expect("a contract") == "inverse";
    let spec = ContractSpec {
        kind: if inverse { ContractKind::Inverse } else { ContractKind::Linear },
        settlement: read(if inverse { "BTC" } else { "USDT" }),
        tick: read("0.1"),
        mark_step: read("0.1"),
        lot: read(if inverse { "1" } else { "0.001" }),
        multiplier: read("1"),
        value_rounding: ValueRounding::PerFill,
    };
    let mut market = Market {
        contract: Contract::list(spec).expect("a valid contract"),
        table: brackets(BracketStyle::Marginal, if inverse { 10 } else { 100_000 }),
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO },
        filters: OrderFilters {
            min_quantity: read(if inverse { "1" } else { "0.001" }),
            max_quantity: read("1000000"),
            min_notional: read("5"),
            band_up: read("2"),
            band_down: read("0.1"),
        },
    };
    words.for_each(|word| choose(&mut market, word));
    market
}

/// `long 1 @ 10000 x100`, or `flat x10`; then any of `wallet 500`, `added 20`, `buys 3000`, `sells 3000` (orders, by value).
pub(crate) fn leg(market: &Market, text: &str) -> LegState {
    let words: Vec<&str> = text.split_whitespace().collect();
    let after = |name: &str| words.iter().position(|word| *word == name).map(|at| words[at + 1]);
    let leverage: Leverage = read(words.iter().find_map(|word| word.strip_prefix('x')).expect("a leverage"));
    let money = |name: &str| after(name).map_or(Amount::ZERO, read);
    let position = (words[0] != "flat").then(|| {
        let value = fill_value(&market.contract, read(words[1]), read(words[3])).expect("in range");
        let side = if words[0] == "long" { Side::Long } else { Side::Short };
        let opened = open(side, read(words[1]), value, leverage).expect("in range");
        Position { added_margin: money("added"), ..opened }
    });
    // Orders stand at the position's entry price, so that their size follows from their value.
    let sum = |name: &str| {
        let value: Notional = read(after(name).unwrap_or("0"));
        let size = position.map_or(value.raw(), |held| value.raw() * held.quantity.wide() / held.entry_value.raw());
        OrderSum { quantity: Quantity::from_wide(size).expect("in range"), value }
    };
    let orders = OpenOrders { buys: sum("buys"), sells: sum("sells") };
    let held = position.map(|position| (position.side, position.quantity));
    let order_margin = initial_margin(worst_side(orders, held).expect("in range"), leverage).expect("in range");
    LegState { position, orders, order_margin, ..LegState::flat(leverage, money("wallet")) }
}

/// The outcome of a command at a mark.
pub(crate) fn outcome(market: &Market, leg: LegState, mark: MarkPrice, command: &str) -> String {
    let Market { contract, table, rules, fees, filters } = market;
    let terms = Terms { contract, brackets: table, rules, fees: *fees, funding_rate: Rate::ZERO };
    let context = Context { terms, leg, mark };
    let words: Vec<&str> = command.split_whitespace().collect();
    let side = |word: &str| if word == "buy" { OrderSide::Buy } else { OrderSide::Sell };
    let refused = |refusal: Refusal| format!("refused {} {}", refusal.code().0, refusal.code().1);
    let state = |leg: LegState| Ok(describe(&terms, leg, mark));
    let done = match words[..] {
        ["buy" | "sell", quantity, "@", price, ..] => {
            let intent = if words.contains(&"reduce-only") { OrderIntent::ReduceOnly } else { OrderIntent::Any };
            let order = OrderRequest { side: side(words[0]), quantity: read(quantity), price: read(price), intent };
            plan_order(&context, filters, &order).and_then(|plan| state(plan.apply(&leg)?))
        }
        ["leverage", to] => match plan_leverage(&context, read(to)) {
            Ok(plan) => state(plan.apply(&leg).expect("in range"))
                .map(|text| plan.binding.map_or(text.clone(), |rule| format!("{text} ({rule})"))),
            Err(error) => {
                return format!(
                    "{}, nearest {}",
                    refused(error.refusal),
                    error.nearest.map_or("none".to_owned(), |it| it.to_string())
                );
            }
        },
        ["add", amount] => plan_margin(&context, MarginMove::Add(read(amount))).and_then(|plan| state(plan.apply(&leg)?)),
        ["remove", amount] => plan_margin(&context, MarginMove::Remove(read(amount))).and_then(|plan| state(plan.apply(&leg)?)),
        ["most", "removable"] => removable(&context).map(|most| format!("{} ({})", most.amount, most.rule)),
        ["most", way, "@", price] => {
            let (quantity, rule) = plan_max_open(&context, filters, side(way), read(price)).expect("in range");
            Ok(format!("{quantity} ({rule})"))
        }
        ["auto-add"] => {
            plan_auto_add(&context).and_then(|plan| plan.map_or(Ok("nothing".to_owned()), |plan| state(plan.apply(&leg)?)))
        }
        ["margin", from, "to", to] => {
            let mode = |word: &str| if word == "cross" { MarginMode::Cross } else { MarginMode::Isolated };
            plan_margin_mode(&context, mode(from), mode(to)).and_then(|plan| {
                let after = plan.apply(&leg)?;
                let margin = after.position.map_or(Ok(Amount::ZERO), |position| position.margin())?;
                Ok(format!("margin {margin}, wallet {}", after.available))
            })
        }
        ["position", from, "to", to, ref other @ ..] => {
            let mode = |word: &str| if word == "hedge" { PositionMode::Hedge } else { PositionMode::OneWay };
            let second =
                if other.is_empty() { None } else { leg.position.map(|first| Position { side: first.side.opposite(), ..first }) };
            let orders = leg.orders.value().expect("in range");
            let plan = plan_position_mode(rules, (mode(from), mode(to)), [leg.position, second], orders);
            plan.map(|plan| format!("{} carried over", plan.positions.iter().flatten().count()))
        }
        _ => panic!("unknown command '{command}'"),
    };
    done.unwrap_or_else(refused)
}

/// `long 1 margin 100 wallet 400 liq 9949.7`, or `flat wallet 500`.
fn describe(terms: &Terms<'_>, leg: LegState, mark: MarkPrice) -> String {
    let Some(position) = leg.position else { return format!("flat wallet {}", leg.available) };
    let margin = position.margin().expect("in range");
    let price = Leg::isolated(*terms, &position).and_then(|leg| leg.liquidation_price(mark)).expect("in range");
    let price = price.map_or("none".to_owned(), |price| price.trigger.to_string());
    format!("{} {} margin {margin} wallet {} liq {price}", position.side, position.quantity, leg.available)
}
