//! Just enough JSON: one object with the whole numbers `min` and `max`, in any order, no more.

pub fn read_range(text: &str) -> Result<(i64, i64), String> {
    let mut reader = Reader { rest: text };
    let (mut min, mut max) = (None, None);
    reader.expect('{')?;
    loop {
        let name = reader.string()?;
        reader.expect(':')?;
        let place = match name {
            "min" => &mut min,
            "max" => &mut max,
            _ => return Err(format!("unknown field {name:?}: give min and max")),
        };
        if place.replace(reader.number()?).is_some() {
            return Err(format!("{name} is given twice"));
        }
        if reader.take(',') {
            continue;
        }
        reader.expect('}')?;
        break;
    }
    if !reader.rest.trim_start().is_empty() {
        return Err("something follows the object".to_string());
    }
    match (min, max) {
        (Some(min), Some(max)) if min <= max => Ok((min, max)),
        (Some(_), Some(_)) => Err("min is above max".to_string()),
        _ => Err("both min and max are needed".to_string()),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(format!("expected {wanted:?} in {{\"min\": 1, \"max\": 6}}"))
    }

    /// Field names of ours need no escapes: one with a backslash is just unknown.
    fn string(&mut self) -> Result<&'a str, String> {
        self.expect('"')?;
        let (string, rest) = self.rest.split_once('"').ok_or("a string has no end")?;
        self.rest = rest;
        Ok(string)
    }

    fn number(&mut self) -> Result<i64, String> {
        self.take(' ');
        let end = self
            .rest
            .find(|letter: char| !matches!(letter, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        let plain = digits.strip_prefix('-').unwrap_or(digits);
        let is_json = plain == "0" || !plain.starts_with(['0', '+', '-']);
        match digits.parse() {
            Ok(number) if is_json => Ok(number),
            _ => Err(format!("{digits:?} is no whole number of 64 bits")),
        }
    }
}
