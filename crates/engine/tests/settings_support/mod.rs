//! Plays one row of a table of settings and says what comes of it, in the words of the table's last column.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{
    AutoAdd, Command, LegRef, Listing, MarketState, NewOrder, OrderKind, PositionSide, Purpose, Transfer, Trigger, Triggered,
};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::engine::Reply;
use ringfence_engine::ids::MarketId;
use ringfence_engine::reject::Reject;
use ringfence_engine::time::Time;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::{AutoAddMargin, LeverageChange, LeverageScope, MarginModeScope, MarginRemoval, ModeSwitch};
use ringfence_risk::units::Amount;

use crate::world::{BTC, INVERSE, LINEAR, USDT, World, inverse, limit, linear, read};

const TRADER: AccountId = AccountId(0);

/// The rules of a row: those of the default rule set, without fees, unless its words say otherwise.
fn listing(words: &str, base: Listing) -> Listing {
    let mut listing = Listing { fees: FeeSchedule { maker: read("0"), taker: read("0"), liquidation: read("0") }, ..base };
    let rules = &mut listing.rules;
    for word in words.split_whitespace() {
        match word {
            "recalculate" => rules.leverage_change = LeverageChange::Recalculate,
            "strict" => rules.leverage_change = LeverageChange::RaiseKeepsLowerRefused,
            "reset" => rules.leverage_change = LeverageChange::Reset,
            "reset-no-orders" => rules.leverage_change = LeverageChange::ResetWithoutOrders,
            "keep" => rules.leverage_change = LeverageChange::Keep,
            "per-contract" => rules.leverage_scope = LeverageScope::PerContract,
            "per-leg" => rules.margin_mode_scope = MarginModeScope::PerLeg,
            "no-profit" => rules.margin_removal = MarginRemoval::KeepInitialWithoutProfit,
            "two-terms" => rules.margin_removal = MarginRemoval::KeepMaintenanceAndInitial,
            "added-only" => rules.margin_removal = MarginRemoval::AddedOnly,
            "with-profit" => rules.margin_removal = MarginRemoval::KeepInitialWithProfit,
            "auto-none" => rules.auto_add_margin = AutoAddMargin::None,
            "flat-switch" => (rules.margin_mode_switch, rules.position_mode_switch) = (ModeSwitch::Flat, ModeSwitch::Flat),
            "fees" => listing.fees = linear().fees,
            "inverse" => {}
            "stale" => listing.feed.guard.stale_after_ms = 60_000,
            "capped" => (listing.caps.open_interest_lower, listing.caps.open_interest_upper) = (read("0"), read("100000")),
            _ => panic!("no rule {word}"),
        }
    }
    listing
}

/// Does what a command says, as the trader.
fn act(world: &mut World, market: MarketId, command: &str) -> Result<Reply, Reject> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let state = world.engine.state();
    let asset = state.market(market).unwrap().asset();
    let hedged = state.account(TRADER).unwrap().position_mode() == PositionMode::Hedge;
    let order = |side, quantity, price| {
        let position_side = match side {
            _ if !hedged => PositionSide::Both,
            OrderSide::Buy => PositionSide::Long,
            OrderSide::Sell => PositionSide::Short,
        };
        NewOrder { position_side, ..limit(0, market, side, quantity, price) }
    };
    let leg = |side| LegRef { account: TRADER, market, side };
    let set = |side, what: &str, number: &str| match what {
        "leverage" => Command::SetLeverage { leg: leg(side), leverage: read(number) },
        "add" => Command::MoveMargin { leg: leg(side), movement: MarginMove::Add(read(number)) },
        "remove" => Command::MoveMargin { leg: leg(side), movement: MarginMove::Remove(read(number)) },
        _ => panic!("no command {what}"),
    };
    let transfer = |amount: &str| Transfer { account: TRADER, asset, amount: read(amount) };
    let account = TRADER;
    let command = match words[..] {
        [side @ ("long" | "short"), quantity, "@", price] => {
            let (own, other) = if side == "long" { (OrderSide::Buy, OrderSide::Sell) } else { (OrderSide::Sell, OrderSide::Buy) };
            world.run(&Command::Place(limit(3, market, other, quantity, price)));
            Command::Place(order(own, quantity, price))
        }
        ["bid", quantity, "@", price] => Command::Place(order(OrderSide::Buy, quantity, price)),
        ["ask", quantity, "@", price] => Command::Place(order(OrderSide::Sell, quantity, price)),
        ["stop", price] => {
            let watched = WatchedPrice::Mark;
            let kind = OrderKind::Conditional { watched, trigger: Trigger::Stop(read(price)), then: Triggered::Market };
            Command::Place(NewOrder { kind, purpose: Purpose::ReduceOnly, ..order(OrderSide::Sell, "1", price) })
        }
        ["mark", mark] => Command::SetMark { market, mark: read(mark), index: read(mark) },
        ["long-leg", what, number] => set(PositionSide::Long, what, number),
        ["short-leg", what, number] => set(PositionSide::Short, what, number),
        ["auto", setting] => {
            let setting = if setting == "on" { AutoAdd::On } else { AutoAdd::Off };
            Command::SetAutoAddMargin { account, market, setting }
        }
        ["withdraw", amount] => Command::Withdraw(transfer(amount)),
        ["wait", seconds] => {
            Command::AdvanceTime { to: Time::from_ms(1_700_000_000_000 + 1_000 * seconds.parse::<u64>().unwrap()) }
        }
        ["long-leg", mode] => Command::SetMarginMode { leg: leg(PositionSide::Long), mode: margin_mode(mode) },
        ["short-leg", mode] => Command::SetMarginMode { leg: leg(PositionSide::Short), mode: margin_mode(mode) },
        [what, number] => set(PositionSide::Both, what, number),
        ["cross"] => Command::SetMarginMode { leg: leg(PositionSide::Both), mode: MarginMode::Cross },
        ["isolated"] => Command::SetMarginMode { leg: leg(PositionSide::Both), mode: MarginMode::Isolated },
        ["hedge"] => Command::SetPositionMode { account, mode: PositionMode::Hedge },
        ["one-way"] => Command::SetPositionMode { account, mode: PositionMode::OneWay },
        ["cancel"] => Command::CancelAll { account, market },
        ["halt"] => Command::SetMarketState { market, state: MarketState::Halted },
        _ => panic!("no command {command}"),
    };
    world.try_run(&command)
}

fn margin_mode(word: &str) -> MarginMode {
    match word {
        "cross" => MarginMode::Cross,
        "isolated" => MarginMode::Isolated,
        _ => panic!("no margin mode {word}"),
    }
}

/// Money of the trader: free, held, and margin.
fn money(world: &World, market: MarketId) -> [Amount; 3] {
    let state = world.engine.state();
    let asset = state.market(market).unwrap().asset();
    let Some(participant) = state.market(market).unwrap().participant(TRADER) else {
        return [state.free(TRADER, asset), Amount::ZERO, Amount::ZERO];
    };
    let margin = [participant.positions().long, participant.positions().short].into_iter().flatten();
    let margin = margin.fold(Amount::ZERO, |sum, position| sum.plus(position.margin().unwrap()).unwrap());
    [state.free(TRADER, asset), participant.hold(), margin]
}

/// What a plan says moved is what moved.
fn check_plan(reply: &Reply, before: [Amount; 3], after: [Amount; 3]) {
    let (to_position, to_orders) = match reply {
        Reply::Leverage(plan) => (plan.to_position, plan.to_orders),
        Reply::Margin(plan) => (plan.to_position, Amount::ZERO),
        Reply::MarginMode(plans) => {
            let sum = plans.iter().fold(Amount::ZERO, |sum, plan| sum.plus(plan.to_position).unwrap());
            (sum, Amount::ZERO)
        }
        _ => return,
    };
    let [free, held, margin] = [0, 1, 2].map(|at| after[at].minus(before[at]).unwrap());
    assert_eq!(margin, to_position, "into the position");
    assert_eq!(held, to_orders, "into the orders");
    assert_eq!(free.plus(margin).unwrap().plus(held).unwrap(), Amount::ZERO, "nothing appears or vanishes");
}

fn show_position(position: &Position, mode: MarginMode) -> String {
    let side = if position.side == ringfence_risk::units::Side::Long { "long" } else { "short" };
    let margin = match mode {
        MarginMode::Cross => "cross".to_owned(),
        MarginMode::Isolated if position.added_margin == Amount::ZERO => format!("margin {}", position.opening_margin),
        MarginMode::Isolated => format!("margin {}+{}", position.opening_margin, position.added_margin),
    };
    format!("{side} {} {margin}", position.quantity)
}

/// Positions, leverage, what is held, what is free and, where that is less, what is available.
fn show(world: &World, market: MarketId) -> String {
    let state = world.engine.state();
    let asset = state.market(market).unwrap().asset();
    let mut words = Vec::new();
    if let Some(participant) = state.market(market).unwrap().participant(TRADER) {
        let positions = [participant.positions().long, participant.positions().short];
        words.extend(positions.iter().flatten().map(|position| show_position(position, participant.margin_mode(position.side))));
        let (long, short) = (participant.leverage().long, participant.leverage().short);
        words.push(if long == short { format!("x{long}") } else { format!("x{long}/{short}") });
        if participant.auto_add() == AutoAdd::On {
            words.push("auto".to_owned());
        }
        if participant.hold() != Amount::ZERO {
            words.push(format!("hold {}", participant.hold()));
        }
    }
    let (free, available) = (state.free(TRADER, asset), state.available(TRADER, asset).unwrap());
    words.push(format!("free {free}"));
    if available != free {
        words.push(format!("available {available}"));
    }
    words.join(" ")
}

/// The exchange of a row, and the market its commands are for.
fn exchange(rules: &str) -> (World, MarketId) {
    let is_inverse = rules.contains("inverse");
    let eth = Listing { symbol: "ETHUSDT".to_owned(), ..linear() };
    let mut world = World::with(listing(rules, linear()), listing(rules, if is_inverse { inverse() } else { eth }));
    world.deposit(3, USDT, "10000000");
    world.deposit(3, BTC, "1000");
    // The counterparty lives through every mark.
    for market in [LINEAR, INVERSE] {
        world.run(&Command::SetMarginMode {
            leg: LegRef { account: AccountId(3), market, side: PositionSide::Both },
            mode: MarginMode::Cross,
        });
    }
    (world, if is_inverse { INVERSE } else { LINEAR })
}

/// Does what a command says and compares what it answers with what moved.
fn act_and_check(world: &mut World, market: MarketId, command: &str) -> Result<Reply, Reject> {
    let (market, command) = command.strip_prefix("eth: ").map_or((market, command), |command| (INVERSE, command));
    let before = money(world, market);
    let outcome = act(world, market, command);
    if let Ok(reply) = &outcome {
        check_plan(reply, before, money(world, market));
    }
    outcome
}

/// Plays a row: every command but the last must be accepted.
pub(crate) fn outcome(rules: &str, commands: &str) -> String {
    let (mut world, market) = exchange(rules);
    let commands: Vec<&str> = commands.split(';').map(str::trim).collect();
    let (last, first) = commands.split_last().unwrap();
    for command in first {
        let done = act_and_check(&mut world, market, command);
        done.unwrap_or_else(|reject| panic!("{rules} | {commands:?}: {command}: {reject}"));
    }
    match act_and_check(&mut world, market, last) {
        Ok(_) => {
            let nothing = if world.events.is_empty() { "nothing happens, " } else { "" };
            format!("{nothing}{}", show(&world, market))
        }
        Err(reject) => {
            let (code, name) = reject.code();
            let nearest = match reject {
                Reject::Leverage(refused) => refused.nearest.map_or(String::new(), |nearest| format!(", nearest {nearest}")),
                Reject::OpenInterestCap { leverage } => format!(", at most {leverage}"),
                _ => String::new(),
            };
            format!("refused {code} {name}{nearest}")
        }
    }
}

/// Plays commands, some of which may be refused. What a refused leverage change calls the nearest is accepted.
pub(crate) fn play<'a>(rules: &str, commands: impl IntoIterator<Item = &'a str>) {
    let (mut world, market) = exchange(rules);
    for command in commands {
        if let Err(Reject::Leverage(refused)) = act_and_check(&mut world, market, command) {
            let nearest = refused.nearest.expect("the present leverage is always accepted").to_string();
            let words: Vec<&str> = command.split_whitespace().collect();
            let again = [&words[..words.len() - 1], &[nearest.as_str()]].concat().join(" ");
            act_and_check(&mut world, market, &again).unwrap_or_else(|reject| panic!("{again}: {reject}"));
        }
    }
}
