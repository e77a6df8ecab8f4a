//! Questions in words: a check such as `ann free 8995` is asked as `ann free`, and the answer is the whole sentence.

use super::{Script, Told, account};
use crate::world::USDT;
use ringfence_engine::book::DepthLevel;
use ringfence_engine::ids::OrderId;
use ringfence_engine::state::Participant;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::isolated::Leg;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Quantity};

impl Script {
    pub(crate) fn ask(&self, check: &str) -> String {
        let words: Vec<&str> = check.split_whitespace().collect();
        match words[..] {
            ["book", ..] => format!("book {} / {}", self.side(OrderSide::Buy), self.side(OrderSide::Sell)),
            ["set-off", ..] => {
                let name = |id: &OrderId| self.told.iter().position(|told| told.id == *id).map_or(0, |at| at + 1);
                let names: Vec<String> = self.set_off.iter().map(|id| format!("#{}", name(id))).collect();
                format!("set-off {}", names.join(" ")).trim_end().to_owned()
            }
            ["last", ..] => format!("last {}", self.market().last().map_or("none".to_owned(), |last| last.to_string())),
            ["mark", ..] => format!("mark {}", self.market().mark().expect("an answer")),
            ["index", ..] => format!("index {}", self.market().index().expect("an answer")),
            ["rate", ..] => format!("rate {}", self.market().funding().0),
            ["due", ..] => {
                let due = self.market().funding().1.expect("an answer").since(self.world.engine.state().clock());
                format!("due in {due} ms")
            }
            ["insurance", ..] => {
                format!("insurance {}", Amount::from_wide(self.market().ledger().insurance()).expect("an answer"))
            }
            [number, ..] if number.starts_with('#') => {
                let told = &self.told[number[1..].parse::<usize>().expect("a number") - 1];
                format!("{number} {}", self.told_of(told))
            }
            [who, what, ..] => format!("{who} {what} {}", self.of(who, what)),
            _ => panic!("what is {check}?"),
        }
    }

    fn told_of(&self, told: &Told) -> String {
        match told.end {
            Some(end) => format!("ended {end:?}"),
            None => format!("{} {}", told.state, self.quantity(told.left)),
        }
    }

    fn side(&self, side: OrderSide) -> String {
        let level = |level: DepthLevel| {
            format!("{}@{}", self.quantity(level.lots), level.price.to_price(self.market().contract()).expect("an answer"))
        };
        let levels: Vec<String> = self.market().book().depth(side).map(level).collect();
        if levels.is_empty() { "-".to_owned() } else { levels.join(", ") }
    }

    fn of(&self, who: &str, what: &str) -> String {
        let market = self.market();
        let state = self.world.engine.state();
        let participant = market.participant(account(who));
        let position = participant.and_then(Participant::only);
        match what {
            "free" => state.free(account(who), USDT).to_string(),
            "available" => state.available(account(who), USDT).expect("an answer").to_string(),
            "holds" => participant.map_or(Amount::ZERO, Participant::hold).to_string(),
            "orders" => participant.map_or(0, Participant::orders).to_string(),
            "is" => participant.map_or("flat".to_owned(), is),
            "margin" => position.expect("a position").margin().expect("an answer").to_string(),
            "margins" => {
                let legs = participant.expect("somebody").positions();
                let margin = |leg: Option<Position>| leg.expect("a leg").margin().expect("an answer");
                format!("{} and {}", margin(legs.long), margin(legs.short))
            }
            "entry" => position.expect("a position").average_entry_price(market.contract()).expect("an answer").to_string(),
            "liquidation" => {
                let leg = Leg::isolated(market.terms(), position.expect("a position")).expect("an answer");
                leg.liquidation_price(market.mark().expect("an answer"))
                    .expect("an answer")
                    .expect("an answer")
                    .trigger
                    .to_string()
            }
            _ => panic!("what is {what}?"),
        }
    }
}

fn is(participant: &Participant) -> String {
    let size = |leg: Option<Position>, sign| leg.map(|leg: Position| format!("{sign}{}", quantity(leg.quantity)));
    let legs = participant.positions();
    let sizes: Vec<String> = [size(legs.long, "+"), size(legs.short, "-")].into_iter().flatten().collect();
    if sizes.is_empty() { "flat".to_owned() } else { sizes.join(" ") }
}

fn quantity(quantity: Quantity) -> String {
    quantity.to_string()
}
