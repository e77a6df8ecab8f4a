//! What a replay of trades costs one account: beside reading the same text with the plain `csv` crate, and beside the least an exact isolated
//! margin can cost.
//!
//! `cargo bench -p ringfence-replay --bench one_account` prints nanoseconds per row (median of alternating rounds, all in one run) and ratios. A
//! million trades, 10x, flat, holding, or with a market order every 100, 10 or 1 rows that opens and closes in turn. The yardstick keeps a
//! wallet, a box and a fill in whole numbers, computes at each fill the marks between which nothing happens, and compares each price with
//! both. Its equity at the end must be that of the replay to the last digit: otherwise nothing is printed and the run fails.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a benchmark has no public items, reads the clock, and may stop at the first surprise"
)]

use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ringfence_market::{Observation, Reading, Recorded};
use ringfence_replay::{
    Act, Market, Modes, Options, Population, Recording, Regime, Replay, Script, ScriptAccount, ScriptStep, Watch, When,
};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Amount, Leverage, Rate, Side};

const ROWS: usize = 1_000_000;
const ROUNDS: usize = 5;
const BEGIN_MS: i64 = 1_723_161_256_000;
/// One in 10⁻⁸.
const ONE: i128 = 100_000_000;
/// 0.1 contracts, in 10⁻⁸.
const QUANTITY: i128 = 10_000_000;
/// Taker fee, 0.05 %.
const FEE: i128 = 50_000;
/// Maintenance, 0.5 %.
const MAINTENANCE: i128 = 500_000;
const LEVERAGE: i64 = 10;
const WALLET: &str = "10000000";

/// What the account does.
#[derive(Clone, Copy)]
enum Orders {
    None,
    /// One, at the first row, that is held to the end.
    First,
    /// One every so many rows, which opens and closes in turn.
    Every(usize),
}

impl Orders {
    /// The row of the order after so many.
    const fn row(self, done: usize) -> usize {
        match (self, done) {
            (Self::First, 0) => 0,
            (Self::Every(rows), _) => rows * (done + 1),
            (Self::None | Self::First, _) => usize::MAX,
        }
    }
}

/// The replay and the yardstick with the same orders.
struct Case {
    name: &'static str,
    orders: Orders,
    rows: usize,
}

const CASES: [Case; 5] = [
    Case { name: "flat", orders: Orders::None, rows: ROWS },
    Case { name: "holding", orders: Orders::First, rows: ROWS },
    Case { name: "an order every 100 rows", orders: Orders::Every(100), rows: ROWS },
    Case { name: "an order every 10 rows", orders: Orders::Every(10), rows: ROWS },
    Case { name: "an order every row", orders: Orders::Every(1), rows: ROWS / 10 },
];

fn market() -> Market {
    let contract = Contract::list(ContractSpec {
        kind: ContractKind::Linear,
        settlement: "USDT".parse().unwrap(),
        tick: "0.1".parse().unwrap(),
        mark_step: "0.1".parse().unwrap(),
        lot: "0.001".parse().unwrap(),
        multiplier: "1".parse().unwrap(),
        value_rounding: ValueRounding::PerFill,
    });
    Market {
        contract: contract.unwrap(),
        brackets: BracketTable::flat("0.005".parse().unwrap(), "125".parse().unwrap()).unwrap(),
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: Rate::ZERO, taker: "0.0005".parse().unwrap(), liquidation: Rate::ZERO },
        symbol: "BTCUSDT".to_owned(),
        bracket_changes: Vec::new(),
    }
}

/// Trades a millisecond apart whose price wanders by a few ticks and stays within 2 %: nobody is liquidated.
fn write_trades(path: &Path, rows: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(file, "ts_ms,trade_id,price,qty,side,type").unwrap();
    let (mut random, mut price) = (7_u64, 618_000_i64);
    for row in 0..i64::try_from(rows).unwrap() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        price = (price + i64::try_from(random >> 33).unwrap() % 7 - 3).clamp(606_000, 630_000);
        let side = if random >> 63 == 0 { "buy" } else { "sell" };
        let (id, time) = (5_000_000_000 + row, BEGIN_MS + row);
        writeln!(file, "{time},{id},{}.{},0.012,{side},MARKET", price / 10, price % 10).unwrap();
    }
    file.flush().unwrap();
}

fn script(case: &Case) -> Population {
    let enter = Act::Enter { quantity: "0.1".parse().unwrap(), leverage: Leverage::whole(LEVERAGE).unwrap() };
    let at = |row: usize| When::At(BEGIN_MS + i64::try_from(row).unwrap());
    let step = |when, act| ScriptStep { when, side: Side::Long, act, line: 1 };
    let rows = (0..).map(|done| case.orders.row(done)).take_while(|row| *row < case.rows);
    let mut steps: Vec<ScriptStep> =
        rows.zip(0_usize..).map(|(row, done)| step(at(row), if done % 2 == 0 { enter } else { Act::Close })).collect();
    if steps.is_empty() {
        steps.push(step(When::At(i64::MAX), enter));
    }
    let account = ScriptAccount { name: "one".to_owned(), wallet: WALLET.parse().unwrap(), mode: MarginMode::Isolated, steps };
    Population::default().with_script(Script { accounts: vec![account] })
}

/// The equity at the end, in 10⁻⁸.
fn replayed(market: &Market, population: &Population, recording: impl Recording) -> i128 {
    let options = Options { modes: Modes::Isolated, ..Options::default() };
    let replay = Replay { market, population, funding: &[], options };
    let outcome = replay.carry((Regime::Isolated, &Watch::default()), recording, |_| {}).unwrap();
    let undone = outcome.script.iter().find(|done| !done.said.starts_with("done"));
    assert!(undone.is_none(), "an order was refused: {undone:?}");
    assert!(outcome.run.liquidations.is_empty());
    outcome.accounts.first().unwrap().life.equity.wide()
}

/// A wallet, and a box while a position is open.
struct Yardstick {
    wallet: i128,
    margin: i128,
    cost: i128,
    /// Nothing happens while the price is above the first and below the second.
    quiet: (i64, i64),
}

impl Yardstick {
    const FLAT: (i64, i64) = (i64::MIN, i64::MAX);

    fn value(price: i64) -> i128 {
        let value = QUANTITY * i128::from(price);
        assert!(value % ONE == 0, "a value that would be rounded");
        value / ONE
    }

    fn trade(&mut self, price: i64) {
        let value = Self::value(price);
        self.wallet -= ceiling(value * FEE, ONE);
        if self.quiet == Self::FLAT {
            (self.margin, self.cost) = (ceiling(value, i128::from(LEVERAGE)), value);
            self.wallet -= self.margin;
            let least = (self.cost - self.margin) * ONE * ONE / (QUANTITY * (ONE - MAINTENANCE));
            self.quiet = (i64::try_from(least).unwrap(), i64::MAX);
        } else {
            self.wallet += self.margin + value - self.cost;
            (self.margin, self.cost, self.quiet) = (0, 0, Self::FLAT);
        }
    }

    fn run(ticks: &[Observation], orders: Orders) -> i128 {
        let wallet: Amount = WALLET.parse().unwrap();
        let mut own = Self { wallet: wallet.wide(), margin: 0, cost: 0, quiet: Self::FLAT };
        let (mut done, mut next, mut last) = (0, orders.row(0), 0);
        for (row, tick) in ticks.iter().enumerate() {
            let Observation::Tick(tick) = tick else { panic!("a bar") };
            last = tick.price.raw();
            assert!(last > own.quiet.0 && last < own.quiet.1, "a liquidation");
            if row == next {
                own.trade(last);
                done += 1;
                next = orders.row(done);
            }
        }
        let open = if own.quiet == Self::FLAT { 0 } else { Self::value(last) - own.cost };
        own.wallet + own.margin + open
    }
}

/// A quotient of what is not negative, rounded up.
const fn ceiling(value: i128, by: i128) -> i128 {
    (value + by - 1) / by
}

/// The csv crate, one reused record, fields only: the floor of reading text.
fn csv_fields(path: &Path) -> i128 {
    let mut reader = csv::ReaderBuilder::new().from_path(path).unwrap();
    let (mut record, mut fields) = (csv::ByteRecord::new(), 0_usize);
    while reader.read_byte_record(&mut record).unwrap() {
        fields += record.len();
    }
    i128::try_from(fields).unwrap()
}

fn open(path: &Path) -> Recorded {
    Recorded::open(path, &Reading::default()).unwrap()
}

fn decoded(path: &Path) -> i128 {
    let mut sum = 0;
    for row in open(path) {
        if let Observation::Tick(tick) = row.unwrap() {
            sum ^= i128::from(tick.price.raw() ^ tick.time_ms);
        }
    }
    sum
}

/// Something that is timed; what it answers must be the same in every round.
struct Contestant<'a> {
    rows: usize,
    run: Box<dyn Fn() -> i128 + 'a>,
    seconds: Vec<f64>,
    answer: Option<i128>,
}

impl<'a> Contestant<'a> {
    fn new(rows: usize, run: impl Fn() -> i128 + 'a) -> Self {
        Self { rows, run: Box::new(run), seconds: Vec::new(), answer: None }
    }

    fn round(&mut self) {
        let begun = Instant::now();
        let answer = black_box((self.run)());
        self.seconds.push(begun.elapsed().as_secs_f64());
        assert_eq!(*self.answer.get_or_insert(answer), answer, "a run that differs from itself");
    }

    /// Nanoseconds per row: the median.
    fn nanoseconds(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).unwrap() * 1e9 / f64::from(u32::try_from(self.rows).unwrap())
    }
}

/// The text and the same in memory.
struct Trades {
    path: PathBuf,
    ticks: Vec<Observation>,
}

fn trades(directory: &Path, rows: usize) -> Trades {
    let path = directory.join(format!("{rows}.csv"));
    write_trades(&path, rows);
    let ticks: Vec<Observation> = open(&path).map(Result::unwrap).collect();
    assert_eq!(ticks.len(), rows);
    Trades { path, ticks }
}

fn print(floor: f64, [text, memory, yardstick]: [f64; 3], name: &str) {
    println!("{name:<26} {text:>10.1} {:>10.2} {memory:>12.1} {yardstick:>12.2} {:>12.1}", text / floor, memory / yardstick);
}

fn main() {
    let directory = std::env::temp_dir().join(format!("ringfence-one-account-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (market, series) = (market(), [trades(&directory, ROWS), trades(&directory, ROWS / 10)]);
    let whole = series.first().unwrap();
    let of = |case: &Case| series.iter().find(|trades| trades.ticks.len() == case.rows).unwrap();
    let populations: Vec<Population> = CASES.iter().map(script).collect();
    let mut contestants = vec![Contestant::new(ROWS, || csv_fields(&whole.path)), Contestant::new(ROWS, || decoded(&whole.path))];
    for (case, population) in CASES.iter().zip(&populations) {
        let (trades, market) = (of(case), &market);
        contestants.push(Contestant::new(case.rows, move || replayed(market, population, open(&trades.path))));
        contestants.push(Contestant::new(case.rows, move || replayed(market, population, trades.ticks.iter().copied().map(Ok))));
        contestants.push(Contestant::new(case.rows, || Yardstick::run(&of(case).ticks, case.orders)));
    }
    for _ in 0..ROUNDS {
        contestants.iter_mut().for_each(Contestant::round);
    }
    std::fs::remove_dir_all(&directory).unwrap();
    let (decoding, cases) = contestants.split_at(2);
    for (case, answers) in CASES.iter().zip(cases.chunks(3)) {
        let answers: Vec<_> = answers.iter().map(|contestant| contestant.answer).collect();
        assert!(answers.windows(2).all(|pair| pair.first() == pair.last()), "{}: void, {answers:?}", case.name);
    }
    let nanoseconds: Vec<f64> = decoding.iter().map(Contestant::nanoseconds).collect();
    let floor = *nanoseconds.first().unwrap();
    println!(
        "{ROWS} trades, median of {ROUNDS} alternating rounds; nanoseconds per row; every final equity is the same to the last digit"
    );
    println!("csv crate, fields only {floor:.1}; this reader {:.1} ({:.2} x)", nanoseconds[1], nanoseconds[1] / floor);
    println!("{:<26} {:>10} {:>10} {:>12} {:>12} {:>12}", "", "from text", "x csv", "from memory", "yardstick", "x yardstick");
    for (case, cases) in CASES.iter().zip(cases.chunks(3)) {
        let [text, memory, yardstick] = cases else { panic!("three of each case") };
        print(floor, [text.nanoseconds(), memory.nanoseconds(), yardstick.nanoseconds()], case.name);
    }
}
