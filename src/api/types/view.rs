//! From an object's tree to its typed view, and back.
//!
//! Not serde's derive: its generated code was the largest single part of the page (a fifth of all). Here a type
//! is a list of names and places, and one function walks such lists.
//!
//! Reading takes an absent field and an explicit `null` as the default, as Go's decoder leaves a field untouched.
//! Writing leaves out empty text, lists, maps, `false` and `None` (Go's `omitempty`); numbers and structs stay.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// A tree that does not have the types of its kind.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongType {
    /// Field names from the innermost outwards.
    path: Vec<&'static str>,
    found: &'static str,
    wanted: &'static str,
}

impl WrongType {
    fn new(found: &Value, wanted: &'static str) -> Box<Self> {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        Box::new(Self {
            path: Vec::new(),
            found,
            wanted,
        })
    }
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot unmarshal {} into Go struct field ", self.found)?;
        for (i, name) in self.path.iter().rev().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(name)?;
        }
        write!(f, " of type {}", self.wanted)
    }
}

impl std::error::Error for WrongType {}

/// What can be read out of a tree.
pub trait Read {
    /// Reads `value`, which is not null, over what is here.
    ///
    /// # Errors
    /// When `value` has another type; what is here is then half read.
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>>;
}

/// What can be written into a tree.
pub trait Write {
    /// The value, empty or not.
    fn write(&self) -> Value;

    /// Whether a struct that holds this leaves it out.
    fn is_left_out(&self) -> bool {
        false
    }
}

/// A view of `value`; of null the default one.
///
/// # Errors
/// When the tree does not have the view's types.
pub fn read<T: Read + Default>(value: &Value) -> Result<T, Box<WrongType>> {
    let mut view = T::default();
    if !value.is_null() {
        view.read(value)?;
    }
    Ok(view)
}

/// Reads the fields of a struct.
pub(super) fn read_fields(
    value: &Value,
    wanted: &'static str,
    fields: &mut [(&'static str, &mut dyn Read)],
) -> Result<(), Box<WrongType>> {
    let Value::Object(map) = value else {
        return Err(WrongType::new(value, wanted));
    };
    for (name, field) in fields {
        if let Some(value) = map.get(*name).filter(|value| !value.is_null()) {
            field.read(value).map_err(|mut error| {
                error.path.push(name);
                error
            })?;
        }
    }
    Ok(())
}

/// Writes the fields of a struct.
pub(super) fn write_fields(fields: &[(&'static str, &dyn Write)]) -> Value {
    let mut map = Map::new();
    for (name, field) in fields {
        if !field.is_left_out() {
            map.insert((*name).to_owned(), field.write());
        }
    }
    Value::Object(map)
}

/// Reads and writes a struct by the names that its fields have in a tree. All fields must be named.
macro_rules! view {
    ($name:ident { $($field:ident: $key:literal),* $(,)? }) => {
        impl $crate::api::types::view::Read for $name {
            fn read(&mut self, value: &serde_json::Value) -> Result<(), Box<$crate::api::types::view::WrongType>> {
                let Self { $($field),* } = self;
                $crate::api::types::view::read_fields(value, stringify!($name), &mut [$(($key, $field)),*])
            }
        }

        impl $crate::api::types::view::Write for $name {
            fn write(&self) -> serde_json::Value {
                let Self { $($field),* } = self;
                $crate::api::types::view::write_fields(&[$(($key, $field)),*])
            }
        }
    };
}
pub(super) use view;

impl Read for String {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        let text = value.as_str().ok_or_else(|| WrongType::new(value, "string"))?;
        text.clone_into(self);
        Ok(())
    }
}

impl Write for String {
    fn write(&self) -> Value {
        Value::String(self.clone())
    }

    fn is_left_out(&self) -> bool {
        self.is_empty()
    }
}

impl Read for bool {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        *self = value.as_bool().ok_or_else(|| WrongType::new(value, "bool"))?;
        Ok(())
    }
}

impl Write for bool {
    fn write(&self) -> Value {
        Value::Bool(*self)
    }

    fn is_left_out(&self) -> bool {
        !*self
    }
}

impl Read for i64 {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        *self = value.as_i64().ok_or_else(|| WrongType::new(value, "int64"))?;
        Ok(())
    }
}

impl Write for i64 {
    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Read for i32 {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        let number = value.as_i64().and_then(|number| Self::try_from(number).ok());
        *self = number.ok_or_else(|| WrongType::new(value, "int32"))?;
        Ok(())
    }
}

impl Write for i32 {
    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Read for Value {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        self.clone_from(value);
        Ok(())
    }
}

impl Write for Value {
    fn write(&self) -> Value {
        self.clone()
    }
}

impl<T: Read + Default> Read for Option<T> {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        self.insert(T::default()).read(value)
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, Write::write)
    }

    fn is_left_out(&self) -> bool {
        self.is_none()
    }
}

impl<T: Read + Default> Read for Vec<T> {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        let items = value.as_array().ok_or_else(|| WrongType::new(value, "array"))?;
        self.clear();
        self.reserve(items.len());
        for item in items {
            let mut one = T::default();
            one.read(item)?;
            self.push(one);
        }
        Ok(())
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self) -> Value {
        Value::Array(self.iter().map(Write::write).collect())
    }

    fn is_left_out(&self) -> bool {
        self.is_empty()
    }
}

impl Read for BTreeMap<String, String> {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        let entries = value.as_object().ok_or_else(|| WrongType::new(value, "object"))?;
        self.clear();
        for (key, value) in entries {
            let text = value.as_str().ok_or_else(|| WrongType::new(value, "string"))?;
            self.insert(key.clone(), text.to_owned());
        }
        Ok(())
    }
}

impl Write for BTreeMap<String, String> {
    fn write(&self) -> Value {
        let pairs = self
            .iter()
            .map(|(key, value)| (key.clone(), Value::String(value.clone())));
        Value::Object(pairs.collect())
    }

    fn is_left_out(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::core::Service;
    use super::super::discovery::EndpointSlice;
    use super::{Write as _, read};

    #[test]
    fn absent_and_null_read_as_the_default() {
        let empty: Service = read(&json!({})).unwrap();
        assert_eq!(empty, Service::default());
        let nulls: Service = read(&json!({"metadata": null, "spec": {"ports": null, "clusterIP": null}})).unwrap();
        assert_eq!(nulls, Service::default());
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        let told = |value| read::<Service>(&value).unwrap_err().to_string();
        assert_eq!(
            told(json!({"spec": {"ports": [{"port": "80"}]}})),
            "cannot unmarshal string into Go struct field spec.ports.port of type int32"
        );
        assert_eq!(
            told(json!({"spec": {"ports": [{"port": 3_000_000_000_u32}]}})),
            "cannot unmarshal number into Go struct field spec.ports.port of type int32"
        );
        assert!(read::<Service>(&json!([])).is_err());
        assert!(read::<Service>(&json!({"spec": {"ports": [null]}})).is_err());
    }

    #[test]
    fn what_is_written_reads_as_the_same() {
        let tree = json!({
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.244.1.2"], "conditions": {"ready": false, "serving": true}, "zone": "a"}],
            "metadata": {"generation": 2, "labels": {"a": "b"}, "name": "web-x2lqz", "namespace": "default"},
            "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
        });
        let slice: EndpointSlice = read(&tree).unwrap();
        assert_eq!(slice.endpoints[0].conditions.ready, Some(false));
        assert_eq!(read::<EndpointSlice>(&slice.write()).unwrap(), slice);
        assert_eq!(slice.write(), tree);
    }
}
