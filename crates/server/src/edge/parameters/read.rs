//! The types parameters are read as, each with the errors clients know.

use ringfence_risk::decimal::ParseError;
use ringfence_risk::units::{Amount, Leverage, Price, Quantity, Rate};

use super::{Parameters, number};
use crate::edge::error::{ApiError, Code};

const LEGAL_DECIMAL: &str = r"^([0-9]{1,20})(\.[0-9]{1,20})?$";
const LEGAL_WHOLE: &str = "^[0-9]{1,20}$";
const LEGAL_CLIENT_ID: &str = r"^[\.A-Z\:/a-z0-9_-]{1,36}$";
/// Longest client order id.
const LONGEST_CLIENT_ID: usize = 36;
/// Ids the exchange gives its own orders; clients take orders named so for the exchange's.
const RESERVED_CLIENT_IDS: [&str; 3] = ["autoclose-", "adl_autoclose", "settlement_autoclose-"];
/// One whole unit in 10⁻⁸.
const WHOLE: i128 = 100_000_000;

impl Parameters {
    /// A text that must be there.
    ///
    /// # Errors
    /// -1102.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| ApiError::mandatory(name))
    }

    /// A value that must be there, read by one of the getters.
    ///
    /// # Errors
    /// -1102 when it is missing, and those of the getter.
    pub fn need<'a, T>(
        &'a self,
        name: &str,
        read: impl FnOnce(&'a Self, &str) -> Result<Option<T>, ApiError>,
    ) -> Result<T, ApiError> {
        read(self, name)?.ok_or_else(|| ApiError::mandatory(name))
    }

    /// A price.
    ///
    /// # Errors
    /// -1100 for no number, -1111 for more than eight decimals, -4001 for zero or less, -4002 beyond the greatest price.
    pub fn price(&self, name: &str) -> Result<Option<Price>, ApiError> {
        let Some(raw) = self.decimal(name)? else { return Ok(None) };
        let outside = if raw <= 0 { Code::PriceBelowZero } else { Code::PriceAboveGreatest };
        Price::from_wide(raw).map(Some).map_err(|_| ApiError::of(outside))
    }

    /// A price where zero means none, as trailing and market orders send it.
    ///
    /// # Errors
    /// As [`Self::price`].
    pub fn price_or_none(&self, name: &str) -> Result<Option<Price>, ApiError> {
        if self.decimal(name)? == Some(0) { Ok(None) } else { self.price(name) }
    }

    /// A quantity; zero is one.
    ///
    /// # Errors
    /// -1100 for no number, -1111 for more than eight decimals, -4003 below zero, -4005 beyond the greatest quantity.
    pub fn quantity(&self, name: &str) -> Result<Option<Quantity>, ApiError> {
        let Some(raw) = self.decimal(name)? else { return Ok(None) };
        let outside = if raw < 0 { Code::QuantityBelowZero } else { Code::QuantityAboveGreatest };
        Quantity::from_wide(raw).map(Some).map_err(|_| ApiError::of(outside))
    }

    /// A sum of money, of either sign.
    ///
    /// # Errors
    /// -1100 for no number, -1111 for more than eight decimals, -1130 beyond the greatest amount.
    pub fn amount(&self, name: &str) -> Result<Option<Amount>, ApiError> {
        let read = |raw| Amount::from_wide(raw).map_err(|_| ApiError::invalid(name));
        self.decimal(name)?.map(read).transpose()
    }

    /// A fraction of a value, of either sign.
    ///
    /// # Errors
    /// -1100 for no number, -1111 for more than eight decimals, -1130 beyond ±1000 %.
    pub fn rate(&self, name: &str) -> Result<Option<Rate>, ApiError> {
        let read = |raw| Rate::from_wide(raw).map_err(|_| ApiError::invalid(name));
        self.decimal(name)?.map(read).transpose()
    }

    /// A rate that is written in percent: `0.5` is 0.005.
    ///
    /// # Errors
    /// -1100 for no number, -1111 for more than six decimals, -1130 beyond ±1000 %.
    pub fn percent(&self, name: &str) -> Result<Option<Rate>, ApiError> {
        let Some(raw) = self.decimal(name)? else { return Ok(None) };
        if raw.checked_rem(100) != Some(0) {
            return Err(ApiError::of(Code::Precision));
        }
        Rate::from_wide(raw.checked_div(100).unwrap_or(raw)).map(Some).map_err(|_| ApiError::invalid(name))
    }

    /// A leverage.
    ///
    /// # Errors
    /// -1100 for no whole number, -4028 outside 1 to 1000.
    pub fn leverage(&self, name: &str) -> Result<Option<Leverage>, ApiError> {
        let read = |times: i64| Leverage::whole(times).map_err(|_| ApiError::leverage(&times.to_string()));
        self.integer(name)?.map(read).transpose()
    }

    /// A whole number of either sign. `5` and `5.0` are the same; an exponent is refused.
    ///
    /// # Errors
    /// -1100 when it is no whole number of 64 bits.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.whole(name)
    }

    /// A whole number that is not negative, such as an id or a time.
    ///
    /// # Errors
    /// -1100 when it is no such number of 64 bits.
    pub fn unsigned(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.whole(name)
    }

    /// `true` or `false`, in any letter case.
    ///
    /// # Errors
    /// -1130.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(ApiError::invalid(name)),
        }
    }

    /// One of the texts of a table.
    ///
    /// # Errors
    /// -1130 for any other text.
    pub fn choice<T: Copy>(&self, name: &str, table: &[(&str, T)]) -> Result<Option<T>, ApiError> {
        self.choice_or(name, table, ApiError::invalid(name))
    }

    /// One of the texts of a table, where the interface has a code of its own for any other text.
    ///
    /// # Errors
    /// The one given.
    pub fn choice_or<T: Copy>(&self, name: &str, table: &[(&str, T)], otherwise: ApiError) -> Result<Option<T>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        table.iter().find(|(known, _)| *known == text).map(|(_, value)| Some(*value)).ok_or(otherwise)
    }

    /// The client order id of a new order.
    ///
    /// # Errors
    /// -1118 when it is there and empty, -4015 when it is longer than 36 characters or begins as the exchange's own ids do, -1100 for other characters than
    /// letters, digits and `. : / _ -`.
    pub fn client_id(&self, name: &str) -> Result<Option<&str>, ApiError> {
        if self.iter().any(|(known, value)| known == name && value.is_empty()) {
            return Err(ApiError::of(Code::EmptyClientOrderId));
        }
        let Some(text) = self.get(name) else { return Ok(None) };
        if text.chars().count() > LONGEST_CLIENT_ID || RESERVED_CLIENT_IDS.iter().any(|reserved| text.starts_with(reserved)) {
            return Err(ApiError::of(Code::InvalidClientOrderId));
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'/' | b'_' | b'-');
        if !text.bytes().all(legal) {
            return Err(ApiError::illegal(name, LEGAL_CLIENT_ID));
        }
        Ok(Some(text))
    }

    /// A number of 10⁻⁸.
    fn decimal(&self, name: &str) -> Result<Option<i128>, ApiError> {
        self.get(name).map(|text| number::parse(text).map_err(|error| decimal_error(name, &error))).transpose()
    }

    fn whole<T: TryFrom<i128>>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if text.contains(['e', 'E']) {
            return Err(ApiError::illegal(name, LEGAL_WHOLE));
        }
        let raw = number::parse(text).ok().filter(|raw| raw.checked_rem(WHOLE) == Some(0)).and_then(|raw| raw.checked_div(WHOLE));
        raw.and_then(|raw| T::try_from(raw).ok()).map(Some).ok_or_else(|| ApiError::illegal(name, LEGAL_WHOLE))
    }
}

fn decimal_error(name: &str, error: &ParseError) -> ApiError {
    match error {
        ParseError::NotADecimal { .. } => ApiError::illegal(name, LEGAL_DECIMAL),
        ParseError::TooPrecise { .. } => ApiError::of(Code::Precision),
        ParseError::OutOfRange { .. } => ApiError::invalid(name),
    }
}
