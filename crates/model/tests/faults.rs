//! Planted faults: events that lie are found out.
mod world;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::Command;
use ringfence_engine::event::{Event, LedgerAccount, LiquidationStart, Posting, Reason};
use ringfence_engine::time::Time;
use ringfence_model::{Difference, Model, Outcome};
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, MarkPrice, Notional, Quantity, Rate, Side};
use world::{INVERSE, LINEAR, USDT, World, limit, read};

/// Commands in which positions are opened, increased, reduced, turned and closed, with orders left over.
fn script() -> Vec<Command> {
    let mut commands = Vec::new();
    for (market, sizes, price) in [(LINEAR, ["0.3", "0.1", "0.5"], "10000.5"), (INVERSE, ["300", "101", "507"], "10000.5")] {
        commands.push(Command::Place(limit(0, market, Sell, sizes[0], price)));
        commands.push(Command::Place(limit(1, market, Buy, sizes[0], price)));
        commands.push(Command::Place(limit(2, market, Buy, sizes[1], price)));
        commands.push(Command::Place(limit(1, market, Sell, sizes[1], price)));
        commands.push(Command::Place(limit(2, market, Buy, sizes[2], "9990.5")));
        commands.push(Command::Place(limit(1, market, Sell, sizes[2], "9990.5")));
        commands.push(Command::Place(limit(0, market, Buy, sizes[1], "9980.5")));
    }
    commands
}

/// The script's commands with their events.
fn record() -> (World, Model, Vec<(Command, Vec<Event>)>) {
    let mut world = World::new(3);
    let begun = world.model.clone();
    let mut record = Vec::new();
    for command in script() {
        world.run(&command);
        world.agree();
        record.push((command, world.events.clone()));
    }
    (world, begun, record)
}

fn add(amount: Amount, by: i128) -> Amount {
    Amount::from_wide(amount.raw() + by).expect("in range")
}

/// The same position, off by one unit in one place or another.
fn off(position: Position) -> [Position; 4] {
    let entry_value = Notional::from_wide(position.entry_value.raw() + 1).expect("in range");
    let quantity = Quantity::from_wide(position.quantity.wide() + 1).expect("in range");
    [
        Position { entry_value, ..position },
        Position { quantity, ..position },
        Position { opening_margin: add(position.opening_margin, 1), ..position },
        Position { added_margin: add(position.added_margin, -1), ..position },
    ]
}

/// Ways in which one event can lie.
fn lies(event: &Event) -> Vec<Option<Event>> {
    if let Event::Posted(posting) = event {
        let mut lies = vec![None];
        for by in [-1, 1] {
            let mut lie = *posting;
            lie.amount = add(lie.amount, by);
            lies.push(Some(Event::Posted(lie)));
        }
        let mut lie = *posting;
        (lie.from, lie.to) = (posting.to, posting.from);
        lies.push(Some(Event::Posted(lie)));
        let mut lie = *posting;
        lie.to = if posting.to == LedgerAccount::Fees { LedgerAccount::Insurance(LINEAR) } else { LedgerAccount::Fees };
        lies.push(Some(Event::Posted(lie)));
        lies
    } else if let Event::PositionSet { market, account, side, position } = event {
        let set = |position| Some(Event::PositionSet { market: *market, account: *account, side: *side, position });
        let mut lies: Vec<Option<Event>> =
            position.map(|position| off(position).map(|lie| set(Some(lie)))).into_iter().flatten().collect();
        lies.push(None);
        lies
    } else if let Event::Traded(trade) = event {
        let mut lie = *trade;
        lie.value = Notional::from_wide(trade.value.raw() + 1).expect("in range");
        vec![None, Some(Event::Traded(lie))]
    } else if let Event::OrderFilled { market, order, lots, value } = event {
        let value = Notional::from_wide(value.raw() - 1).expect("in range");
        vec![None, Some(Event::OrderFilled { market: *market, order: *order, lots: *lots, value })]
    } else if let Event::OrderRested { market, order, open_loss } = event {
        let open_loss = add(*open_loss, 1);
        vec![None, Some(Event::OrderRested { market: *market, order: *order, open_loss })]
    } else {
        Vec::new()
    }
}

/// The whole script, with one event replaced or left out.
fn told_wrongly(begun: &Model, record: &[(Command, Vec<Event>)], at: (usize, usize), lie: Option<&Event>) -> Model {
    let mut model = begun.clone();
    for (number, (command, events)) in record.iter().enumerate() {
        let mut events = events.clone();
        if number == at.0 {
            match lie {
                Some(lie) => events[at.1] = lie.clone(),
                None => drop(events.remove(at.1)),
            }
        }
        model.observe(command, Outcome::Accepted, &events);
    }
    model
}

#[test]
fn every_lie_is_found_out() {
    let (world, begun, record) = record();
    assert_eq!(told_wrongly(&begun, &record, (usize::MAX, 0), None).check(world.engine.state()), []);
    let mut told = 0;
    for (number, (command, events)) in record.iter().enumerate() {
        for (index, event) in events.iter().enumerate() {
            for lie in lies(event) {
                let model = told_wrongly(&begun, &record, (number, index), lie.as_ref());
                told += 1;
                let found = model.check(world.engine.state());
                assert!(!found.is_empty(), "{command:?}: {event:?} as {lie:?} went unnoticed");
            }
        }
    }
    assert!(told > 300, "{told} lies");
}

#[test]
fn a_unit_too_much_names_its_account() {
    let (_, begun, record) = record();
    let (number, index) = record
        .iter()
        .enumerate()
        .find_map(|(number, (_, events))| {
            let paid = |event: &Event| matches!(event, Event::Posted(posting) if posting.to == LedgerAccount::Fees);
            events.iter().position(paid).map(|index| (number, index))
        })
        .expect("in range");
    let Event::Posted(mut posting) = record[number].1[index] else { panic!("a posting") };
    posting.amount = add(posting.amount, 1);
    let model = told_wrongly(&begun, &record[..=number], (number, index), Some(&Event::Posted(posting)));
    let names = |account| {
        model.differences().iter().any(|difference| matches!(difference, Difference::Money { account: of, .. } if *of == account))
    };
    assert!(names(LedgerAccount::Fees) && names(posting.from), "{:?}", model.differences());
}

#[test]
fn a_refused_command_has_no_events() {
    let (_, mut model, record) = record();
    model.observe(&record[0].0, Outcome::Refused, &[]);
    assert_eq!(model.differences(), []);
    model.observe(&record[0].0, Outcome::Refused, &record[0].1);
    assert_eq!(model.differences().len(), 1);
}

#[test]
fn a_command_that_did_not_happen_is_missed() {
    let (world, begun, record) = record();
    for left_out in 0..record.len() {
        let mut model = begun.clone();
        for (_, (command, events)) in record.iter().enumerate().filter(|(number, _)| *number != left_out) {
            model.observe(command, Outcome::Accepted, events);
        }
        assert!(!model.check(world.engine.state()).is_empty(), "{:?} was not missed", record[left_out].0);
    }
}

/// A world in which account 1 holds a long of the linear market, and what the model says of one more command.
fn after(command: &Command, events: impl FnOnce(Position) -> Vec<Event>) -> Vec<String> {
    let mut world = World::new(3);
    world.run(&Command::Place(limit(0, LINEAR, Sell, "0.3", "10000")));
    world.run(&Command::Place(limit(1, LINEAR, Buy, "0.3", "10000")));
    world.agree();
    let held = world
        .engine
        .state()
        .market(LINEAR)
        .expect("in range")
        .participant(AccountId(1))
        .expect("is there")
        .positions()
        .long
        .expect("is there");
    world.model.observe(command, Outcome::Accepted, &events(held));
    world.model.check(world.engine.state()).iter().map(ToString::to_string).collect()
}

fn says(differences: &[String], what: &str) {
    assert!(differences.iter().any(|difference| difference.contains(what)), "{what} is missing in {differences:#?}");
}

#[test]
fn a_safe_position_may_not_be_liquidated() {
    let mark: MarkPrice = read("10000");
    let command = Command::SetMark { market: LINEAR, mark, index: read("10000") };
    let differences = after(&command, |position| {
        let start = LiquidationStart {
            market: LINEAR,
            account: Some(AccountId(1)),
            side: Side::Long,
            margin_mode: MarginMode::Isolated,
            mark,
            margin_balance: Amount::ZERO,
            maintenance_margin: Amount::ZERO,
            position,
        };
        vec![Event::LiquidationStarted(start)]
    });
    says(&differences, "although it was not due");
}

#[test]
fn nobody_may_be_left_over() {
    // A third of the value was posted; the first bracket asks for 0.4 %.
    for (price, due) in [("6693.45", false), ("6693.44", true)] {
        let mark = read(price);
        let command = Command::SetMark { market: LINEAR, mark, index: read(price) };
        let differences = after(&command, |_| vec![Event::MarkMoved { market: LINEAR, mark }]);
        let missed = differences.iter().any(|difference| difference.contains("is to be liquidated"));
        assert_eq!(missed, due, "{price}: {differences:#?}");
    }
}

#[test]
fn a_wallet_does_not_pay_for_a_liquidation() {
    let posting = Posting {
        asset: USDT,
        from: LedgerAccount::Wallet(AccountId(1)),
        to: LedgerAccount::Insurance(LINEAR),
        amount: read("1"),
        reason: Reason::LiquidationFee,
    };
    let differences = after(&Command::SettleFunding { market: LINEAR }, |_| vec![Event::Posted(posting)]);
    says(&differences, "LiquidationFee of 1 from the wallet of account 1");
    says(&differences, "free money of account 1 fell");
}

#[test]
fn funding_without_payments_is_missed() {
    let rate: Rate = read("0.0001");
    let settled = Event::FundingSettled { market: LINEAR, rate, mark: read("10000"), next: Time::from_ms(0) };
    let differences = after(&Command::SettleFunding { market: LINEAR }, |_| vec![settled]);
    says(&differences, "long of account 1 in market 0: 30000000 worth 300000000000 with 100000000000 + -30000000 expected");
}
