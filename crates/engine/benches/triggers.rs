//! Times the index of liquidation triggers beside other ways of keeping them: a scan of all, an ordered set, a heap with lazy deletion and a
//! ladder of price buckets. All get the same triggers, moves and marks in the same run, and must name the same positions in the same order.
//!
//! Arguments are numbers of positions; without any, a thousand, a hundred thousand and a million.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a benchmark has no public items, reads the clock, and may stop at the first surprise"
)]

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::hint::black_box;
use std::time::Instant;

use ringfence_engine::triggers::{Crossing, TriggerIndex, TriggerKey};
use ringfence_risk::units::{MarkPrice, Side};

/// Prices are in units of 10⁻⁸ and move in hundredths.
const STEP: i64 = 1_000_000;
/// Where the mark is: 100,000. Triggers lie from half a per cent to half of it away.
const CENTRE: i64 = 10_000_000 * STEP;

/// Ways to keep triggers. Even slots are longs, odd ones shorts.
trait Keeper {
    const NAME: &'static str;
    fn new(slots: u32) -> Self;
    /// Inserts or moves (a price), or removes.
    fn set(&mut self, slot: u32, price: Option<i64>);
    fn is_quiet(&self, mark: i64) -> bool;
    /// Removes what the mark has crossed and appends it, nearest first.
    fn take(&mut self, mark: i64, found: &mut Vec<u32>);
}

fn mark(raw: i64) -> MarkPrice {
    MarkPrice::from_raw(raw).unwrap()
}

fn side(slot: u32) -> Side {
    if slot.is_multiple_of(2) { Side::Long } else { Side::Short }
}

/// The index. What a mark crosses is taken at once, or (`ONE_BY_ONE`) asked for and removed in its turn.
struct Index<const ONE_BY_ONE: bool>(TriggerIndex, Vec<Crossing>);

impl<const ONE_BY_ONE: bool> Keeper for Index<ONE_BY_ONE> {
    const NAME: &'static str = if ONE_BY_ONE { "index, one by one" } else { "index (4-ary heap)" };
    fn new(slots: u32) -> Self {
        Self(TriggerIndex::with_capacity(slots), Vec::new())
    }
    #[inline]
    fn set(&mut self, slot: u32, price: Option<i64>) {
        self.0.set(TriggerKey::new(slot).unwrap(), side(slot), price.map(mark));
    }
    #[inline]
    fn is_quiet(&self, at: i64) -> bool {
        self.0.is_quiet(mark(at))
    }
    fn take(&mut self, at: i64, found: &mut Vec<u32>) {
        let Self(index, crossed) = self;
        if ONE_BY_ONE {
            while let Some(crossing) = index.first_crossed(mark(at)) {
                index.set(crossing.key, crossing.side, None);
                found.push(crossing.key.slot());
            }
        } else {
            index.take_crossed(mark(at), crossed);
            found.extend(crossed.drain(..).map(|crossing| crossing.key.slot()));
        }
    }
}

/// One side of a yardstick: slots by rank, the least first.
trait Ranked {
    const NAME: &'static str;
    fn new(slots: u32) -> Self;
    fn set(&mut self, slot: u32, rank: Option<i64>);
    /// No rank is less; the greatest number when there is none.
    fn nearest(&self) -> i64;
    fn take(&mut self, most: i64, found: &mut Vec<(i64, u32)>);
}

/// Two sides and the nearest rank of each.
struct Both<R> {
    sides: [R; 2],
    nearest: [i64; 2],
}

impl<R: Ranked> Keeper for Both<R> {
    const NAME: &'static str = R::NAME;
    fn new(slots: u32) -> Self {
        Self { sides: [R::new(slots / 2 + 1), R::new(slots / 2 + 1)], nearest: [i64::MAX; 2] }
    }
    #[inline]
    fn set(&mut self, slot: u32, price: Option<i64>) {
        let half = (slot % 2) as usize;
        let rank = price.map(|price| if half == 0 { -price } else { price });
        self.sides[half].set(slot / 2, rank);
        self.nearest[half] = self.sides[half].nearest();
    }
    #[inline]
    fn is_quiet(&self, mark: i64) -> bool {
        -mark < self.nearest[0] && mark < self.nearest[1]
    }
    fn take(&mut self, mark: i64, found: &mut Vec<u32>) {
        for (half, most) in [(0, -mark), (1, mark)] {
            let mut taken = Vec::new();
            self.sides[half].take(most, &mut taken);
            taken.sort_unstable();
            found.extend(taken.into_iter().map(|(_, slot)| slot * 2 + u32::try_from(half).unwrap()));
            self.nearest[half] = self.sides[half].nearest();
        }
    }
}

struct Scan {
    below: Vec<i64>,
    above: Vec<i64>,
}

impl Keeper for Scan {
    const NAME: &'static str = "scan of i64";
    fn new(slots: u32) -> Self {
        let half = slots as usize / 2 + 1;
        Self { below: vec![i64::MIN; half], above: vec![i64::MAX; half] }
    }
    #[inline]
    fn set(&mut self, slot: u32, price: Option<i64>) {
        let at = slot as usize / 2;
        match side(slot) {
            Side::Long => self.below[at] = price.unwrap_or(i64::MIN),
            Side::Short => self.above[at] = price.unwrap_or(i64::MAX),
        }
    }
    fn is_quiet(&self, mark: i64) -> bool {
        // Without an early end, so that the compiler may compare several at once.
        let longs = self.below.iter().fold(false, |hit, trigger| hit | (mark <= *trigger));
        let shorts = self.above.iter().fold(false, |hit, trigger| hit | (mark >= *trigger));
        !(longs | shorts)
    }
    fn take(&mut self, mark: i64, found: &mut Vec<u32>) {
        let longs = (0..).zip(&self.below).filter(|(_, trigger)| mark <= **trigger).map(|(at, trigger)| (-trigger, at * 2));
        let mut longs: Vec<(i64, u32)> = longs.collect();
        let shorts = (0..).zip(&self.above).filter(|(_, trigger)| mark >= **trigger).map(|(at, trigger)| (*trigger, at * 2 + 1));
        let mut shorts: Vec<(i64, u32)> = shorts.collect();
        longs.sort_unstable();
        shorts.sort_unstable();
        for (_, slot) in longs.into_iter().chain(shorts) {
            self.set(slot, None);
            found.push(slot);
        }
    }
}

struct Ordered {
    set: BTreeSet<(i64, u32)>,
    ranks: Vec<i64>,
}

impl Ranked for Ordered {
    const NAME: &'static str = "BTreeSet, cached best";
    fn new(slots: u32) -> Self {
        Self { set: BTreeSet::new(), ranks: vec![i64::MAX; slots as usize] }
    }
    fn set(&mut self, slot: u32, rank: Option<i64>) {
        let before = std::mem::replace(&mut self.ranks[slot as usize], rank.unwrap_or(i64::MAX));
        self.set.remove(&(before, slot));
        self.set.extend(rank.map(|rank| (rank, slot)));
    }
    fn nearest(&self) -> i64 {
        self.set.first().map_or(i64::MAX, |(rank, _)| *rank)
    }
    fn take(&mut self, most: i64, found: &mut Vec<(i64, u32)>) {
        while let Some(first) = self.set.first().copied().filter(|first| first.0 <= most) {
            self.set(first.1, None);
            found.push(first);
        }
    }
}

struct Lazy {
    heap: BinaryHeap<Reverse<(i64, u32)>>,
    ranks: Vec<i64>,
}

impl Lazy {
    /// Drops entries at the top that no longer hold; all that no longer hold when there are too many.
    fn tidy(&mut self) {
        while self.heap.peek().is_some_and(|Reverse((rank, slot))| self.ranks[*slot as usize] != *rank) {
            self.heap.pop();
        }
        if self.heap.len() > 2 * self.ranks.len() {
            let ranks = &self.ranks;
            self.heap =
                (0..).zip(ranks).filter(|(_, rank)| **rank != i64::MAX).map(|(slot, rank)| Reverse((*rank, slot))).collect();
        }
    }
}

impl Ranked for Lazy {
    const NAME: &'static str = "BinaryHeap, lazy deletion";
    fn new(slots: u32) -> Self {
        Self { heap: BinaryHeap::new(), ranks: vec![i64::MAX; slots as usize] }
    }
    fn set(&mut self, slot: u32, rank: Option<i64>) {
        self.ranks[slot as usize] = rank.unwrap_or(i64::MAX);
        self.heap.extend(rank.map(|rank| Reverse((rank, slot))));
        self.tidy();
    }
    fn nearest(&self) -> i64 {
        self.heap.peek().map_or(i64::MAX, |Reverse((rank, _))| *rank)
    }
    fn take(&mut self, most: i64, found: &mut Vec<(i64, u32)>) {
        while let Some(first) = self.heap.peek().map(|Reverse(first)| *first).filter(|first| first.0 <= most) {
            self.set(first.1, None);
            found.push(first);
        }
    }
}

/// Buckets of 16 steps of the mark, each a linked list, and a bit for each that is not empty. The last takes what lies beyond.
struct Ladder {
    heads: Vec<u32>,
    links: Vec<[u32; 2]>,
    ranks: Vec<i64>,
    bits: Vec<u64>,
    summary: Vec<u64>,
}

const NONE: u32 = u32::MAX;
const BUCKETS: usize = 1 << 19;
const WIDTH: i64 = 16 * STEP;

impl Ladder {
    /// Longs lie from minus the centre on, shorts from the centre on.
    fn origin(rank: i64) -> i64 {
        if rank < 0 { -CENTRE } else { CENTRE }
    }
    fn bucket(rank: i64) -> usize {
        usize::try_from((rank - Self::origin(rank)).max(0) / WIDTH).unwrap().min(BUCKETS - 1)
    }
    fn unlink(&mut self, slot: u32) {
        let rank = std::mem::replace(&mut self.ranks[slot as usize], i64::MAX);
        if rank == i64::MAX {
            return;
        }
        let [before, after] = self.links[slot as usize];
        if after != NONE {
            self.links[after as usize][0] = before;
        }
        if before != NONE {
            self.links[before as usize][1] = after;
            return;
        }
        let bucket = Self::bucket(rank);
        self.heads[bucket] = after;
        if after == NONE {
            self.bits[bucket / 64] &= !(1 << (bucket % 64));
            if self.bits[bucket / 64] == 0 {
                self.summary[bucket / 4096] &= !(1 << (bucket / 64 % 64));
            }
        }
    }
    fn link(&mut self, slot: u32, rank: i64) {
        let bucket = Self::bucket(rank);
        let after = std::mem::replace(&mut self.heads[bucket], slot);
        if after != NONE {
            self.links[after as usize][0] = slot;
        }
        self.links[slot as usize] = [NONE, after];
        self.ranks[slot as usize] = rank;
        self.bits[bucket / 64] |= 1 << (bucket % 64);
        self.summary[bucket / 4096] |= 1 << (bucket / 64 % 64);
    }
    fn first(&self) -> Option<usize> {
        let (at, word) = self.summary.iter().enumerate().find(|(_, word)| **word != 0)?;
        let at = at * 64 + word.trailing_zeros() as usize;
        Some(at * 64 + self.bits[at].trailing_zeros() as usize)
    }
    fn walk(&self, bucket: usize) -> impl Iterator<Item = (i64, u32)> {
        let first = Some(self.heads[bucket]).filter(|slot| *slot != NONE);
        let slots = std::iter::successors(first, |slot| Some(self.links[*slot as usize][1]).filter(|slot| *slot != NONE));
        slots.map(|slot| (self.ranks[slot as usize], slot))
    }
}

impl Ranked for Ladder {
    const NAME: &'static str = "ladder of 16-step buckets";
    fn new(slots: u32) -> Self {
        Self {
            heads: vec![NONE; BUCKETS],
            links: vec![[NONE; 2]; slots as usize],
            ranks: vec![i64::MAX; slots as usize],
            bits: vec![0; BUCKETS / 64],
            summary: vec![0; BUCKETS / 4096],
        }
    }
    fn set(&mut self, slot: u32, rank: Option<i64>) {
        self.unlink(slot);
        if let Some(rank) = rank {
            self.link(slot, rank);
        }
    }
    /// The near edge of the nearest bucket: to know better the bucket would have to be walked.
    fn nearest(&self) -> i64 {
        let Some(bucket) = self.first() else { return i64::MAX };
        let rank = self.ranks[self.heads[bucket] as usize];
        Self::origin(rank) + i64::try_from(bucket).unwrap() * WIDTH
    }
    fn take(&mut self, most: i64, found: &mut Vec<(i64, u32)>) {
        while self.nearest() <= most {
            let Some(bucket) = self.first() else { return };
            let before = found.len();
            found.extend(self.walk(bucket).filter(|(rank, _)| *rank <= most));
            found[before..].iter().for_each(|(_, slot)| self.unlink(*slot));
            if self.heads[bucket] != NONE {
                return;
            }
        }
    }
}

/// A fixed sequence that looks random: the same in every run.
fn sequence(mut state: u64) -> impl FnMut(u64) -> i64 {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).unwrap()
    }
}

/// A trigger of this slot: usually near, as at high leverage.
fn trigger(slot: u32, next: &mut impl FnMut(u64) -> i64) -> i64 {
    let share = next(1_000) * next(1_000);
    let away = CENTRE / 200 + CENTRE / 1_000 * share / 2_020 / STEP * STEP + next(5_000) * STEP;
    let away = away.min(CENTRE / 2);
    if slot.is_multiple_of(2) { CENTRE - away } else { CENTRE + away }
}

fn triggers(slots: u32) -> Vec<i64> {
    let mut next = sequence(11);
    (0..slots).map(|slot| trigger(slot, &mut next)).collect()
}

fn filled<K: Keeper>(triggers: &[i64]) -> K {
    let mut keeper = K::new(u32::try_from(triggers.len()).unwrap());
    for (slot, price) in (0..).zip(triggers) {
        keeper.set(slot, Some(*price));
    }
    keeper
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Nanoseconds of a mark within 0.4 % of the centre, where no trigger is.
fn quiet<K: Keeper>(keeper: &K, times: u32) -> f64 {
    let mut next = sequence(5);
    let marks: Vec<i64> = (0..1_024).map(|_| CENTRE + (next(80_000) - 40_000) * STEP).collect();
    let elapsed = seconds(|| {
        for at in marks.iter().cycle().take(times as usize) {
            assert!(black_box(keeper).is_quiet(black_box(*at)));
        }
    });
    elapsed * 1e9 / f64::from(times)
}

/// Nanoseconds of moving a random trigger to another random place.
fn moves<K: Keeper>(keeper: &mut K, slots: u32, round: u64) -> f64 {
    let mut next = sequence(round + 100);
    let moves: Vec<(u32, i64)> = (0..100_000)
        .map(|_| {
            let slot = u32::try_from(next(slots.into())).unwrap();
            (slot, trigger(slot, &mut next))
        })
        .collect();
    let elapsed = seconds(|| moves.iter().for_each(|(slot, price)| keeper.set(*slot, Some(*price))));
    elapsed * 1e9 / 100_000.0
}

/// Milliseconds of one mark that takes one in a hundred (they are removed), and whom it takes. Afterwards they are put back.
fn liquidation<K: Keeper>(keeper: &mut K, at: i64, triggers: &[i64]) -> (f64, Vec<u32>) {
    // Written once, so that no page of it is new.
    let mut found = vec![1; triggers.len()];
    found.clear();
    let elapsed = seconds(|| keeper.take(at, &mut found));
    found.iter().for_each(|slot| keeper.set(*slot, Some(triggers[*slot as usize])));
    (elapsed * 1e3, found)
}

/// Milliseconds of moving every trigger, in the order of the slots, a hundredth of a per cent towards the mark or away from it.
fn rearming<K: Keeper>(keeper: &mut K, triggers: &[i64], round: usize) -> f64 {
    let by = if round.is_multiple_of(2) { CENTRE / 10_000 } else { 0 };
    let elapsed = seconds(|| {
        for (slot, price) in (0..).zip(triggers) {
            keeper.set(slot, Some(if slot.is_multiple_of(2) { price + by } else { price - by }));
        }
    });
    elapsed * 1e3
}

/// Nanoseconds of taking the nearest trigger away and putting it back, then a quiet mark one step before it, with all others at one price.
fn crowd<K: Keeper>(slots: u32) -> f64 {
    let price = CENTRE - 10_000 * WIDTH - 8 * STEP;
    let mut keeper = K::new(2 * slots);
    (0..slots).for_each(|long| keeper.set(2 * long, Some(price)));
    let mut found = Vec::new();
    let times = 200;
    let elapsed = seconds(|| {
        for _ in 0..times {
            keeper.set(0, None);
            keeper.set(0, Some(price + STEP));
            if !keeper.is_quiet(price + 2 * STEP) {
                keeper.take(price + 2 * STEP, &mut found);
            }
        }
    });
    assert!(found.is_empty());
    elapsed * 1e9 / f64::from(times)
}

/// Milliseconds of moving a million triggers so that each in turn becomes the nearest: the longest way in a heap.
fn worst<K: Keeper>() -> f64 {
    let mut keeper = K::new(2_000_000);
    let price = |turn: u32| CENTRE / 2 + i64::from(turn) * STEP;
    (0..1_000_000).for_each(|turn| keeper.set(turn * 2, Some(price(turn))));
    let mut next = sequence(3);
    let mut slots: Vec<u32> = (0..1_000_000).map(|slot| slot * 2).collect();
    (1..slots.len()).for_each(|at| slots.swap(at, usize::try_from(next(at as u64)).unwrap()));
    seconds(|| (1_000_000..).zip(&slots).for_each(|(turn, slot)| keeper.set(*slot, Some(price(turn))))) * 1e3
}

/// What one contestant took: quiet, move, liquidation, re-arming.
type Times = [Vec<f64>; 4];

struct Contest {
    triggers: Vec<i64>,
    slots: u32,
    /// The mark that takes one in a hundred.
    crash: i64,
}

impl Contest {
    fn new(slots: u32) -> Self {
        let triggers = triggers(slots);
        let mut longs: Vec<i64> = triggers.iter().copied().step_by(2).collect();
        longs.sort_unstable_by_key(|price| Reverse(*price));
        Self { crash: longs[slots as usize / 100 - 1], triggers, slots }
    }

    fn round<K: Keeper>(&self, keeper: &mut K, times: &mut Times, round: usize) -> Vec<u32> {
        let calls = if K::NAME == Scan::NAME { (20_000_000 / self.slots).max(10) } else { 1_000_000 };
        let (fall, found) = liquidation(keeper, self.crash, &self.triggers);
        times[0].push(quiet(keeper, calls));
        times[2].push(fall);
        times[1].push(moves(keeper, self.slots, round as u64));
        times[3].push(rearming(keeper, &self.triggers, round));
        // Back to where all started, for the next round's liquidation.
        for (slot, price) in (0..).zip(&self.triggers) {
            keeper.set(slot, Some(*price));
        }
        found
    }

    /// All contestants in turn, so that a busy neighbour disturbs all alike; the middle of the rounds counts.
    fn run(&self) -> Vec<(&'static str, [f64; 4])> {
        let mut keepers = (
            filled::<Index<false>>(&self.triggers),
            filled::<Index<true>>(&self.triggers),
            filled::<Scan>(&self.triggers),
            filled::<Both<Ordered>>(&self.triggers),
            filled::<Both<Lazy>>(&self.triggers),
            filled::<Both<Ladder>>(&self.triggers),
        );
        let mut times: [Times; 6] = Default::default();
        for round in 0..rounds(self.slots) {
            let [index, single, scan, ordered, lazy, ladder] = &mut times;
            let found = self.round(&mut keepers.0, index, round);
            assert_eq!(found, self.round(&mut keepers.1, single, round), "different positions are liquidated");
            assert_eq!(found, self.round(&mut keepers.2, scan, round), "different positions are liquidated");
            assert_eq!(found, self.round(&mut keepers.3, ordered, round), "different positions are liquidated");
            assert_eq!(found, self.round(&mut keepers.4, lazy, round), "different positions are liquidated");
            assert_eq!(found, self.round(&mut keepers.5, ladder, round), "different positions are liquidated");
        }
        let names = [Index::<false>::NAME, Index::<true>::NAME, Scan::NAME, Ordered::NAME, Lazy::NAME, Ladder::NAME];
        names.into_iter().zip(times.map(|times| times.map(median))).collect()
    }
}

fn rounds(slots: u32) -> usize {
    if slots > 1_000_000 { 3 } else { 9 }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn report(slots: u32, results: &[(&str, [f64; 4])]) {
    let ours = results[0].1;
    println!("\n{slots} positions, median of {} alternating rounds (in brackets: times the index)", rounds(slots));
    println!("{:<26} {:>20} {:>18} {:>22} {:>20}", "", "quiet mark, ns", "move, ns", "1 % liquidated, ms", "re-arm all, ms");
    for (name, times) in results {
        let [quiet, moved, fall, rearm] = [0, 1, 2, 3].map(|at| format!("({:.2})", times[at] / ours[at]));
        let [q, m, f, r] = times;
        println!("{name:<26} {q:>10.2} {quiet:>9} {m:>8.1} {moved:>9} {f:>12.4} {fall:>9} {r:>10.3} {rearm:>9}");
    }
    let taken = f64::from(slots) / 100.0;
    let [at_once, single] = [0, 1].map(|which: usize| results[which].1[2] * 1e6 / taken);
    println!("index work per liquidated trigger: {at_once:.0} ns at once, {single:.0} ns one by one");
}

fn main() {
    let mut sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 100_000, 1_000_000];
    }
    let mut quiets = Vec::new();
    for slots in sizes {
        let results = Contest::new(slots).run();
        report(slots, &results);
        quiets.push((slots, results[0].1[0]));
    }
    if let (Some((least, one)), Some((most, other))) = (quiets.first(), quiets.last()) {
        println!("\nquiet mark, index: t({most}) / t({least}) = {:.2}", other / one);
    }
    let crowds = [crowd::<Index<false>>, crowd::<Scan>, crowd::<Both<Ordered>>, crowd::<Both<Lazy>>, crowd::<Both<Ladder>>];
    let names = [Index::<false>::NAME, Scan::NAME, Ordered::NAME, Lazy::NAME, Ladder::NAME];
    println!("\n100000 triggers at one price: the nearest leaves and returns, then a quiet mark one step before it, ns");
    for (name, crowd) in names.into_iter().zip(crowds) {
        println!("{name:<26} {:>12.1}", median((0..5).map(|_| crowd(100_000)).collect()));
    }
    let index = median((0..5).map(|_| worst::<Index<false>>()).collect());
    let lazy = median((0..5).map(|_| worst::<Both<Lazy>>()).collect());
    println!("\na million moved in random order, each to be the nearest: index {index:.0} ms, lazy heap {lazy:.0} ms");
}
