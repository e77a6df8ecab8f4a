//! Each source wins in its order, and each mistake is named with key, value, what is allowed and the source.

use std::path::PathBuf;
use std::time::Duration;

use super::keys::{KEYS, Key, Setting, nearest};
use super::kinds::{MarketChoice, NamedAccount, PriceSource, Switch, switch};
use super::options::{ClientOptions, LogFormat, Markets, Rules, ServeOptions};
use super::settings::{Origin, Settings, Sources};
use crate::verbosity::Verbosity;

fn sources(flags: &[(Setting, &str)], environment: &[(&str, &str)], file: &str) -> Sources {
    Sources {
        flags: flags.iter().map(|(setting, value)| (*setting, vec![(*value).to_owned()])).collect(),
        environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        file: Some(("ringfence.toml".to_owned(), file.to_owned())),
    }
}

fn settings(sources: &Sources) -> Settings {
    sources.resolve().expect("valid")
}

fn options(sources: &Sources) -> ServeOptions {
    ServeOptions::new(&settings(sources), Verbosity::Normal).expect("valid")
}

/// The error that reading or combining these gives.
fn mistake(sources: &Sources) -> String {
    let error = sources.resolve().and_then(|settings| {
        ServeOptions::new(&settings, Verbosity::Normal)?;
        ClientOptions::new(&settings)
    });
    let error = error.expect_err("a mistake");
    assert_eq!(error.exit_status(), 2);
    error.to_string()
}

/// A value of each key, to be told from the default.
fn sample(key: &Key) -> [&'static str; 3] {
    match key.setting {
        Setting::Listen => ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"],
        Setting::Accounts | Setting::Speed | Setting::Seed => ["11", "12", "13"],
        Setting::FeedMs => ["110", "120", "130"],
        Setting::Rules => ["binance", "ringfence", "binance"],
        Setting::Log => ["json", "text", "json"],
        Setting::Maker | Setting::Throttle | Setting::AllowRemote => ["on", "off", "on"],
        Setting::Server => ["http://a", "http://b", "http://c"],
        Setting::Market => ["ONE", "TWO", "THREE"],
        Setting::Data | Setting::ReadyFile | Setting::Account | Setting::Token | Setting::Key | Setting::Secret => {
            ["one", "two", "three"]
        }
    }
}

#[test]
fn flag_beats_environment_beats_file_beats_default_for_every_key() {
    for key in &KEYS {
        let [flag, variable, file] = sample(key);
        let text = format!("# a line before\n{} = \"{file}\"\n", key.name);
        let name = key.variable();
        let steps = [
            (sources(&[(key.setting, flag)], &[(&name, variable)], &text), vec![flag], Origin::Flag(key.name.to_owned())),
            (sources(&[], &[(&name, variable)], &text), vec![variable], Origin::Environment(name.clone())),
            (sources(&[], &[], &text), vec![file], Origin::File { name: "ringfence.toml".to_owned(), line: 2 }),
            (sources(&[], &[], ""), key.default.map_or_else(Vec::new, |text| text.split(',').collect()), Origin::Default),
        ];
        for (given, values, origin) in steps {
            let settings = settings(&given);
            let entry = settings.entry(key.setting).expect("in the table");
            assert_eq!(
                (&entry.values, &entry.origin),
                (&values.iter().map(|v| (*v).to_owned()).collect(), &origin),
                "{}",
                key.name
            );
        }
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let settings = settings(&sources(&[], &[("RINGFENCE_SPEED", "")], "speed = 60"));
    assert_eq!(settings.entry(Setting::Speed).expect("in the table").values, ["60"]);
}

#[test]
fn defaults_are_a_sandbox_in_memory_on_loopback() {
    let expected = ServeOptions {
        listen: "127.0.0.1:8600".parse().expect("an address"),
        data: None,
        ready_file: None,
        numbered_accounts: 0,
        accounts: ["alice", "bob"].map(|name| NamedAccount { name: name.to_owned(), balance: None }).to_vec(),
        markets: Markets::All(Vec::new()),
        speed: 1,
        seed: 7,
        rules: Rules::Ringfence,
        maker: Switch::On,
        throttle: Switch::Off,
        token: None,
        allow_remote: Switch::Off,
        log: LogFormat::Text,
        feed_interval: Duration::from_millis(250),
        verbosity: Verbosity::Normal,
    };
    assert_eq!(options(&sources(&[], &[], "")), expected);
}

#[test]
fn a_file_sets_everything() {
    let text = r#"
        listen = "0.0.0.0:9000"
        allow-remote = true
        data = "exchange"
        ready-file = "ready.json"
        accounts = 1_000
        account = ["carol=2500.5", "dave"]
        market = ["BTCUSDT=replay:a,b.csv", "ETHUSDT=fixed:3000.5", "SOLUSDT"]
        speed = 60
        seed = 42
        rules = "binance"
        maker = false
        throttle = "on"
        token = "opensesame"
        log = "json"
        feed-ms = 1000
    "#;
    let market = |symbol: &str, prices| MarketChoice { symbol: symbol.to_owned(), prices };
    let expected = ServeOptions {
        listen: "0.0.0.0:9000".parse().expect("an address"),
        data: Some(PathBuf::from("exchange")),
        ready_file: Some(PathBuf::from("ready.json")),
        numbered_accounts: 1_000,
        accounts: vec![
            NamedAccount { name: "carol".to_owned(), balance: Some("2500.5".parse().expect("an amount")) },
            NamedAccount { name: "dave".to_owned(), balance: None },
        ],
        markets: Markets::Only(vec![
            market("BTCUSDT", PriceSource::Replay(PathBuf::from("a,b.csv"))),
            market("ETHUSDT", PriceSource::Fixed("3000.5".parse().expect("a price"))),
            market("SOLUSDT", PriceSource::Walk),
        ]),
        speed: 60,
        seed: 42,
        rules: Rules::Binance,
        maker: Switch::Off,
        throttle: Switch::On,
        token: Some("opensesame".to_owned()),
        allow_remote: Switch::On,
        log: LogFormat::Json,
        feed_interval: Duration::from_secs(1),
        verbosity: Verbosity::Normal,
    };
    assert_eq!(options(&sources(&[], &[], text)), expected);
}

#[test]
fn all_with_a_market_named_keeps_the_others() {
    let markets = options(&sources(&[(Setting::Market, "all,btcusdt=fixed:60000")], &[], "")).markets;
    let fixed = PriceSource::Fixed("60000".parse().expect("a price"));
    assert_eq!(markets, Markets::All(vec![MarketChoice { symbol: "BTCUSDT".to_owned(), prices: fixed }]));
}

#[test]
fn every_bad_value_is_named_with_what_is_allowed_and_its_source() {
    let flag = |setting, value| sources(&[(setting, value)], &[], "");
    let table = [
        (flag(Setting::Listen, "8600"), "listen must be an address and a port like 127.0.0.1:8600, got '8600' (flag --listen)"),
        (
            sources(&[], &[("RINGFENCE_SPEED", "fast")], ""),
            "speed must be a whole number from 1 to 3600, got 'fast' (environment RINGFENCE_SPEED)",
        ),
        (sources(&[], &[], "\n\nspeed = 0"), "speed must be a whole number from 1 to 3600, got '0' (ringfence.toml line 3)"),
        (
            sources(&[], &[], "seed = 1.5"),
            "seed must be a whole number from 0 to 18446744073709551615, got '1.5' (ringfence.toml line 1)",
        ),
        (flag(Setting::Accounts, "-1"), "accounts must be a whole number from 0 to 100000, got '-1' (flag --accounts)"),
        (flag(Setting::FeedMs, "9"), "feed-ms must be a whole number from 10 to 60000, got '9' (flag --feed-ms)"),
        (flag(Setting::Rules, "okx"), "rules must be ringfence or binance, got 'okx' (flag --rules)"),
        (flag(Setting::Log, "xml"), "log must be text or json, got 'xml' (flag --log)"),
        (flag(Setting::Maker, "maybe"), "maker must be on or off, got 'maybe' (flag --maker)"),
        (flag(Setting::Data, ""), "data must be a path, got '' (flag --data)"),
        (
            flag(Setting::Account, "alice,bo b"),
            "account must be NAME or NAME=BALANCE, the name of 1 to 32 lower-case letters, digits, - or _, got 'bo b' (flag --account)",
        ),
        (
            flag(Setting::Account, "alice=-1"),
            "account must be NAME=BALANCE, and the balance above 0, got -1, got 'alice=-1' (flag --account)",
        ),
        (
            flag(Setting::Account, "maker"),
            "account must not be 'maker', which is the market maker's own account, got 'maker' (flag --account)",
        ),
        (flag(Setting::Account, "a,b,a=5"), "account must name each account once, got 'a' (flag --account)"),
        (
            flag(Setting::Market, "BTCUSDT=walk"),
            "market must be SYMBOL, SYMBOL=replay:FILE or SYMBOL=fixed:PRICE, or all, got 'BTCUSDT=walk' (flag --market)",
        ),
        (
            flag(Setting::Market, "BTCUSDT=fixed:0"),
            "market must be SYMBOL=fixed:PRICE, and price must be between 0.00000001 and 1000000000, got 0, got 'BTCUSDT=fixed:0' (flag --market)",
        ),
        (flag(Setting::Market, "ETHUSDT,ethusdt"), "market must name each market once, got 'ETHUSDT' (flag --market)"),
        (sources(&[], &[], "market = []"), "market must name a market, or all, got '' (ringfence.toml line 1)"),
        (
            flag(Setting::Listen, "0.0.0.0:8600"),
            "listen must be an address of this machine only unless allow-remote is on, got '0.0.0.0:8600' (flag --listen)",
        ),
        (
            flag(Setting::Server, "localhost:8600"),
            "server must be a URL like http://127.0.0.1:8600, got 'localhost:8600' (flag --server)",
        ),
        (
            flag(Setting::Server, "https://a"),
            "server must begin with http:// (the commands speak no TLS), got 'https://a' (flag --server)",
        ),
        (flag(Setting::Key, "k"), "key must come with a secret: give --secret too"),
        (flag(Setting::Secret, "s"), "secret must come with a key: give --key too"),
        // A secret is not repeated, not even in an error.
        (
            flag(Setting::Token, "two words"),
            "token must be 1 to 512 letters, digits or signs, without blanks, quotes and backslashes (flag --token)",
        ),
    ];
    for (given, expected) in table {
        assert_eq!(mistake(&given), expected);
    }
}

#[test]
fn every_mistake_in_the_file_has_its_line() {
    let table = [
        ("\nlisen = \"127.0.0.1:1\"", "unknown key 'lisen' in ringfence.toml line 2: did you mean 'listen'?"),
        ("ready_file = \"x\"", "unknown key 'ready_file' in ringfence.toml line 1: did you mean 'ready-file'?"),
        ("speed = [1, 2]", "speed must be one value, not a list (ringfence.toml line 1)"),
        ("speed = 2026-01-01", "speed must be one string, number or boolean (ringfence.toml line 1)"),
        ("account = [[1]]", "account must be a list of strings (ringfence.toml line 1)"),
        ("seed = 7\n\n[market]\na = 1", "market must be a list of strings (ringfence.toml line 3)"),
    ];
    for (text, expected) in table {
        assert_eq!(mistake(&sources(&[], &[], text)), expected);
    }
    let strange = mistake(&sources(&[], &[], "wholly-unlike = 1"));
    assert!(strange.starts_with("unknown key 'wholly-unlike' in ringfence.toml line 1: known keys: listen, data, "), "{strange}");
    let broken = mistake(&sources(&[], &[], "speed = 1\nspeed 2"));
    assert!(broken.starts_with("ringfence.toml line 2 is not TOML: "), "{broken}");
    let twice = mistake(&sources(&[], &[], "speed = 1\nspeed = 2"));
    assert!(twice.starts_with("ringfence.toml line 2 is not TOML: "), "{twice}");
}

#[test]
fn a_variable_that_is_no_setting_is_noted() {
    let settings =
        settings(&sources(&[], &[("RINGFENCE_SPED", "2"), ("RINGFENCE_CONFIG", "x"), ("RINGFENCE_XYZXYZXYZ", "")], ""));
    assert_eq!(
        settings.notes,
        [
            "environment RINGFENCE_SPED is not a setting: did you mean RINGFENCE_SPEED?",
            "environment RINGFENCE_XYZXYZXYZ is not a setting"
        ]
    );
}

#[test]
fn a_named_file_must_be_there() {
    let absent = std::path::Path::new("no-such-directory/ringfence.toml");
    let error = Sources::read(Vec::new(), Some(absent)).expect_err("absent");
    assert_eq!(error.exit_status(), 4);
    assert!(error.to_string().starts_with("configuration file no-such-directory/ringfence.toml cannot be read: "), "{error}");
}

#[test]
fn clients_take_the_test_keys_of_the_account_unless_others_are_given() {
    let own = ClientOptions::new(&settings(&sources(&[(Setting::Server, "http://host:1/")], &[], ""))).expect("valid");
    assert_eq!(own.server, "http://host:1");
    assert_eq!(own.keys_of("bob"), ("test-bob".to_owned(), "test-bob-secret".to_owned()));
    let given = sources(&[(Setting::Key, "k"), (Setting::Secret, "s")], &[], "");
    let given = ClientOptions::new(&settings(&given)).expect("valid");
    assert_eq!(given.keys_of("bob"), ("k".to_owned(), "s".to_owned()));
}

#[test]
fn a_switch_is_on_or_off() {
    let table = [
        ("on", Some(Switch::On)),
        ("true", Some(Switch::On)),
        ("off", Some(Switch::Off)),
        ("false", Some(Switch::Off)),
        ("1", None),
    ];
    for (text, expected) in table {
        assert_eq!(switch(text).ok(), expected, "{text}");
    }
}

#[test]
fn the_nearest_key_is_near_or_none() {
    let table =
        [("lisen", Some("listen")), ("acount", Some("account")), ("markets", Some("market")), ("completely", None), ("", None)];
    for (given, expected) in table {
        assert_eq!(nearest(given, KEYS.iter().map(|key| key.name)), expected, "{given}");
    }
}

#[test]
fn names_of_keys_differ_and_defaults_are_valid() {
    for (index, key) in KEYS.iter().enumerate() {
        assert!(KEYS.iter().skip(index + 1).all(|other| other.name != key.name && other.setting != key.setting), "{}", key.name);
        for item in key.default.iter().flat_map(|text| text.split(',')) {
            assert_eq!(key.kind.check(item), Ok(()), "{}", key.name);
        }
    }
}
