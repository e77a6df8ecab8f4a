//! Numbers with units, contracts, brackets, positions: read through their checked constructors.

use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Asset, IndexPrice, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

use super::{Reader, Wire, WireError, wire_enum, wire_struct};

macro_rules! units {
    ($($type:ident),+) => {$(
        impl Wire for $type {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                self.raw().write(to);
            }

            #[inline]
            fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
                let at = from.at();
                Self::from_raw(Wire::read(from)?).map_err(|error| WireError::Value { at, what: error.what })
            }
        }
    )+};
}

units!(Price, MarkPrice, IndexPrice, Quantity, Notional, Amount, Rate, Leverage);

wire_enum!(Side { 0 => Long, 1 => Short });
wire_enum!(OrderSide { 0 => Buy, 1 => Sell });
wire_enum!(MarginMode { 0 => Isolated, 1 => Cross });
wire_enum!(PositionMode { 0 => OneWay, 1 => Hedge });
wire_enum!(ContractKind { 0 => Linear, 1 => Inverse, 2 => Quanto });
wire_enum!(ValueRounding { 0 => PerFill, 1 => PerContract });
wire_enum!(BracketStyle { 0 => Marginal, 1 => Slab });

wire_struct!(ContractSpec { kind, settlement, tick, mark_step, lot, multiplier, value_rounding });
wire_struct!(FeeSchedule { maker, taker, liquidation });
wire_struct!(OrderFilters { min_quantity, max_quantity, min_notional, band_up, band_down });
wire_struct!(BracketRow { floor, cap, max_leverage, maintenance_rate });
wire_struct!(FundingTerms { interest, band, cap, settlements_per_eight_hours });

/// 16 bytes: the name, then zeros.
impl Wire for Asset {
    fn write(&self, to: &mut Vec<u8>) {
        let name = self.as_str().bytes();
        to.extend(name.chain(core::iter::repeat(0)).take(16));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        let bytes = from.array::<16>()?;
        // A zero inside the name is left there, and no name has one.
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        let name = bytes.get(..end).and_then(|name| core::str::from_utf8(name).ok());
        name.and_then(|name| name.parse().ok()).ok_or(WireError::Value { at, what: "asset name" })
    }
}

/// What it was listed with; read by listing it again.
impl Wire for Contract {
    fn write(&self, to: &mut Vec<u8>) {
        self.spec().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        Self::list(ContractSpec::read(from)?).map_err(|_| WireError::Value { at, what: "contract" })
    }
}

/// The style and the rows; read by computing the table again.
impl Wire for BracketTable {
    fn write(&self, to: &mut Vec<u8>) {
        self.style().write(to);
        let row = |bracket: &ringfence_risk::bracket::Bracket| BracketRow {
            floor: bracket.floor,
            cap: bracket.cap,
            max_leverage: bracket.max_leverage,
            maintenance_rate: bracket.maintenance_rate,
        };
        let rows: Vec<BracketRow> = self.brackets().iter().map(row).collect();
        rows.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        let (style, rows) = <(BracketStyle, Vec<BracketRow>)>::read(from)?;
        Self::new(style, &rows).map_err(|_| WireError::Value { at, what: "bracket table" })
    }
}

/// A position of no quantity is none: flat is `None`.
impl Wire for Position {
    fn write(&self, to: &mut Vec<u8>) {
        let Self { side, quantity, entry_value, opening_margin, added_margin } = self;
        side.write(to);
        quantity.write(to);
        entry_value.write(to);
        opening_margin.write(to);
        added_margin.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        let position = Self {
            side: Wire::read(from)?,
            quantity: Wire::read(from)?,
            entry_value: Wire::read(from)?,
            opening_margin: Wire::read(from)?,
            added_margin: Wire::read(from)?,
        };
        if position.quantity == Quantity::ZERO {
            return Err(WireError::Value { at, what: "quantity of a position" });
        }
        Ok(position)
    }
}
