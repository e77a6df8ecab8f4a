//! Keys: a client's own Ed25519 key, requests that were captured, and what a directory needs of its keys.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;
mod local_support;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use http_support::{server, settings};
use local_support::{Told, as_user, done, get, post, request};
use ringfence_server::boot::{RuleChoice, Setup};
use ringfence_server::edge::signature::sign;
use ringfence_server::server::{Server, ServerError, ServerSettings, launch};
use ringfence_server::start::Keeping;
use serde_json::{Value, json};

const BUY: &str = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001";
/// The first bytes of an Ed25519 public key in DER.
const DER_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A directory that goes away.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("ringfence-keys-{name}-{}", std::process::id())))
    }

    fn settings(&self) -> ServerSettings {
        settings(Keeping::Directory(self.0.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn pair(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn raw(pair: &SigningKey) -> String {
    STANDARD.encode(pair.verifying_key().to_bytes())
}

fn pem(pair: &SigningKey) -> String {
    let der = [DER_HEAD.as_slice(), &pair.verifying_key().to_bytes()].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

fn stamped(query: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    format!("{query}&timestamp={now}")
}

/// Query and signature, as a client sends them.
fn by_ed25519(pair: &SigningKey, query: &str) -> String {
    let query = stamped(query);
    let signature = STANDARD.encode(pair.sign(query.as_bytes()).to_bytes());
    format!("{query}&signature={}", signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"))
}

fn by_secret(secret: &str, query: &str) -> String {
    let query = stamped(query);
    let signature = sign(secret.as_bytes(), query.as_bytes());
    format!("{query}&signature={signature}")
}

fn sent(at: SocketAddr, key: &str, (path, query): (&str, &str)) -> Told {
    request(at, ("POST", &format!("{path}?{query}")), &[("X-MBX-APIKEY", key)], "")
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}")).to_owned()
}

fn leverage(at: SocketAddr) -> Value {
    as_user(at, "alice", ("GET", "/fapi/v1/symbolConfig"), "symbol=BTCUSDT").json[0]["leverage"].clone()
}

fn refused(settings: &ServerSettings) -> ServerError {
    launch(settings).map(|_| ()).unwrap_err()
}

fn stop(server: Server) {
    server.run(async {}).unwrap();
}

#[test]
fn a_bot_signs_with_its_own_ed25519_key() {
    let server = server();
    let at = server.address;
    for (seed, public) in [(1, pem(&pair(1))), (2, pem(&pair(2)).replace('\n', "")), (3, raw(&pair(3)))] {
        let made = done(at, "keys", &json!({"account": "alice", "scopes": "read,trade", "public_key": public}));
        assert_eq!((&made["type"], &made["public_key"]), (&json!("Ed25519"), &json!(raw(&pair(seed)))), "{made}");
        assert_eq!(made.get("secret"), None, "the private key stays with the bot");
        let key = text(&made, "api_key");
        let bought = sent(at, &key, ("/fapi/v1/order", &by_ed25519(&pair(seed), BUY)));
        assert_eq!(bought.status, 200, "{bought:?}");
        let other = sent(at, &key, ("/fapi/v1/order", &by_ed25519(&pair(9), BUY)));
        assert_eq!(other.json["code"], -1022, "{other:?}");
    }
    assert_eq!(text(&done(at, "keys", &json!({"account": "alice", "scopes": "read"})), "type"), "HMAC-SHA256");
    stop(server);
}

#[test]
fn a_text_that_is_no_public_key_is_refused_with_what_it_is() {
    let server = server();
    let private = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode([7_u8; 48]));
    let rows = [
        ("not base64!".to_owned(), "got a text that is not base64"),
        (STANDARD.encode([1_u8; 33]), "got 33 bytes"),
        (STANDARD.encode([0_u8; 32]), "got 32 bytes that are no point of the curve, or one that many private keys share"),
        (private, "got PEM of a PRIVATE KEY"),
    ];
    for (public, expected) in rows {
        let told = post(server.address, "keys", &json!({"account": "alice", "scopes": "read", "public_key": public}));
        let message = text(&told.json, "msg");
        assert_eq!(told.status, 400, "{told:?}");
        assert!(message.starts_with("public_key: must be an Ed25519 public key: PEM, or base64 of its 32 bytes"), "{message}");
        assert!(message.ends_with(expected), "{message}");
    }
    stop(server);
}

#[test]
fn what_one_key_signed_is_not_taken_from_another() {
    let server = server();
    let at = server.address;
    let made = |name: &str| done(at, "keys", &json!({"account": name, "scopes": "trade"}));
    let (first, second) = (made("alice"), made("alice"));
    let bytes = by_secret(&text(&first, "secret"), BUY);
    let order = ("/fapi/v1/order", bytes.as_str());
    assert_eq!(sent(at, &text(&second, "api_key"), order).json["code"], -1022);
    assert_eq!(sent(at, &text(&first, "api_key"), order).status, 200);
    assert_eq!(sent(at, &text(&second, "api_key"), order).json["code"], -1022);

    // One public key under two API keys would verify the same bytes twice: a key has one, for good.
    let ask = |name: &str| post(at, "keys", &json!({"account": name, "scopes": "trade", "public_key": raw(&pair(5))}));
    let key = text(&ask("alice").json, "api_key");
    for name in ["alice", "bob"] {
        let told = ask(name);
        assert_eq!(told.status, 400, "{told:?}");
        assert!(text(&told.json, "msg").starts_with("public_key: this public key belongs, or belonged, to another API key"));
    }
    assert_eq!(request(at, ("DELETE", &format!("/local/v1/keys?key={key}")), &[], "").status, 200);
    assert_eq!(ask("alice").status, 400, "a captured request of the revoked key would be one of the new key");
    stop(server);
}

#[test]
fn a_captured_setting_does_not_undo_what_another_key_of_the_account_set() {
    let server = server();
    let at = server.address;
    let other = done(at, "keys", &json!({"account": "alice", "scopes": "trade"}));
    let captured = by_secret("test-alice-secret", "symbol=BTCUSDT&leverage=20");
    let setting = ("/fapi/v1/leverage", captured.as_str());
    assert_eq!(sent(at, "test-alice", setting).status, 200);
    assert_eq!(sent(at, "test-alice", setting).status, 200, "at once it changes nothing");
    let ten = by_secret(&text(&other, "secret"), "symbol=BTCUSDT&leverage=10");
    assert_eq!(sent(at, &text(&other, "api_key"), ("/fapi/v1/leverage", &ten)).status, 200);
    assert_eq!(sent(at, "test-alice", setting).json["code"], -1022);
    assert_eq!(leverage(at), 10);
    stop(server);
}

#[test]
fn what_was_captured_before_a_restart_has_no_effect_after_it() {
    let place = Place::new("captured");
    let first = launch(&place.settings()).unwrap();
    let captured = by_secret("test-alice-secret", &format!("{BUY}&recvWindow=60000"));
    assert_eq!(sent(first.address, "test-alice", ("/fapi/v1/order", &captured)).status, 200);
    stop(first);
    let second = launch(&place.settings()).unwrap();
    let again = sent(second.address, "test-alice", ("/fapi/v1/order", &captured));
    assert_eq!(again.json["code"], -1021, "{again:?}");
    assert_eq!(as_user(second.address, "alice", ("POST", "/fapi/v1/order"), BUY).status, 200, "a new one is taken");
    stop(second);
}

#[test]
fn a_lost_sealing_key_is_named_and_needed_only_by_keys_that_were_made() {
    let place = Place::new("sealing");
    let file = place.0.join("sealing.key");
    let first = launch(&place.settings()).unwrap();
    stop(first);
    std::fs::remove_file(&file).unwrap();
    let second = launch(&place.settings()).unwrap();
    let made = done(second.address, "keys", &json!({"account": "alice", "scopes": "read"}));
    stop(second);
    std::fs::rename(&file, place.0.join("elsewhere")).unwrap();
    let lost = refused(&place.settings());
    let expected = format!("{}: is not there, and the secret of API key '{}'", file.display(), text(&made, "api_key"));
    assert!(lost.to_string().starts_with(&expected), "{lost}");
    assert_eq!((lost.exit_code(), file.exists()), (4, false), "no other key is put in its place");
    std::fs::write(&file, [1; 32]).unwrap();
    let other = refused(&place.settings());
    assert!(other.to_string().starts_with(&format!("{}: is another than", file.display())), "{other}");
    std::fs::rename(place.0.join("elsewhere"), &file).unwrap();
    stop(launch(&place.settings()).unwrap());
}

#[test]
fn a_directory_goes_on_with_its_own_rules_only() {
    let place = Place::new("rules");
    let ruled = |rules: &RuleChoice| {
        let mut setup = Setup::default();
        setup.markets.iter_mut().for_each(|market| market.rules = rules.clone());
        ServerSettings { setup, ..place.settings() }
    };
    stop(launch(&ruled(&RuleChoice::Ringfence)).unwrap());
    let other = refused(&ruled(&RuleChoice::Venue));
    assert_eq!(
        (other.to_string().as_str(), other.exit_code()),
        ("the journal's market BTCUSDT follows the rules 'ringfence', not 'binance': start with --rules ringfence as before", 2)
    );
    stop(launch(&ruled(&RuleChoice::Ringfence)).unwrap());
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named_as_such() {
    let place = Place::new("file");
    std::fs::write(&place.0, "text").unwrap();
    let told = refused(&place.settings());
    let expected = format!("{} is a file, not a directory: name a directory; one that is not there is made", place.0.display());
    assert_eq!((told.to_string(), told.exit_code()), (expected, 4));
    std::fs::remove_file(&place.0).unwrap();
}

#[test]
fn the_wallets_are_those_of_now() {
    let place = Place::new("wallets");
    let first = launch(&place.settings()).unwrap();
    done(first.address, "faucet", &json!({"account": "alice", "asset": "USDT", "amount": "250.5"}));
    done(first.address, "accounts", &json!({"name": "carol", "balances": "{\"USDT\": \"7\"}"}));
    stop(first);
    let second = launch(&place.settings()).unwrap();
    let wallets: Vec<(String, String)> = second
        .wallets()
        .iter()
        .map(|wallet| {
            let balances: Vec<String> = wallet.balances.iter().map(|(asset, amount)| format!("{amount} {asset}")).collect();
            (wallet.name.clone(), balances.join(" · "))
        })
        .collect();
    let expected = [("alice", "10250.5 USDT · 1 BTC · 10 ETH"), ("bob", "10000 USDT · 1 BTC · 10 ETH"), ("carol", "7 USDT")];
    assert_eq!(wallets, expected.map(|(name, money)| (name.to_owned(), money.to_owned())));
    assert_eq!(get(second.address, "audit")["ok"], true);
    stop(second);
}
