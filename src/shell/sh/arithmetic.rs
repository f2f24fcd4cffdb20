//! `$((…))`: whole numbers, variables by name, `+ - * / %`, comparisons and parentheses.

use super::Variables;

/// The value of an expression.
///
/// # Errors
/// What a shell would say of it, or of what is not simulated.
pub(super) fn evaluate(text: &str, variables: &Variables) -> Result<i64, String> {
    let mut reader = Reader {
        rest: text,
        variables,
        depth: 0,
    };
    let value = reader.level(0)?;
    match reader.rest.trim_start() {
        "" => Ok(value),
        rest => Err(format!("arithmetic syntax error near `{rest}'")),
    }
}

/// Operators by how loosely they bind.
const LEVELS: [&[&str]; 4] = [&["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

/// How deep parentheses and signs may stand in one another.
const MOST_NESTED: usize = 64;

struct Reader<'a> {
    rest: &'a str,
    variables: &'a Variables,
    depth: usize,
}

impl Reader<'_> {
    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.operand();
        };
        let mut left = self.level(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let Some(operator) = operators.iter().find(|it| self.rest.starts_with(**it)) else {
                return Ok(left);
            };
            self.rest = &self.rest[operator.len()..];
            let right = self.level(level + 1)?;
            left = match *operator {
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" | "%" if right == 0 => return Err("division by zero".to_owned()),
                "/" => left.wrapping_div(right),
                "%" => left.wrapping_rem(right),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                _ => i64::from(left > right),
            };
        }
    }

    fn operand(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err("the expression is nested too deep".to_owned());
        }
        let value = self.operand_inside();
        self.depth -= 1;
        value
    }

    fn operand_inside(&mut self) -> Result<i64, String> {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('-') {
            self.rest = rest;
            return Ok(self.operand()?.wrapping_neg());
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            let value = self.level(0)?;
            self.rest = self
                .rest
                .trim_start()
                .strip_prefix(')')
                .ok_or("arithmetic: a parenthesis is missing")?;
            return Ok(value);
        }
        let end = self
            .rest
            .find(|it: char| !(it.is_ascii_alphanumeric() || it == '_'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let error = || format!("arithmetic syntax error near `{}'", self.rest);
        let value = if word.starts_with(|it: char| it.is_ascii_digit()) {
            word.parse().map_err(|_| error())?
        } else if word.is_empty() {
            return Err(error());
        } else {
            // An unset variable counts as 0.
            let value = self.variables.get(word).map_or("", String::as_str);
            if value.is_empty() {
                0
            } else {
                value.parse().map_err(|_| error())?
            }
        };
        self.rest = rest;
        Ok(value)
    }
}
