//! The map in which objects of one kind stand: shared by the store and by snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{NamespacedName, Object};

/// All objects of one kind.
pub type ObjectMap = BTreeMap<NamespacedName, Arc<Object>>;
