//! Hash maps in snapshots: as pairs in the order of their keys, so that equal records give equal bytes.

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::raw::Raw;

pub(super) fn serialize<K, V, S>(map: &HashMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Raw + Ord,
    V: Serialize,
    S: Serializer,
{
    let mut pairs: Vec<(&K, &V)> = map.iter().collect();
    pairs.sort_unstable_by_key(|(key, _)| *key);
    pairs.into_iter().map(|(key, value)| (key.to_form(), value)).collect::<Vec<_>>().serialize(serializer)
}

pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<HashMap<K, V>, D::Error>
where
    K: Raw + Eq + Hash,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let pairs = Vec::<(K::Form, V)>::deserialize(deserializer)?;
    let map: Option<HashMap<K, V>> = pairs.into_iter().map(|(key, value)| Some((K::of_form(key)?, value))).collect();
    map.ok_or_else(|| serde::de::Error::custom("a key out of its range"))
}
