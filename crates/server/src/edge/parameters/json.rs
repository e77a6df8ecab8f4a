//! Parameters written as JSON: the objects of a batch, lists of ids, the `params` of a WebSocket request.
//!
//! Numbers keep the digits they were sent with; no float is made of them.

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Parameters, push_once};
use crate::edge::error::ApiError;

/// How deeply a value may be nested.
const DEEPEST: usize = 16;

impl Parameters {
    /// Of a JSON object. Strings, numbers and booleans become their text, `null` is left out, arrays and objects keep
    /// their JSON text.
    ///
    /// # Errors
    /// -1130 for what is no object or nested too deeply, -1101 for a name that stands twice or too many names.
    pub fn of_object(text: &str) -> Result<Self, ApiError> {
        if depth(text) > DEEPEST {
            return Err(ApiError::saying(
                crate::edge::error::Code::InvalidData,
                format!("JSON must not be nested more than {DEEPEST} deep."),
            ));
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let members = reader.deserialize_map(Members).and_then(|members| reader.end().map(|()| members));
        let mut pairs = Vec::new();
        for (name, value) in members.map_err(|_| ApiError::of(crate::edge::error::Code::InvalidData))? {
            if let Some(value) = text_of(&value) {
                push_once(&mut pairs, name, value)?;
            }
        }
        Ok(Self { pairs })
    }

    /// The objects of a JSON array, such as `batchOrders`.
    ///
    /// # Errors
    /// -1130 naming the parameter when it is no array of objects, -1101 for an object with a name that stands twice.
    pub fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, ApiError> {
        let Some(elements) = self.elements(name)? else { return Ok(None) };
        elements.iter().map(|element| Self::of_object(element.get())).collect::<Result<_, _>>().map(Some)
    }

    /// The texts of a JSON array of strings or numbers, such as `orderIdList`. The name may be written in any letter case.
    ///
    /// # Errors
    /// -1130 naming the parameter when it is anything else.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(elements) = self.elements(name)? else { return Ok(None) };
        let scalar = |element: &RawValue| if element.get().starts_with(['[', '{']) { None } else { text_of(element) };
        let texts: Option<Vec<String>> = elements.iter().map(|element| scalar(element)).collect();
        texts.map(Some).ok_or_else(|| ApiError::invalid(name))
    }

    fn elements(&self, name: &str) -> Result<Option<Vec<Box<RawValue>>>, ApiError> {
        let Some(text) = self.get_in_any_case(name) else { return Ok(None) };
        if depth(text) > DEEPEST {
            return Err(ApiError::invalid(name));
        }
        serde_json::from_str(text).map(Some).map_err(|_| ApiError::invalid(name))
    }
}

/// Reads an object as its members in order, names that stand twice included.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// The text of a value; `None` for `null`.
fn text_of(value: &RawValue) -> Option<String> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).ok(),
        Some(b'n') | None => None,
        Some(_) => Some(raw.to_owned()),
    }
}

/// How deeply brackets are nested, strings aside.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::{Parameters, depth};

    fn code<T: core::fmt::Debug>(result: Result<T, crate::edge::error::ApiError>) -> i32 {
        result.map_or_else(|error| error.code, |_| 0)
    }

    #[test]
    fn a_batch_reads_like_single_orders() {
        let json = r#"[{"symbol":"BTCUSDT","price":58500.10,"quantity":"0.010","reduceOnly":true,"newClientOrderId":null},{"quantity":12345678901.12345678}]"#;
        let percent = json.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
        let plus = json.replace(',', ",+").replace('"', "%22");
        for written in [json.to_owned(), percent, plus] {
            let parameters = Parameters::of_form(b"", format!("batchOrders={written}&timestamp=1").as_bytes()).unwrap();
            let orders = parameters.objects("batchOrders").unwrap().unwrap();
            assert_eq!(orders.len(), 2, "{written}");
            assert_eq!(orders[0].required("symbol").unwrap(), "BTCUSDT");
            assert_eq!(orders[0].price("price").unwrap().unwrap().to_string(), "58500.1");
            assert_eq!(orders[0].boolean("reduceOnly").unwrap(), Some(true));
            assert_eq!(orders[0].get("newClientOrderId"), None);
            assert_eq!(orders[1].quantity("quantity").unwrap().unwrap().to_string(), "12345678901.12345678", "no digit lost");
        }
    }

    #[test]
    fn lists_hold_numbers_or_strings_under_either_name() {
        for (form, expected) in [
            ("orderIdList=[1,2]", vec!["1", "2"]),
            ("orderidlist=%5B1%2C2%5D", vec!["1", "2"]),
            ("orderIdList=[\"1\",\"a-b\"]", vec!["1", "a-b"]),
            ("orderIdList=[]", vec![]),
            ("orderIdList=[9223372036854775807]", vec!["9223372036854775807"]),
        ] {
            let parameters = Parameters::of_form(form.as_bytes(), b"").unwrap();
            assert_eq!(parameters.list("orderIdList").unwrap().unwrap(), expected, "{form}");
        }
        assert_eq!(Parameters::default().list("orderIdList"), Ok(None));
        for form in ["orderIdList=1", "orderIdList=[1", "orderIdList=[[1]]", "orderIdList=[null]", "orderIdList={}"] {
            assert_eq!(code(Parameters::of_form(form.as_bytes(), b"").unwrap().list("orderIdList")), -1130, "{form}");
        }
    }

    #[test]
    fn malformed_batches_are_refused() {
        let deep = format!("batchOrders={}{}", "[".repeat(17), "]".repeat(17));
        for (form, expected) in [
            ("batchOrders=x", -1130),
            ("batchOrders={}", -1130),
            ("batchOrders=[1]", -1130),
            ("batchOrders=[{\"a\":1]", -1130),
            ("batchOrders=[{\"a\":1,\"a\":2}]", -1101),
            (deep.as_str(), -1130),
            ("batchOrders=", 0),
        ] {
            assert_eq!(code(Parameters::of_form(form.as_bytes(), b"").unwrap().objects("batchOrders")), expected, "{form}");
        }
    }

    #[test]
    fn objects_of_a_socket_keep_text_and_order() {
        let parameters = Parameters::of_object(r#"{"b":"x\u0041","a":1e-05,"c":[1, 2],"d":false}"#).unwrap();
        let pairs: Vec<_> = parameters.iter().collect();
        assert_eq!(pairs, [("b", "xA"), ("a", "1e-05"), ("c", "[1, 2]"), ("d", "false")]);
        let many: Vec<String> = (0..65).map(|number| format!("\"{number}\":1")).collect();
        assert_eq!(code(Parameters::of_object(&format!("{{{}}}", many.join(",")))), -1101);
        for text in ["", "[]", "1", "{", "{} {}", r#"{"a":}"#] {
            assert_eq!(code(Parameters::of_object(text)), -1130, "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(16), "]".repeat(16));
        assert_eq!(code(Parameters::of_object(&deep)), -1130);
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        for (text, deepest) in [("", 0), ("[]", 1), ("[{}]", 2), (r#"["[[[["]"#, 1), (r#"["\"[[",[]]"#, 2), ("][", 1)] {
            assert_eq!(depth(text), deepest, "{text}");
        }
    }
}
