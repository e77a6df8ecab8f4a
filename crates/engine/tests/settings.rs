//! Leverage, margin and modes, as tables a trader can read: rules, what was done before, the command, and what comes of it.
//!
//! The trader has 10,000 USDT, the mark is 10,000, leverage 10, there are no fees; up to 50,000 may be held at 125×, up to 500,000 at 50×, up to
//! 10,000,000 at 20×. `long` and `short` trade with a counterparty, `bid` and `ask` rest, `eth:` means another market of the same asset. Margin is
//! shown as opening margin and, after a plus, what was added.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test may stop at the first surprise")]

mod settings_support;
mod world;

use proptest::prelude::*;
use settings_support::{outcome, play};

/// The leverage of a position, with orders, in a loss, under every policy.
const LEVERAGE: &str = "
    recalculate     | long 1 @ 10000 ; leverage 20                                           -> long 1 margin 500 x20 free 9500
    recalculate     | long 1 @ 10000 ; mark 12000 ; mark 9500 ; mark 10000                   -> long 1 margin 1000 x10 free 9000
    recalculate     | long 1 @ 10000 ; mark 11000 ; leverage 20                              -> long 1 margin 550 x20 free 9450
    recalculate     | long 1 @ 10000 ; mark 9700 ; leverage 20                               -> long 1 margin 785 x20 free 9215
    recalculate     | long 1 @ 10000 ; leverage 5                                            -> long 1 margin 2000 x5 free 8000
    recalculate     | long 1 @ 10000 ; mark 9700 ; leverage 5                                -> long 1 margin 2000 x5 free 8000
    recalculate     | long 1 @ 10000 ; leverage 20 ; leverage 10                             -> long 1 margin 1000 x10 free 9000
    recalculate     | long 1 @ 10000 ; leverage 5 ; leverage 10                              -> long 1 margin 1000 x10 free 9000
    recalculate     | long 1 @ 10000 ; add 70 ; leverage 20                                  -> long 1 margin 500+70 x20 free 9430
    recalculate     | long 1 @ 10000 ; leverage 10                                           -> nothing happens, long 1 margin 1000 x10 free 9000
    recalculate     | long 1 @ 10000 ; withdraw 8500 ; leverage 5                            -> refused 13 insufficient-balance, nearest 7
    recalculate     | long 1 @ 10000 ; withdraw 8000 ; leverage 5                            -> long 1 margin 2000 x5 free 0
    recalculate     | short 1 @ 10000 ; leverage 40                                          -> short 1 margin 250 x40 free 9750
    recalculate     | short 1 @ 10000 ; leverage 4                                           -> short 1 margin 2500 x4 free 7500
    recalculate     | leverage 125                                                           -> x125 free 10000
    recalculate     | leverage 126                                                           -> refused 9 leverage-above-contract, nearest 125
    recalculate     | leverage 1                                                             -> x1 free 10000
    recalculate     | leverage 2.5                                                           -> x2.5 free 10000
    recalculate     | long 6 @ 10000 ; leverage 60                                           -> refused 10 leverage-above-bracket, nearest 50
    recalculate     | long 6 @ 10000 ; leverage 50                                           -> long 6 margin 1200 x50 free 8800
    recalculate     | long 5 @ 10000 ; leverage 125                                          -> long 5 margin 400 x125 free 9600
    recalculate     | long 4 @ 10000 ; bid 2 @ 9000 ; leverage 60                            -> refused 10 leverage-above-bracket, nearest 50
    recalculate     | long 4 @ 10000 ; bid 1 @ 9000 ; leverage 60                            -> long 4 margin 666.66666667 x60 hold 150 free 9183.33333333
    recalculate     | long 4 @ 10000 ; ask 2 @ 11000 ; leverage 60                           -> long 4 margin 666.66666667 x60 free 9333.33333333
    recalculate     | bid 1 @ 9000 ; leverage 20                                             -> x20 hold 450 free 9550
    recalculate     | bid 1 @ 9000 ; leverage 5                                              -> x5 hold 1800 free 8200
    recalculate     | bid 1 @ 9000 ; ask 2 @ 11000 ; leverage 20                             -> x20 hold 1100 free 8900
    recalculate     | long 1 @ 10000 ; bid 1 @ 9000 ; ask 3 @ 11000 ; leverage 20            -> long 1 margin 500 x20 hold 1100 free 8400
    recalculate     | long 1 @ 10000 ; bid 1 @ 9000 ; leverage 5                             -> long 1 margin 2000 x5 hold 1800 free 6200
    recalculate     | long 1 @ 10000 ; bid 1 @ 9000 ; withdraw 7199.99 ; leverage 5          -> refused 13 insufficient-balance, nearest 7
    recalculate     | long 1 @ 10000 ; bid 1 @ 9000 ; withdraw 6200 ; leverage 5             -> long 1 margin 2000 x5 hold 1800 free 0
    recalculate fees | long 1 @ 10000 ; bid 1 @ 9000 ; leverage 20                           -> long 1 margin 500 x20 hold 454.5 free 9040.5
    recalculate     | long 1 @ 10000 ; leverage 20 ; long 1 @ 10000                          -> long 2 margin 1000 x20 free 9000
    recalculate     | long 1 @ 10000 ; leverage 20 ; mark 9550 ; leverage 10                 -> long 1 margin 1000 x10 free 9000
    recalculate     | long 1 @ 10000 ; long-leg leverage 20                                  -> refused 107 wrong-position-side
    recalculate     | long 1 @ 10000 ; halt ; leverage 20                                    -> refused 104 market-state
    recalculate inverse | long 1000 @ 10000 ; leverage 100                                   -> long 1000 margin 0.001 x100 free 0.999
    recalculate inverse | short 1000 @ 10000 ; leverage 100 ; leverage 10                    -> short 1000 margin 0.01 x10 free 0.99
    strict          | long 1 @ 10000 ; leverage 20                                           -> long 1 margin 1000 x20 free 9000
    strict          | long 1 @ 10000 ; leverage 5                                            -> refused 11 lowering-refused, nearest 10
    strict          | long 1 @ 10000 ; leverage 20 ; leverage 10                             -> refused 11 lowering-refused, nearest 20
    strict          | bid 1 @ 9000 ; leverage 5                                              -> x5 hold 1800 free 8200
    reset           | long 1 @ 10000 ; add 70 ; leverage 20                                  -> long 1 margin 500 x20 free 9500
    reset           | long 1 @ 10000 ; mark 9500 ; leverage 20                               -> refused 17 would-liquidate, nearest 18
    reset           | long 1 @ 10000 ; add 1500 ; leverage 5                                 -> long 1 margin 2000 x5 free 8000
    reset           | long 1 @ 10000 ; add 1500 ; bid 1 @ 9000 ; withdraw 6200.01 ; leverage 5 -> refused 13 insufficient-balance, nearest 6
    reset           | long 1 @ 10000 ; add 1500 ; bid 1 @ 9000 ; withdraw 6200 ; leverage 5  -> long 1 margin 2000 x5 hold 1800 free 0
    reset-no-orders | long 1 @ 10000 ; bid 1 @ 9000 ; leverage 20                            -> refused 7 open-orders, nearest 10
    reset-no-orders | long 1 @ 10000 ; add 70 ; leverage 20                                  -> long 1 margin 500 x20 free 9500
    keep            | long 1 @ 10000 ; leverage 20                                           -> long 1 margin 1000 x20 free 9000
    keep            | long 1 @ 10000 ; bid 1 @ 9000 ; leverage 5                             -> long 1 margin 1000 x5 hold 1800 free 7200
    capped          | long 1 @ 10000 ; leverage 20                                           -> refused 116 open-interest-cap, at most 10
    capped          | long 1 @ 10000 ; leverage 5                                            -> long 1 margin 2000 x5 free 8000
    capped          | bid 1 @ 9000 ; leverage 20                                             -> refused 116 open-interest-cap, at most 11.11111111
    capped          | leverage 20                                                            -> x20 free 10000
    capped          | long 1 @ 10000 ; leverage 200                                          -> refused 9 leverage-above-contract, nearest 10
    stale           | long 1 @ 10000 ; wait 61 ; leverage 20                                 -> refused 105 no-mark
    stale           | long 1 @ 10000 ; wait 61 ; leverage 5                                  -> long 1 margin 2000 x5 free 8000";

/// Two legs, each with its own leverage, or both with one.
const HEDGE: &str = "
    recalculate     | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; long-leg leverage 20        -> long 1 margin 500 short 2 margin 2000 x20/10 free 7500
    recalculate     | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; long-leg leverage 20 ; short-leg leverage 5 -> long 1 margin 500 short 2 margin 4000 x20/5 free 5500
    recalculate     | hedge ; long 1 @ 10000 ; leverage 20                                   -> refused 107 wrong-position-side
    recalculate     | hedge ; bid 1 @ 9000 ; ask 1 @ 11000 ; long-leg leverage 20            -> x20/10 hold 1550 free 8450
    recalculate     | hedge ; bid 1 @ 9000 ; ask 1 @ 11000 ; short-leg leverage 5            -> x10/5 hold 3100 free 6900
    recalculate     | hedge ; long-leg leverage 20 ; short-leg leverage 5 ; one-way          -> x20 free 10000
    recalculate     | hedge ; short 1 @ 10000 ; long-leg leverage 20 ; short-leg leverage 5 ; one-way -> short 1 margin 2000 x5 free 8000
    recalculate     | hedge ; short 1 @ 10000 ; short-leg leverage 5 ; one-way ; long 2 @ 10000 -> long 1 margin 2000 x5 free 8000
    per-contract    | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; leverage 20                 -> long 1 margin 500 short 2 margin 1000 x20 free 8500
    per-contract    | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; leverage 5                  -> long 1 margin 2000 short 2 margin 4000 x5 free 4000
    per-contract    | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; withdraw 4000.01 ; leverage 5 -> refused 13 insufficient-balance, nearest 6
    per-contract    | hedge ; long 1 @ 10000 ; short 6 @ 10000 ; leverage 60                 -> refused 10 leverage-above-bracket, nearest 50
    per-contract    | hedge ; long 1 @ 10000 ; long-leg leverage 20                          -> refused 107 wrong-position-side
    per-contract    | hedge ; long 1 @ 10000 ; leverage 10                                   -> nothing happens, long 1 margin 1000 x10 free 9000
    per-contract reset | hedge ; short 1 @ 10000 ; short-leg add 2000 ; long 1 @ 10000 ; withdraw 6000 ; leverage 5 -> long 1 margin 2000 short 1 margin 2000 x5 free 0
    recalculate     | hedge ; long 1 @ 10000 ; short 1 @ 10000 ; short-leg add 100           -> long 1 margin 1000 short 1 margin 1000+100 x10 free 7900
    recalculate     | hedge ; long 1 @ 10000 ; short 1 @ 10000 ; add 100                     -> refused 107 wrong-position-side
    recalculate     | hedge ; long 1 @ 10000 ; short-leg add 100                             -> refused 4 no-position
    recalculate     | hedge ; long 1 @ 10000 ; short 1 @ 10000 ; cross                       -> long 1 cross short 1 cross x10 free 10000 available 8000
    recalculate     | hedge ; cross ; long 1 @ 10000 ; short 1 @ 10000 ; leverage 20         -> long 1 cross short 1 cross x20 free 10000 available 9000
    recalculate     | hedge ; cross ; long 1 @ 10000 ; short 1 @ 10000 ; long-leg leverage 20 -> refused 107 wrong-position-side
    recalculate     | hedge ; cross ; long 1 @ 10000 ; short 1 @ 10000 ; isolated            -> long 1 margin 1000 short 1 margin 1000 x10 free 8000
    recalculate     | hedge ; cross ; long 1 @ 10000 ; short 1 @ 10000 ; withdraw 8000 ; isolated -> long 1 margin 1000 short 1 margin 1000 x10 free 0
    recalculate     | hedge ; cross ; long 1 @ 10000 ; short 1 @ 10000 ; mark 11000 ; isolated -> refused 17 would-liquidate";

/// Two legs, each with its own margin mode.
const LEGS: &str = "
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 2 @ 10000             -> long 1 margin 1000 short 2 cross x10 free 9000 available 7000
    per-leg         | hedge ; long-leg cross ; long 1 @ 10000 ; short 2 @ 10000              -> long 1 cross short 2 margin 2000 x10 free 8000 available 7000
    per-leg         | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; short-leg cross             -> long 1 margin 1000 short 2 cross x10 free 9000 available 7000
    per-leg         | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; short-leg cross ; short-leg isolated -> long 1 margin 1000 short 2 margin 2000 x10 free 7000
    per-leg         | hedge ; long 1 @ 10000 ; short 2 @ 10000 ; short-leg cross ; long-leg cross -> long 1 cross short 2 cross x10 free 10000 available 7000
    per-leg         | hedge ; short-leg cross ; short 2 @ 10000 ; withdraw 8000 ; short-leg isolated -> short 2 margin 2000 x10 free 0
    per-leg         | hedge ; short-leg cross ; short 2 @ 10000 ; mark 10500 ; withdraw 6900 ; short-leg isolated -> short 2 margin 2000 x10 free 1100
    per-leg         | hedge ; short-leg cross ; short-leg cross                              -> refused 5 no-change
    per-leg         | hedge ; short-leg isolated                                             -> refused 5 no-change
    per-leg         | hedge ; cross                                                          -> refused 107 wrong-position-side
    per-leg         | short-leg cross                                                        -> refused 107 wrong-position-side
    recalculate     | hedge ; short-leg cross                                                -> refused 107 wrong-position-side
    per-leg         | long 1 @ 10000 ; cross                                                 -> long 1 cross x10 free 10000 available 9000
    per-leg         | hedge ; bid 1 @ 9000 ; long-leg cross                                  -> refused 7 open-orders
    per-leg         | hedge ; bid 1 @ 9000 ; short-leg cross                                 -> x10 hold 900 free 9100
    per-leg         | hedge ; short-leg cross ; bid 1 @ 9000 ; ask 1 @ 11000                 -> x10 hold 2000 free 8000
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; ask 1 @ 11000 ; long-leg leverage 20 -> long 1 margin 500 x20/10 hold 1100 free 8400
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; short-leg leverage 20 -> long 1 margin 1000 short 1 cross x10/20 free 9000 available 8500
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; leverage 20 -> refused 107 wrong-position-side
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; long-leg add 100 -> long 1 margin 1000+100 short 1 cross x10 free 8900 available 7900
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; long-leg add 8000.01 -> refused 13 insufficient-balance
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; short-leg add 100 -> refused 115 not-isolated
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; withdraw 8000.01 -> refused 117 insufficient-funds
    per-leg         | hedge ; short-leg cross ; long 1 @ 10000 ; short 1 @ 10000 ; mark 12000 ; long-leg cross -> long 1 cross short 1 cross x10 free 10000 available 7600
    per-leg flat-switch | hedge ; long 1 @ 10000 ; short-leg cross                           -> long 1 margin 1000 x10 free 9000
    per-leg flat-switch | hedge ; long 1 @ 10000 ; long-leg cross                            -> refused 8 position-open
    per-leg         | hedge ; short-leg cross ; one-way                                      -> x10 free 10000
    per-leg         | hedge ; short-leg cross ; short 1 @ 10000 ; one-way                    -> short 1 cross x10 free 10000 available 9000
    per-leg stale   | hedge ; long 1 @ 10000 ; wait 61 ; long-leg cross                      -> refused 105 no-mark
    per-leg stale   | hedge ; long 1 @ 10000 ; wait 61 ; short-leg cross                     -> long 1 margin 1000 x10 free 9000
    per-leg inverse | hedge ; short-leg cross ; long 1000 @ 10000 ; short 1000 @ 10000       -> long 1000 margin 0.01 short 1000 cross x10 free 0.99 available 0.98";

/// Adding margin and taking it out under every policy.
const MARGIN: &str = "
    no-profit       | long 1 @ 10000 ; add 100                                               -> long 1 margin 1000+100 x10 free 8900
    no-profit       | long 1 @ 10000 ; add 100 ; remove 100                                  -> long 1 margin 1000 x10 free 9000
    no-profit       | long 1 @ 10000 ; add 9000                                              -> long 1 margin 1000+9000 x10 free 0
    no-profit       | long 1 @ 10000 ; add 9000.01                                           -> refused 13 insufficient-balance
    no-profit       | long 1 @ 10000 ; bid 1 @ 9000 ; add 8100.01                            -> refused 13 insufficient-balance
    no-profit       | long 1 @ 10000 ; add 0                                                 -> refused 3 amount-not-positive
    no-profit       | long 1 @ 10000 ; remove -1                                             -> refused 3 amount-not-positive
    no-profit       | add 100                                                                -> refused 4 no-position
    no-profit       | long 1 @ 10000 ; long-leg add 100                                      -> refused 107 wrong-position-side
    no-profit       | long 1 @ 10000 ; remove 0.01                                           -> refused 14 above-removable
    no-profit       | long 1 @ 10000 ; add 200 ; mark 11000 ; remove 100                     -> long 1 margin 1000+100 x10 free 8900
    no-profit       | long 1 @ 10000 ; add 200 ; mark 11000 ; remove 100.01                  -> refused 14 above-removable
    no-profit       | long 1 @ 10000 ; add 200 ; mark 9900 ; remove 110                      -> long 1 margin 1000+90 x10 free 8910
    no-profit       | long 1 @ 10000 ; leverage 5 ; leverage 10 ; remove 1                   -> refused 14 above-removable
    no-profit       | long 1 @ 10000 ; add 200 ; halt ; remove 100                           -> refused 104 market-state
    no-profit stale | long 1 @ 10000 ; add 200 ; wait 61 ; remove 100                        -> refused 105 no-mark
    no-profit stale | long 1 @ 10000 ; wait 61 ; add 200                                     -> long 1 margin 1000+200 x10 free 8800
    two-terms       | long 1 @ 10000 ; add 200 ; mark 11000 ; remove 1100                    -> long 1 margin 1000+-900 x10 free 9900
    two-terms       | long 1 @ 10000 ; mark 20000 ; remove 920.01                            -> refused 14 above-removable
    two-terms       | long 1 @ 10000 ; add 200 ; mark 9900 ; remove 110.01                   -> refused 14 above-removable
    added-only      | long 1 @ 10000 ; add 200 ; mark 11000 ; remove 200                     -> long 1 margin 1000 x10 free 9000
    added-only      | long 1 @ 10000 ; add 200 ; mark 11000 ; remove 200.01                  -> refused 14 above-removable
    added-only      | long 1 @ 10000 ; add 200 ; mark 9900 ; remove 100.01                   -> refused 14 above-removable
    with-profit     | long 1 @ 10000 ; add 200 ; mark 11000 ; remove 1100                    -> long 1 margin 1000+-900 x10 free 9900
    with-profit     | long 1 @ 10000 ; mark 20000 ; remove 1000.01                           -> refused 14 above-removable
    recalculate     | cross ; long 1 @ 10000 ; add 100                                       -> refused 115 not-isolated
    recalculate     | auto on                                                                -> x10 auto free 10000
    recalculate     | auto on ; auto off                                                     -> x10 free 10000
    recalculate     | cross ; auto on                                                        -> x10 auto free 10000
    recalculate     | auto on ; auto on                                                      -> nothing happens, x10 auto free 10000
    recalculate     | auto off                                                               -> nothing happens, free 10000
    auto-none       | auto on                                                                -> refused 6 not-offered
    auto-none       | auto off                                                               -> nothing happens, free 10000";

/// Isolated and cross, one-way and hedge.
const MODES: &str = "
    recalculate     | cross                                                                  -> x10 free 10000
    recalculate     | isolated                                                               -> refused 5 no-change
    recalculate     | cross ; isolated                                                       -> x10 free 10000
    recalculate     | long 1 @ 10000 ; add 50 ; cross                                        -> long 1 cross x10 free 10000 available 9000
    recalculate     | long 1 @ 10000 ; cross ; isolated                                      -> long 1 margin 1000 x10 free 9000
    recalculate     | cross ; long 1 @ 10000 ; isolated                                      -> long 1 margin 1000 x10 free 9000
    recalculate     | cross ; long 1 @ 10000 ; mark 9500 ; isolated                          -> long 1 margin 1000 x10 free 9000
    recalculate     | cross ; long 1 @ 10000 ; mark 9000 ; isolated                          -> refused 17 would-liquidate
    recalculate     | cross ; long 1 @ 10000 ; withdraw 9000 ; isolated                      -> long 1 margin 1000 x10 free 0
    recalculate     | cross ; long 1 @ 10000 ; leverage 50 ; withdraw 9800 ; mark 10100 ; isolated -> long 1 margin 200 x50 free 0
    recalculate     | cross ; long 1 @ 10000 ; leverage 50 ; withdraw 9000 ; leverage 20 ; mark 9700 ; isolated -> long 1 margin 500 x20 free 500
    recalculate     | cross ; long 1 @ 10000 ; eth: cross ; eth: long 1 @ 10000 ; withdraw 7500 ; eth: mark 9500 ; isolated -> long 1 margin 1000 x10 free 1500 available 50
    recalculate     | cross ; long 1 @ 10000 ; eth: cross ; eth: long 1 @ 10000 ; withdraw 8000 ; eth: mark 9500 ; isolated -> refused 13 insufficient-balance
    recalculate     | cross ; long 1 @ 10000 ; isolated ; withdraw 9000                      -> long 1 margin 1000 x10 free 0
    recalculate     | long 1 @ 10000 ; cross ; withdraw 9000.01                              -> refused 117 insufficient-funds
    recalculate     | long 1 @ 10000 ; cross ; withdraw 9000                                 -> long 1 cross x10 free 1000 available 0
    recalculate     | long 1 @ 10000 ; cross ; isolated ; cross ; eth: bid 9.01 @ 10000      -> refused 13 insufficient-balance
    recalculate     | long 1 @ 10000 ; cross ; isolated ; mark 9500 ; eth: bid 9 @ 10000     -> long 1 margin 1000 x10 free 0
    recalculate     | long 1 @ 10000 ; cross ; mark 9500 ; eth: bid 9 @ 10000                -> refused 13 insufficient-balance
    recalculate     | long 1 @ 10000 ; mark 9080 ; cross                                     -> long 1 cross x10 free 10000 available 8172
    recalculate     | eth: cross ; eth: long 1 @ 10000 ; withdraw 9000 ; long 0.001 @ 10000  -> refused 13 insufficient-balance
    recalculate     | long 1 @ 10000 ; eth: cross ; eth: long 1 @ 10000 ; withdraw 8000 ; mark 9080 ; eth: mark 9050 ; cross -> long 1 cross x10 free 2000 available 0
    recalculate     | bid 1 @ 9000 ; cross                                                   -> refused 7 open-orders
    recalculate     | bid 1 @ 9000 ; cancel ; cross                                          -> x10 free 10000
    recalculate     | long 1 @ 10000 ; stop 9000 ; cross                                     -> refused 7 open-orders
    recalculate     | long 1 @ 10000 ; halt ; cross                                          -> refused 104 market-state
    stale           | long 1 @ 10000 ; wait 61 ; cross                                       -> refused 105 no-mark
    flat-switch     | long 1 @ 10000 ; cross                                                 -> refused 8 position-open
    flat-switch     | cross ; long 1 @ 10000 ; isolated                                      -> refused 8 position-open
    flat-switch     | cross                                                                  -> x10 free 10000
    recalculate     | cross ; long 1 @ 10000 ; leverage 20                                   -> long 1 cross x20 free 10000 available 9500
    recalculate     | cross ; long 1 @ 10000 ; leverage 5                                    -> long 1 cross x5 free 10000 available 8000
    recalculate     | cross ; long 1 @ 10000 ; leverage 10                                   -> nothing happens, long 1 cross x10 free 10000 available 9000
    recalculate     | cross ; long 1 @ 10000 ; withdraw 8500 ; leverage 5                    -> refused 13 insufficient-balance, nearest 7
    recalculate     | cross ; long 1 @ 10000 ; bid 1 @ 9000 ; withdraw 6200.01 ; leverage 5  -> refused 13 insufficient-balance, nearest 6
    recalculate     | cross ; long 1 @ 10000 ; bid 1 @ 9000 ; withdraw 6200 ; leverage 5     -> long 1 cross x5 hold 1800 free 2000 available 0
    recalculate     | cross ; long 1 @ 10000 ; withdraw 8900 ; mark 9800 ; leverage 20       -> long 1 cross x20 free 1100 available 410
    recalculate     | cross ; long 6 @ 10000 ; leverage 60                                   -> refused 10 leverage-above-bracket, nearest 50
    recalculate     | cross ; long 4 @ 10000 ; bid 2 @ 9000 ; leverage 60                    -> refused 10 leverage-above-bracket, nearest 50
    recalculate     | cross ; leverage 126                                                   -> refused 9 leverage-above-contract, nearest 125
    strict          | cross ; long 1 @ 10000 ; leverage 5                                    -> long 1 cross x5 free 10000 available 8000
    reset-no-orders | cross ; long 1 @ 10000 ; bid 1 @ 9000 ; leverage 20                    -> long 1 cross x20 hold 450 free 9550 available 9050
    recalculate     | hedge                                                                  -> free 10000
    recalculate     | one-way                                                                -> refused 5 no-change
    recalculate     | hedge ; one-way                                                        -> free 10000
    recalculate     | long 1 @ 10000 ; hedge                                                 -> long 1 margin 1000 x10 free 9000
    recalculate     | hedge ; short 1 @ 10000 ; one-way                                      -> short 1 margin 1000 x10 free 9000
    recalculate     | hedge ; long 1 @ 10000 ; short 1 @ 10000 ; one-way                     -> refused 8 position-open
    recalculate     | bid 1 @ 9000 ; hedge                                                   -> refused 7 open-orders
    recalculate     | eth: bid 1 @ 9000 ; hedge                                              -> refused 7 open-orders
    recalculate     | stop 9000 ; hedge                                                      -> refused 7 open-orders
    flat-switch     | long 1 @ 10000 ; hedge                                                 -> refused 8 position-open
    flat-switch     | eth: long 1 @ 10000 ; hedge                                            -> refused 8 position-open
    flat-switch     | hedge                                                                  -> free 10000";

/// Runs every row and reports all that differ at once.
fn check(table: &str) {
    let mut wrong = Vec::new();
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (given, expected) = row.split_once("->").unwrap_or((row, ""));
        let (rules, commands) = given.split_once('|').expect("rules and commands");
        let got = outcome(rules, commands);
        if got != expected.trim() {
            wrong.push(format!("    {} -> {got}", given.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "these rows come out as follows:\n{}", wrong.join("\n"));
}

#[test]
fn leverage_comes_out_as_written() {
    check(LEVERAGE);
}

#[test]
fn hedge_legs_come_out_as_written() {
    check(HEDGE);
}

#[test]
fn legs_with_their_own_modes_come_out_as_written() {
    check(LEGS);
}

#[test]
fn margin_comes_out_as_written() {
    check(MARGIN);
}

#[test]
fn modes_come_out_as_written() {
    check(MODES);
}

/// What a trader may do in any order, small enough that no mark liquidates.
const ANYTHING: [&str; 44] = [
    "long 1 @ 10000",
    "short 1 @ 10000",
    "long 2 @ 10000",
    "short 0.3 @ 10000",
    "eth: long 1 @ 10000",
    "eth: short 1 @ 10000",
    "bid 1 @ 9500",
    "bid 0.7 @ 9400",
    "ask 1 @ 10500",
    "ask 2 @ 10600",
    "eth: bid 1 @ 9500",
    "mark 9900",
    "mark 10000",
    "mark 10100",
    "eth: mark 9900",
    "eth: mark 10100",
    "leverage 1",
    "leverage 3",
    "leverage 7",
    "leverage 20",
    "long-leg leverage 5",
    "long-leg leverage 20",
    "short-leg leverage 3",
    "eth: leverage 20",
    "add 100",
    "remove 100",
    "remove 33.33333333",
    "long-leg add 1000",
    "short-leg add 1000",
    "short-leg remove 500",
    "cross",
    "isolated",
    "eth: cross",
    "eth: isolated",
    "long-leg cross",
    "long-leg isolated",
    "short-leg cross",
    "short-leg isolated",
    "hedge",
    "one-way",
    "cancel",
    "eth: cancel",
    "withdraw 1000",
    "stop 9000",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever is set in whatever order: what a plan answers is what moves, and everything adds up.
    #[test]
    fn any_settings_keep_the_books(
        policy in prop::sample::select(vec!["recalculate", "strict", "reset", "reset-no-orders", "keep"]),
        removal in prop::sample::select(vec!["no-profit", "two-terms", "added-only", "with-profit"]),
        scope in prop::sample::select(vec!["", "per-contract", "fees", "per-contract fees", "per-leg", "per-leg per-contract fees"]),
        commands in prop::collection::vec(prop::sample::select(ANYTHING.to_vec()), 1..60),
    ) {
        play(&format!("{policy} {removal} {scope}"), commands);
    }
}
