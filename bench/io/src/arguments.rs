//! `--name value` arguments.

use std::collections::HashMap;
use std::str::FromStr;

/// The words and the `--name value` pairs of a command line.
#[derive(Debug, Default)]
pub struct Arguments {
    words: Vec<String>,
    values: HashMap<String, String>,
}

impl Arguments {
    /// Parses the process's own command line.
    ///
    /// # Errors
    /// When a `--name` is not followed by a value.
    pub fn from_env() -> Result<Self, String> {
        Self::parse(std::env::args().skip(1))
    }

    fn parse(mut items: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        while let Some(item) = items.next() {
            match item.strip_prefix("--") {
                Some(name) => {
                    let value = items.next().ok_or_else(|| format!("--{name} needs a value"))?;
                    parsed.values.insert(name.to_owned(), value);
                }
                None => parsed.words.push(item),
            }
        }
        Ok(parsed)
    }

    /// The word at a position, or nothing.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }

    /// The text of `--name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of `--name`, or `default` when it is absent.
    ///
    /// # Errors
    /// When the value is present and can't be parsed.
    pub fn value<T: FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("--{name} can't be '{text}'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn separates_words_from_values() {
        let arguments = parse("serve echo --size 64").unwrap();
        assert_eq!((arguments.word(0), arguments.word(1), arguments.word(2)), ("serve", "echo", ""));
        assert_eq!(arguments.value("size", 1), Ok(64));
        assert_eq!(arguments.value("connections", 3), Ok(3));
    }

    #[test]
    fn refuses_a_missing_or_wrong_value() {
        assert!(parse("serve --size").is_err());
        assert!(parse("serve --size many").unwrap().value("size", 1).is_err());
    }
}
