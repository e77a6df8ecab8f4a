use super::Parameters;
use crate::edge::error::{ApiError, Code};

fn form(text: &str) -> Parameters {
    Parameters::of_form(text.as_bytes(), b"").unwrap()
}

fn code<T: core::fmt::Debug>(result: Result<T, ApiError>) -> i32 {
    result.map_or_else(|error| error.code, |_| 0)
}

#[test]
fn query_and_body_become_one_list_in_order() {
    let read = |query: &str, body: &str| {
        let parameters = Parameters::of_form(query.as_bytes(), body.as_bytes()).unwrap();
        parameters.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join(" ")
    };
    let rows = [
        ("", "", ""),
        ("b=1&a=2", "", "b:1 a:2"),
        ("a=1", "b=2", "a:1 b:2"),
        ("a=1", "a=2&b=3", "a:1 b:3"),
        ("a=&b", "", "a: b:"),
        ("a=1&&b=2&", "", "a:1 b:2"),
        ("a=x%3Dy=z", "", "a:x=y=z"),
        ("n+m=1+2", "", "n m:1 2"),
        ("useV2=true&recvWindow=10000", "", "useV2:true recvWindow:10000"),
    ];
    for (query, body, expected) in rows {
        assert_eq!(read(query, body), expected, "{query} + {body}");
    }
}

#[test]
fn what_is_ambiguous_or_too_much_is_refused() {
    let many = |number: usize| (0..number).map(|each| format!("p{each}=1")).collect::<Vec<_>>().join("&");
    let rows = [
        ("a=1&a=2".to_owned(), String::new(), -1101),
        ("a=1&%61=2".to_owned(), String::new(), -1101),
        ("a=1".to_owned(), "b=1&b=1".to_owned(), -1101),
        (many(64), String::new(), 0),
        (many(65), String::new(), -1101),
        (many(60), "a=1&b=1&c=1&d=1".to_owned(), 0),
        (many(60), "a=1&b=1&c=1&d=1&e=1".to_owned(), -1101),
        ("a=%".to_owned(), String::new(), -1100),
        ("%zz=1".to_owned(), String::new(), -1100),
        ("a=%ff".to_owned(), String::new(), -1100),
    ];
    for (query, body, expected) in rows {
        assert_eq!(code(Parameters::of_form(query.as_bytes(), body.as_bytes())), expected, "{query} + {body}");
    }
}

#[test]
fn missing_and_empty_are_the_same() {
    for text in ["", "price=", "Price=1"] {
        let parameters = form(text);
        assert_eq!(parameters.price("price"), Ok(None), "{text}");
        let error = parameters.need("price", Parameters::price).unwrap_err();
        assert_eq!(error.message, "Mandatory parameter 'price' was not sent, was empty/null, or malformed.");
        assert_eq!(code(parameters.required("price")), -1102);
    }
}

#[test]
fn numbers_are_exact_or_refused() {
    let rows = [
        ("1", 0, 0, 0),
        ("0.010", 0, 0, -1100),
        ("1e-05", 0, 0, -1100),
        ("5.85e4", 0, 0, -1100),
        ("0", -4001, 0, -4028),
        ("-1", -4001, -4003, -4028),
        ("0.000000001", -1111, -1111, -1100),
        ("1.000000000", 0, 0, 0),
        ("10000000000", -4002, 0, -4028),
        ("90000000001", -4002, -4005, -4028),
        ("abc", -1100, -1100, -1100),
        ("1,5", -1100, -1100, -1100),
        ("NaN", -1100, -1100, -1100),
        ("1e400", -1100, -1100, -1100),
        ("0x10", -1100, -1100, -1100),
        ("%2B5", -1100, -1100, -1100),
        ("125", 0, 0, 0),
    ];
    for (text, price, quantity, leverage) in rows {
        let parameters = form(&format!("n={text}"));
        assert_eq!(code(parameters.price("n")), price, "price {text}");
        assert_eq!(code(parameters.quantity("n")), quantity, "quantity {text}");
        assert_eq!(code(parameters.leverage("n")), leverage, "leverage {text}");
    }
    assert_eq!(form("n=-12.5").amount("n").unwrap().unwrap().raw(), -1_250_000_000);
    assert_eq!(code(form("n=10000000000001").amount("n")), -1130);
    assert_eq!(form("n=-0.0001").rate("n").unwrap().unwrap().raw(), -10_000);
    assert_eq!(code(form("n=11").rate("n")), -1130);
    assert_eq!(form("n=0.0").price_or_none("n"), Ok(None));
    assert_eq!(form("n=2").price_or_none("n").unwrap().unwrap().to_string(), "2");
    assert_eq!(
        form("quantity=abc").quantity("quantity").unwrap_err().message,
        r"Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'."
    );
}

#[test]
fn whole_numbers_may_be_written_as_floats() {
    let rows = [
        ("5", Some(5), Some(5)),
        ("5.0", Some(5), Some(5)),
        ("5e0", None, None),
        ("1e9", None, None),
        ("+5", None, None),
        ("-5", Some(-5), None),
        ("9223372036854775807", Some(i64::MAX), Some(9_223_372_036_854_775_807)),
        ("9223372036854775808", None, Some(9_223_372_036_854_775_808)),
        ("18446744073709551616", None, None),
        ("5.5", None, None),
        ("x", None, None),
    ];
    for (text, signed, unsigned) in rows {
        let parameters = form(&format!("n={text}"));
        assert_eq!(parameters.integer("n").unwrap_or_default(), signed, "{text}");
        assert_eq!(parameters.unsigned("n").unwrap_or_default(), unsigned, "{text}");
        assert_eq!(parameters.integer("n").is_err(), signed.is_none(), "{text}");
        assert_eq!(parameters.unsigned("n").is_err(), unsigned.is_none(), "{text}");
    }
}

#[test]
fn booleans_come_in_any_letter_case() {
    for (text, value) in [("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false), ("FALSE", false)] {
        assert_eq!(form(&format!("b={text}")).boolean("b"), Ok(Some(value)), "{text}");
    }
    for text in ["1", "0", "yes", "truee"] {
        assert_eq!(code(form(&format!("b={text}")).boolean("b")), -1130, "{text}");
    }
}

#[test]
fn choices_come_from_a_table() {
    let sides = [("BUY", 1), ("SELL", -1)];
    assert_eq!(form("side=SELL").choice("side", &sides), Ok(Some(-1)));
    assert_eq!(form("").choice("side", &sides), Ok(None));
    assert_eq!(code(form("side=buy").choice("side", &sides)), -1130);
    assert_eq!(code(form("side=buy").choice_or("side", &sides, ApiError::of(Code::InvalidSide))), -1117);
}

#[test]
fn client_order_ids_have_a_form() {
    let longest = "x".repeat(36);
    for id in ["a", "x-cvBPrNm9abc", "web_1.2:3/4-5", longest.as_str()] {
        assert_eq!(form(&format!("id={id}")).client_id("id"), Ok(Some(id)));
    }
    let too_long = "x".repeat(37);
    let rows = [
        ("", -1118),
        (too_long.as_str(), -4015),
        ("autoclose-1", -4015),
        ("adl_autoclose", -4015),
        ("settlement_autoclose-1", -4015),
        ("a+b", -1100),
        ("a%26b", -1100),
        ("%3Cscript%3E", -1100),
        ("%C3%BC", -1100),
        ("a%00", -1100),
    ];
    for (id, expected) in rows {
        assert_eq!(code(form(&format!("id={id}")).client_id("id")), expected, "{id}");
    }
}

#[test]
fn exponents_and_plain_numbers_agree_over_many_values() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..10_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (raw, exponent) = (state % 100_000_000_000, i32::try_from(state >> 32 & 15).unwrap() - 7);
        let amount = ringfence_risk::units::Amount::from_raw(i128::from(raw)).unwrap();
        let digits = exponent - 8;
        let written = form(&format!("a={raw}e{digits}")).amount("a");
        let plain = i128::from(raw) * 10_i128.pow(u32::try_from(exponent.max(0)).unwrap());
        let divisor = 10_i128.pow(u32::try_from((-exponent).max(0)).unwrap());
        match (written, plain % divisor) {
            (Ok(value), 0) => assert_eq!(value.unwrap().raw(), plain / divisor, "{amount} {exponent}"),
            (Err(error), rest) => assert!(rest != 0 && error.code == -1111 || plain > 10_i128.pow(21), "{raw}e{digits}: {error}"),
            (Ok(value), rest) => panic!("{raw}e{digits} lost {rest}: {value:?}"),
        }
    }
}
