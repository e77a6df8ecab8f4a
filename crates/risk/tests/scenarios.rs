//! Scenario tables a trader can read: contract and rules, the leg, the mark, the command, and what comes of it.
//!
//! Without other words: linear, no fees, maintenance 0.5 % of the value at the mark, liquidation strictly below it.

mod scenario;

use scenario::{leg, market, outcome};

/// Runs every row and reports all that differ at once.
fn check(table: &str) {
    let mut wrong = Vec::new();
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (given, expected) = row.split_once("->").expect("an outcome");
        let cells: Vec<&str> = given.split('|').map(str::trim).collect();
        let [rules, held, mark, command] = cells[..] else { panic!("four cells before the arrow: {row}") };
        let market = market(rules);
        let got = outcome(&market, leg(&market, held), mark.parse().expect("a mark"), command);
        if got != expected.trim() {
            wrong.push(format!("{given}-> {got}"));
        }
    }
    assert!(wrong.is_empty(), "these rows come out as follows:\n{}", wrong.join("\n"));
}

/// Opening, adding, reducing, turning round, and what an order must find in the wallet.
const ORDERS: &str = "
    linear              | flat x100 wallet 500                        | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 400 liq 9949.7
    linear              | flat x100 wallet 500                        | 10000 | sell 1 @ 10000              -> short 1 margin 100 wallet 400 liq 10049.8
    linear entry-mm     | flat x100 wallet 500                        | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 400 liq 9949.9
    linear entry-mm at-or-below | flat x100 wallet 500                | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 400 liq 9950
    linear taker        | flat x100 wallet 500                        | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 395 liq 9949.7
    linear taker fee-in-mm | flat x100 wallet 500                     | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 395 liq 9954.7
    linear              | flat x1 wallet 10000                        | 10000 | buy 1 @ 10000               -> long 1 margin 10000 wallet 0 liq none
    linear              | flat x1 wallet 10000                        | 10000 | sell 1 @ 10000              -> short 1 margin 10000 wallet 0 liq 19900.5
    inverse             | flat x100 wallet 0.1                        | 10000 | buy 10000 @ 10000           -> long 10000 margin 0.01 wallet 0.09 liq 9950.4
    inverse entry-mm    | flat x100 wallet 0.1                        | 10000 | buy 10000 @ 10000           -> long 10000 margin 0.01 wallet 0.09 liq 9950.2
    inverse             | flat x1 wallet 1                            | 10000 | sell 10000 @ 10000          -> short 10000 margin 1 wallet 0 liq none
    linear              | long 1 @ 10000 x10 wallet 2000              | 11000 | buy 1 @ 11000               -> long 2 margin 2100 wallet 900 liq 9497.4
    linear              | long 2 @ 10000 x10 wallet 0                 | 10500 | sell 1 @ 10500              -> long 1 margin 1000 wallet 1500 liq 9045.2
    linear              | long 1 @ 10000 x10 wallet 0                 | 9500  | sell 1 @ 9500               -> flat wallet 500
    linear              | long 1 @ 10000 x10 added 100 wallet 0       | 10000 | sell 0.5 @ 10000            -> long 0.5 margin 550 wallet 550 liq 8944.7
    linear              | long 1 @ 10000 x10 wallet 5000              | 10000 | sell 3 @ 10000              -> short 2 margin 2000 wallet 4000 liq 10945.3
    linear              | long 1 @ 10000 x10 wallet 5000              | 10000 | sell 3 @ 10000 reduce-only  -> refused 12 would-open
    linear              | long 1 @ 10000 x10 wallet 5000              | 10000 | sell 1 @ 10000 reduce-only  -> flat wallet 6000
    linear              | flat x10 wallet 5000                        | 10000 | buy 1 @ 10000 reduce-only   -> refused 12 would-open
    linear              | long 1 @ 10000 x10 wallet 5000              | 9000  | sell 1 @ 9000               -> flat wallet 5000
    linear              | long 1 @ 10000 x10 wallet 5000              | 9000  | sell 1 @ 8999.9             -> refused 15 beyond-bankruptcy
    linear              | flat x100 wallet 99.9                       | 10000 | buy 1 @ 10000               -> refused 13 insufficient-balance
    linear              | flat x100 wallet 100                        | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 0 liq 9949.7
    linear taker        | flat x100 wallet 104.9                      | 10000 | buy 1 @ 10000               -> refused 13 insufficient-balance
    linear taker        | flat x100 wallet 105                        | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 0 liq 9949.7
    linear              | flat x100 wallet 110                        | 9990  | buy 1 @ 10000               -> long 1 margin 100 wallet 10 liq 9949.7
    linear              | flat x100 wallet 109                        | 9990  | buy 1 @ 10000               -> refused 13 insufficient-balance
    linear open-loss taker | flat x100 wallet 105                     | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 0 liq 9949.7
    linear two-way taker | flat x100 wallet 109.94                    | 10000 | buy 1 @ 10000               -> refused 13 insufficient-balance
    linear two-way taker | flat x100 wallet 109.95                    | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 4.95 liq 9949.7
    linear fee-twice taker | flat x100 wallet 109.99                  | 10000 | buy 1 @ 10000               -> refused 13 insufficient-balance
    linear fee-twice taker | flat x100 wallet 110                     | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 5 liq 9949.7
    linear              | flat x100 wallet 5000                       | 9900  | buy 1 @ 10000               -> refused 17 would-liquidate
    linear              | flat x100 wallet 9000                       | 10000 | buy 11 @ 10000              -> refused 10 leverage-above-bracket
    linear              | flat x50 wallet 9000                        | 10000 | buy 11 @ 10000              -> long 11 margin 2200 wallet 6800 liq 9853
    linear              | flat x101 wallet 9000                       | 10000 | buy 1 @ 10000               -> refused 9 leverage-above-contract
    linear              | flat x100 buys 95000 wallet 9000            | 10000 | buy 1 @ 10000               -> refused 10 leverage-above-bracket
    linear              | flat x100 sells 95000 wallet 9000           | 10000 | buy 1 @ 10000               -> long 1 margin 100 wallet 8900 liq 9949.7
    linear              | flat x10 wallet 5000                        | 10000 | buy 1 @ 10000.05            -> refused 2 filter
    linear              | flat x10 wallet 5000                        | 10000 | buy 0.0005 @ 10000          -> refused 2 filter
    linear              | flat x10 wallet 5000                        | 10000 | buy 0.001 @ 4000            -> refused 2 filter
    linear band-5%      | flat x10 wallet 5000                        | 10000 | buy 1 @ 10500.1             -> refused 2 filter
    linear band-5%      | flat x10 wallet 5000                        | 10000 | sell 1 @ 9499.9             -> refused 2 filter
    linear              | flat x10 wallet 5000                        | 10000 | buy 1000001 @ 10000         -> refused 2 filter
    linear              | flat x10 wallet 5000                        | 900000000 | buy 1000000 @ 900000000 -> refused 1 out-of-range
    linear              | long 1 @ 10000 x10 wallet 10000000000000    | 10000 | sell 1 @ 10000              -> refused 1 out-of-range";

/// Raising and lowering the leverage of an open position, in profit and in loss, under every policy.
const LEVERAGE: &str = "
    linear recalculate  | long 1 @ 10000 x10 wallet 500               | 10000 | leverage 20                 -> long 1 margin 500 wallet 1000 liq 9547.7
    linear recalculate  | long 1 @ 10000 x10 wallet 500               | 11000 | leverage 20                 -> long 1 margin 550 wallet 950 liq 9497.4 (initial margin must stay)
    linear recalculate  | long 1 @ 10000 x10 wallet 500               | 9700  | leverage 20                 -> long 1 margin 785 wallet 715 liq 9261.3 (initial margin must stay)
    linear recalculate  | long 1 @ 10000 x20 wallet 500               | 10000 | leverage 10                 -> long 1 margin 1000 wallet 0 liq 9045.2
    linear recalculate  | long 1 @ 10000 x20 wallet 500               | 11000 | leverage 10                 -> long 1 margin 1000 wallet 0 liq 9045.2
    linear recalculate  | long 1 @ 10000 x20 wallet 500               | 9700  | leverage 10                 -> long 1 margin 1000 wallet 0 liq 9045.2
    linear recalculate  | long 1 @ 10000 x20 added 50 wallet 500      | 10000 | leverage 10                 -> long 1 margin 1050 wallet 0 liq 8994.9
    linear recalculate  | long 1 @ 10000 x20 wallet 499.9             | 10000 | leverage 10                 -> refused 13 insufficient-balance, nearest 11
    linear recalculate  | long 1 @ 10000 x20 wallet 500               | 9500  | leverage 10                 -> refused 16 in-liquidation, nearest 20
    linear recalculate  | long 11 @ 10000 x10 wallet 500              | 10000 | leverage 60                 -> refused 10 leverage-above-bracket, nearest 50
    linear recalculate  | long 1 @ 10000 x10 wallet 500               | 10000 | leverage 200                -> refused 9 leverage-above-contract, nearest 100
    linear recalculate  | long 1 @ 10000 x10 buys 10000 wallet 500    | 10000 | leverage 20                 -> long 1 margin 500 wallet 1500 liq 9547.7
    linear recalculate  | flat x10 buys 10000 wallet 500              | 10000 | leverage 20                 -> flat wallet 1000
    linear recalculate  | long 1 @ 10000 x10 wallet 500               | 10000 | leverage 10                 -> long 1 margin 1000 wallet 500 liq 9045.2
    linear strict       | long 1 @ 10000 x10 wallet 500               | 10000 | leverage 20                 -> long 1 margin 1000 wallet 500 liq 9045.2
    linear strict       | long 1 @ 10000 x10 wallet 500               | 9700  | leverage 20                 -> long 1 margin 1000 wallet 500 liq 9045.2
    linear strict       | long 1 @ 10000 x10 wallet 5000              | 10000 | leverage 5                  -> refused 11 lowering-refused, nearest 10
    linear strict       | long 1 @ 10000 x10 wallet 5000              | 11000 | leverage 5                  -> refused 11 lowering-refused, nearest 10
    linear strict       | flat x10 wallet 500                         | 10000 | leverage 5                  -> flat wallet 500
    linear reset        | long 1 @ 10000 x10 added 70 wallet 500      | 10000 | leverage 20                 -> long 1 margin 500 wallet 1070 liq 9547.7
    linear reset        | long 1 @ 10000 x10 added 70 wallet 500      | 11000 | leverage 20                 -> long 1 margin 500 wallet 1070 liq 9547.7
    linear reset        | long 1 @ 10000 x10 wallet 500               | 9600  | leverage 20                 -> long 1 margin 500 wallet 1000 liq 9547.7
    linear reset        | long 1 @ 10000 x10 wallet 500               | 9500  | leverage 20                 -> refused 17 would-liquidate, nearest 18
    linear reset        | long 1 @ 10000 x20 added 70 wallet 500      | 9800  | leverage 10                 -> long 1 margin 1000 wallet 70 liq 9045.2
    linear reset-no-orders | long 1 @ 10000 x10 wallet 500            | 10000 | leverage 20                 -> long 1 margin 500 wallet 1000 liq 9547.7
    linear reset-no-orders | long 1 @ 10000 x20 wallet 500            | 9800  | leverage 10                 -> long 1 margin 1000 wallet 0 liq 9045.2
    linear reset-no-orders | long 1 @ 10000 x10 buys 1000 wallet 500  | 10000 | leverage 20                 -> refused 7 open-orders, nearest 10
    linear keep         | long 1 @ 10000 x10 wallet 500               | 11000 | leverage 20                 -> long 1 margin 1000 wallet 500 liq 9045.2
    linear keep         | long 1 @ 10000 x10 wallet 0                 | 9700  | leverage 5                  -> long 1 margin 1000 wallet 0 liq 9045.2
    inverse recalculate | long 10000 @ 10000 x10 wallet 0             | 10000 | leverage 100                -> long 10000 margin 0.01 wallet 0.09 liq 9950.4
    inverse recalculate | short 10000 @ 10000 x100 wallet 1           | 10000 | leverage 10                 -> short 10000 margin 0.1 wallet 0.91 liq 11055.6";

/// Adding and removing margin under every policy, and a position that adds by itself.
const MARGIN: &str = "
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | add 100                     -> long 1 margin 1100 wallet 400 liq 8944.7
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | add 500.00000001            -> refused 13 insufficient-balance
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | add 0                       -> refused 3 amount-not-positive
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | remove -1                   -> refused 3 amount-not-positive
    linear              | flat x10 wallet 500                         | 10000 | add 100                     -> refused 4 no-position
    linear              | long 1 @ 10000 x10 wallet 500               | 9000  | remove 1                    -> refused 16 in-liquidation
    linear no-profit    | long 1 @ 10000 x10 added 200 wallet 0       | 10000 | most removable              -> 200 (initial margin must stay)
    linear no-profit    | long 1 @ 10000 x10 added 200 wallet 0       | 11000 | most removable              -> 100 (initial margin must stay)
    linear no-profit    | long 1 @ 10000 x10 added 200 wallet 0       | 9900  | most removable              -> 110 (initial margin must stay)
    linear no-profit    | long 1 @ 10000 x10 added 200 wallet 0       | 10000 | remove 200                  -> long 1 margin 1000 wallet 200 liq 9045.2
    linear no-profit    | long 1 @ 10000 x10 added 200 wallet 0       | 10000 | remove 200.00000001         -> refused 14 above-removable
    linear no-profit floor-10% | long 1 @ 10000 x20 added 600 wallet 0 | 10000 | most removable             -> 100 (a share of the position's value must stay)
    linear two-terms    | long 1 @ 10000 x10 added 200 wallet 0       | 11000 | most removable              -> 1100 (initial margin must stay)
    linear two-terms    | long 1 @ 10000 x10 wallet 0                 | 20000 | most removable              -> 900 (maintenance margin must stay)
    linear two-terms    | long 1 @ 10000 x10 added 200 wallet 0       | 9900  | most removable              -> 110 (initial margin must stay)
    linear added-only   | long 1 @ 10000 x10 added 200 wallet 0       | 11000 | most removable              -> 200 (only added margin may be removed)
    linear added-only   | long 1 @ 10000 x10 added 200 wallet 0       | 9900  | most removable              -> 100 (only added margin may be removed)
    linear added-only   | long 1 @ 10000 x10 added 200 wallet 0       | 9700  | remove 1                    -> refused 14 above-removable
    linear with-profit  | long 1 @ 10000 x10 added 200 wallet 0       | 11000 | most removable              -> 1100 (initial margin must stay)
    linear with-profit  | long 1 @ 10000 x10 wallet 0                 | 20000 | most removable              -> 1000 (the whole margin)
    linear              | long 1 @ 10000 x10 wallet 500               | 9100  | auto-add                    -> nothing
    linear              | long 1 @ 10000 x10 wallet 5000              | 9000  | auto-add                    -> long 1 margin 1900 wallet 4100 liq 8140.7
    linear              | long 1 @ 10000 x10 wallet 300               | 9000  | auto-add                    -> long 1 margin 1300 wallet 0 liq 8743.7
    linear auto-initial | long 1 @ 10000 x10 wallet 5000              | 9000  | auto-add                    -> long 1 margin 2000 wallet 4000 liq 8040.2
    linear auto-none    | long 1 @ 10000 x10 wallet 5000              | 9000  | auto-add                    -> refused 6 not-offered
    linear              | flat x10 wallet 5000                        | 9000  | auto-add                    -> refused 4 no-position";

/// Switching between isolated and cross and between one-way and hedge; the most that can be opened.
const MODES_AND_MAXIMA: &str = "
    linear              | long 1 @ 10000 x10 added 50 wallet 500      | 10000 | margin isolated to cross    -> margin 0, wallet 1550
    linear              | long 1 @ 10000 x10 added -1000 wallet 1000  | 10000 | margin cross to isolated    -> margin 1000, wallet 0
    linear              | long 1 @ 10000 x10 added -1000 wallet 999   | 10000 | margin cross to isolated    -> refused 13 insufficient-balance
    linear              | long 1 @ 10000 x10 added -1000 wallet 1000  | 9000  | margin cross to isolated    -> refused 17 would-liquidate
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | margin cross to cross       -> refused 5 no-change
    linear              | long 1 @ 10000 x10 wallet 500               | 9000  | margin isolated to cross    -> refused 16 in-liquidation
    linear              | long 1 @ 10000 x10 buys 100 wallet 500      | 10000 | margin isolated to cross    -> refused 7 open-orders
    linear flat-switch  | long 1 @ 10000 x10 wallet 500               | 10000 | margin isolated to cross    -> refused 8 position-open
    linear flat-switch  | flat x10 wallet 500                         | 10000 | margin isolated to cross    -> margin 0, wallet 500
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | position one-way to hedge   -> 1 carried over
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | position hedge to one-way   -> 1 carried over
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | position hedge to one-way both -> refused 8 position-open
    linear              | long 1 @ 10000 x10 wallet 500               | 10000 | position hedge to hedge     -> refused 5 no-change
    linear              | long 1 @ 10000 x10 sells 100 wallet 500     | 10000 | position one-way to hedge   -> refused 7 open-orders
    linear flat-switch  | long 1 @ 10000 x10 wallet 500               | 10000 | position one-way to hedge   -> refused 8 position-open
    linear              | flat x100 wallet 500                        | 10000 | most buy @ 10000            -> 5 (available balance)
    linear              | flat x100 wallet 50000                      | 10000 | most buy @ 10000            -> 10 (leverage bracket)
    linear              | flat x100 wallet 50000                      | 9900  | most buy @ 10000            -> 0 (maintenance margin must stay)
    linear              | flat x10 wallet 9000000                     | 1     | most buy @ 1                -> 1000000 (largest order quantity)";

#[test]
fn the_tables_come_out_as_written() {
    [ORDERS, LEVERAGE, MARGIN, MODES_AND_MAXIMA].into_iter().for_each(check);
}

/// Each numbered reason for a refusal is shown at least once.
#[test]
fn every_refusal_is_in_a_table() {
    let all = [ORDERS, LEVERAGE, MARGIN, MODES_AND_MAXIMA].concat();
    let missing: Vec<usize> = (1..=17).filter(|code| !all.contains(&format!("refused {code} "))).collect();
    assert_eq!(missing, Vec::<usize>::new());
}
