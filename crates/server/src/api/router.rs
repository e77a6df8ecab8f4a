//! From method and path, or from a method of the WebSocket API, to a row of the table.

use std::collections::HashMap;

use http::Method;

use super::endpoint::Endpoint;
use crate::boot::Family;

/// Finds calls.
pub struct Router {
    endpoints: Vec<Endpoint>,
    by_path: HashMap<(Method, &'static str), usize>,
    by_method: HashMap<(Option<Family>, &'static str), usize>,
}

impl Router {
    /// Of all tables.
    ///
    /// # Panics
    /// When two rows claim the same method and path: the table is wrong.
    #[must_use]
    pub fn new(endpoints: Vec<Endpoint>) -> Self {
        let (mut by_path, mut by_method) = (HashMap::new(), HashMap::new());
        for (at, endpoint) in endpoints.iter().enumerate() {
            let earlier = by_path.insert((endpoint.method.clone(), endpoint.path), at);
            assert!(earlier.is_none(), "two rows for {} {}", endpoint.method, endpoint.path);
            if let Some(method) = endpoint.ws_method {
                by_method.insert((endpoint.family, method), at);
            }
        }
        Self { endpoints, by_path, by_method }
    }

    /// The call of this method and path.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<&Endpoint> {
        // The key of the map is a path that lives as long as the program; any path can be looked up all the same.
        let key: &(Method, &str) = &(method.clone(), path);
        self.by_path.get(key).and_then(|at| self.endpoints.get(*at))
    }

    /// The call of this name in the WebSocket API of a family.
    #[must_use]
    pub fn find_socket(&self, family: Family, method: &str) -> Option<&Endpoint> {
        let key: &(Option<Family>, &str) = &(Some(family), method);
        self.by_method.get(key).and_then(|at| self.endpoints.get(*at))
    }

    /// All rows.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }
}
