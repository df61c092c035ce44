//! Interned strings: each distinct text is kept once and named by a number.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher as _;

/// A string in a [`Symbols`] table. Only meaningful together with the table that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(pub u32);

impl Sym {
    /// "No string": what a record did not say. Resolves to the empty string.
    pub const NONE: Self = Self(0);

    /// Whether it names a string at all.
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

impl Default for Sym {
    fn default() -> Self {
        Self::NONE
    }
}

/// A table of distinct strings in one arena; symbol 0 is always the empty string.
#[derive(Clone, Debug)]
pub struct Symbols {
    text: String,
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { text: String::new(), ends: vec![0], table: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl Symbols {
    /// The symbol of `text`, interning it if it is new. Beyond 4 GiB of distinct text everything new is [`Sym::NONE`].
    pub fn intern(&mut self, text: &str) -> Sym {
        if text.is_empty() {
            return Sym::NONE;
        }
        let hash = self.hasher.hash_one(text);
        if let Some(found) = self.table.find(hash, |&index| Self::slice(&self.text, &self.ends, index) == text) {
            return Sym(*found);
        }
        let (Ok(index), Ok(end)) = (u32::try_from(self.ends.len()), u32::try_from(self.text.len() + text.len())) else {
            return Sym::NONE;
        };
        self.text.push_str(text);
        self.ends.push(end);
        let Self { text, ends, table, hasher } = self;
        table.insert_unique(hash, index, |&other| hasher.hash_one(Self::slice(text, ends, other)));
        Sym(index)
    }

    /// The symbol of `text` if it is already in the table.
    pub fn lookup(&self, text: &str) -> Option<Sym> {
        if text.is_empty() {
            return Some(Sym::NONE);
        }
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |&index| Self::slice(&self.text, &self.ends, index) == text).map(|&index| Sym(index))
    }

    /// The text of a symbol; the empty string for [`Sym::NONE`] and for a symbol of another table beyond this one's end.
    pub fn resolve(&self, sym: Sym) -> &str {
        Self::slice(&self.text, &self.ends, sym.0)
    }

    /// How many symbols there are, [`Sym::NONE`] included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing was interned yet.
    pub fn is_empty(&self) -> bool {
        self.ends.len() <= 1
    }

    /// Interns every string of `other` here; the result maps `other`'s symbols (by number) to this table's.
    pub fn absorb(&mut self, other: &Self) -> Vec<Sym> {
        (0..other.len() as u32).map(|index| self.intern(other.resolve(Sym(index)))).collect()
    }

    fn slice<'a>(text: &'a str, ends: &[u32], index: u32) -> &'a str {
        let index = index as usize;
        if index == 0 {
            return "";
        }
        let (Some(&from), Some(&until)) = (ends.get(index - 1), ends.get(index)) else { return "" };
        text.get(from as usize..until as usize).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_the_same_symbol() {
        let mut symbols = Symbols::default();
        let one = symbols.intern("alice");
        let two = symbols.intern("bob");
        assert_eq!(symbols.intern("alice"), one);
        assert_ne!(one, two);
        assert_eq!(symbols.resolve(two), "bob");
        assert_eq!(symbols.resolve(Sym::NONE), "");
        assert_eq!(symbols.lookup("carol"), None);
    }

    #[test]
    fn absorbing_a_table_translates_its_symbols() {
        let (mut ours, mut theirs) = (Symbols::default(), Symbols::default());
        ours.intern("x");
        let bob = theirs.intern("bob");
        let map = ours.absorb(&theirs);
        assert_eq!(ours.resolve(map[bob.0 as usize]), "bob");
    }
}
