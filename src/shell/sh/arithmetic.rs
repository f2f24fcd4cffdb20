//! `$((…))` and `((…))`: whole numbers, variables by name, the operators of C that shells have.

use super::Variables;

/// The value of an expression; assignments go to the variables.
///
/// # Errors
/// What a shell would say of it.
pub(super) fn evaluate(text: &str, variables: &mut Variables) -> Result<i64, String> {
    let mut reader = Reader {
        rest: text,
        variables,
        depth: 0,
        skips: false,
    };
    if text.trim().is_empty() {
        return Ok(0);
    }
    let mut value = reader.assignment()?;
    while reader.take(",") {
        value = reader.assignment()?;
    }
    match reader.rest.trim_start() {
        "" => Ok(value),
        rest => Err(format!("arithmetic syntax error near `{rest}'")),
    }
}

/// Binary operators by how loosely they bind; of those that begin alike the longer stands first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Assignments, and what they do to the value before.
const ASSIGNMENTS: [&str; 11] = ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "="];

/// How deep parentheses and signs may stand in one another.
const MOST_NESTED: usize = 64;

struct Reader<'a> {
    rest: &'a str,
    variables: &'a mut Variables,
    depth: usize,
    /// The other side has decided: nothing is assigned, and nothing can fail.
    skips: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The name at the current place, and what follows it.
    fn name(&self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.trim_start();
        let end = text
            .find(|it: char| !(it.is_ascii_alphanumeric() || it == '_'))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            .then_some((name, rest))
    }

    fn assign(&mut self, name: &str, value: i64) {
        if !self.skips {
            self.variables.insert(name.to_owned(), value.to_string());
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err("the expression is nested too deep".to_owned());
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn assignment(&mut self) -> Result<i64, String> {
        if let Some((name, rest)) = self.name() {
            let rest = rest.trim_start();
            let found = ASSIGNMENTS.iter().find(|it| rest.starts_with(**it));
            if let Some(sign) = found.filter(|it| !(**it == "=" && rest.starts_with("=="))) {
                self.rest = &rest[sign.len()..];
                let value = self.nested(Self::assignment)?;
                let operator = sign.trim_end_matches('=');
                let value = match operator {
                    "" => value,
                    _ => self.apply(operator, self.value_of(name)?, value)?,
                };
                self.assign(name, value);
                return Ok(value);
            }
        }
        let condition = self.level(0)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let outer = self.skips;
        self.skips = outer || condition == 0;
        let left = self.nested(Self::assignment)?;
        if !self.take(":") {
            return Err("arithmetic: `:' is missing".to_owned());
        }
        self.skips = outer || condition != 0;
        let right = self.nested(Self::assignment)?;
        self.skips = outer;
        Ok(if condition == 0 { right } else { left })
    }

    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.nested(Self::operand);
        };
        let mut left = self.level(level + 1)?;
        loop {
            let text = self.rest.trim_start();
            let found = operators.iter().find(|it| text.starts_with(**it));
            // `&` is not the first half of `&&`, and `<` not that of `<<` or `<<=`.
            let found = found.filter(|it| {
                let behind = &text[it.len()..];
                !(is_assignment(text) || it.len() == 1 && "|&<>".contains(**it) && behind.starts_with(**it))
            });
            let Some(operator) = found else { return Ok(left) };
            self.rest = &text[operator.len()..];
            let outer = self.skips;
            self.skips = outer || *operator == "&&" && left == 0 || *operator == "||" && left != 0;
            let right = self.level(level + 1)?;
            left = self.apply(operator, left, right)?;
            self.skips = outer;
        }
    }

    fn apply(&self, operator: &str, left: i64, right: i64) -> Result<i64, String> {
        Ok(match operator {
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "/" | "%" if right == 0 && self.skips => 0,
            "/" | "%" if right == 0 => return Err("division by zero".to_owned()),
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            "<<" => left.wrapping_shl(right as u32),
            ">>" => left.wrapping_shr(right as u32),
            "&" => left & right,
            "|" => left | right,
            "^" => left ^ right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "&&" => i64::from(left != 0 && right != 0),
            _ => i64::from(left != 0 || right != 0),
        })
    }

    /// An unset variable counts as 0.
    fn value_of(&self, name: &str) -> Result<i64, String> {
        match self.variables.get(name).map_or("", |it| it.trim()) {
            "" => Ok(0),
            text => text
                .parse()
                .map_err(|_| format!("arithmetic syntax error near `{text}'")),
        }
    }

    fn operand(&mut self) -> Result<i64, String> {
        for (sign, step) in [("++", 1), ("--", -1)] {
            let text = self.rest.trim_start();
            if let Some(rest) = text.strip_prefix(sign) {
                self.rest = rest;
                let Some((name, rest)) = self.name() else {
                    return Err(format!("arithmetic syntax error near `{text}'"));
                };
                self.rest = rest;
                let value = self.value_of(name)?.wrapping_add(step);
                self.assign(name, value);
                return Ok(value);
            }
        }
        if self.take("-") {
            return Ok(self.nested(Self::operand)?.wrapping_neg());
        }
        if self.take("+") {
            return self.nested(Self::operand);
        }
        if self.take("~") {
            return Ok(!self.nested(Self::operand)?);
        }
        if !self.rest.trim_start().starts_with("!=") && self.take("!") {
            return Ok(i64::from(self.nested(Self::operand)? == 0));
        }
        if self.take("(") {
            let value = self.nested(Self::assignment)?;
            if !self.take(")") {
                return Err("arithmetic: a parenthesis is missing".to_owned());
            }
            return Ok(value);
        }
        if let Some((name, rest)) = self.name() {
            self.rest = rest;
            let value = self.value_of(name)?;
            for (sign, step) in [("++", 1), ("--", -1)] {
                if self.take(sign) {
                    self.assign(name, value.wrapping_add(step));
                }
            }
            return Ok(value);
        }
        let text = self.rest.trim_start();
        let end = text.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        let value = digits
            .parse()
            .map_err(|_| format!("arithmetic syntax error near `{text}'"))?;
        self.rest = rest;
        Ok(value)
    }
}

/// Whether an assignment with an operator stands here, such as `+=`.
fn is_assignment(text: &str) -> bool {
    ASSIGNMENTS.iter().any(|it| it.len() > 1 && text.starts_with(*it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_in_c() {
        let mut variables = Variables::from([("i".to_owned(), "4".to_owned())]);
        for (text, expected) in [
            ("1 + 2 * 3", 7),
            ("-(1 - 3) << 2", 8),
            ("i++ + i", 9),
            ("i += 2, i * 2", 14),
            ("--i", 6),
            ("i > 5 && i < 7 || 0", 1),
            ("i == 6 ? 10 : 20", 10),
            ("0 && 1 / 0", 0),
            ("!i", 0),
            ("7 & 3 | 8", 11),
            ("a = b = 3", 3),
            ("", 0),
        ] {
            assert_eq!(evaluate(text, &mut variables), Ok(expected), "{text}");
        }
        for text in ["1 +", "1 / 0", "1 2", "(1", "9x"] {
            assert!(evaluate(text, &mut variables).is_err(), "{text}");
        }
        assert!(evaluate(&"(".repeat(1000), &mut variables).is_err());
    }
}
