//! How `kubectl` prints: tables, YAML, JSON, ages, JSONPath. Text in, text out; nothing here looks at a cluster.

pub mod age;
pub mod calendar;
pub mod json;
pub mod jsonpath;
pub mod order;
pub mod table;
pub mod yaml;
