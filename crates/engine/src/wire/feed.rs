//! Encodings of what prices are made of.

use super::{Reader, Wire, WireError, wire_struct};
use crate::feed::{Accepted, BasisWindow, IndexSources, MarkGuard, PremiumWindow, Quote, Slots};

wire_struct!(Quote { price, at });
wire_struct!(Slots { every_ms, last });
wire_struct!(Accepted { mark, at });
wire_struct!(BasisWindow { samples, slots, twice, sum });
wire_struct!(PremiumWindow { slots, count, weighted });
wire_struct!(MarkGuard { rule, accepted, held });

impl Wire for IndexSources {
    fn write(&self, to: &mut Vec<u8>) {
        self.rule.write(to);
        for quote in &self.quotes {
            quote.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        let mut sources = Self::new(Wire::read(from)?).map_err(|_| WireError::Value { at, what: "rule of an index" })?;
        for quote in &mut sources.quotes {
            *quote = Wire::read(from)?;
        }
        Ok(sources)
    }
}
