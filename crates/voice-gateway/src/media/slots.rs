//! Things with small numbers, which are used again.

/// A table in which a thing keeps its number as long as it is there.
#[derive(Debug)]
pub(super) struct Slots<T> {
    all: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Slots<T> {
    /// An empty table.
    pub fn new() -> Slots<T> {
        Slots { all: Vec::new(), free: Vec::new() }
    }

    /// The number that the next thing will get.
    pub fn next(&self) -> usize {
        self.free.last().copied().unwrap_or(self.all.len())
    }

    /// Puts a thing into a free place.
    pub fn insert(&mut self, thing: T) -> usize {
        match self.free.pop() {
            Some(slot) => {
                self.all[slot] = Some(thing);
                slot
            }
            None => {
                self.all.push(Some(thing));
                self.all.len() - 1
            }
        }
    }

    /// Takes a thing out.
    pub fn remove(&mut self, slot: usize) -> Option<T> {
        let thing = self.all.get_mut(slot)?.take()?;
        self.free.push(slot);
        Some(thing)
    }

    /// The thing of that number.
    pub fn at(&self, slot: usize) -> Option<&T> {
        self.all.get(slot)?.as_ref()
    }

    /// The thing of that number, to be changed.
    pub fn at_mut(&mut self, slot: usize) -> Option<&mut T> {
        self.all.get_mut(slot)?.as_mut()
    }

    /// All things.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again() {
        let mut slots = Slots::new();
        let first = slots.insert('a');
        let second = slots.insert('b');
        assert_eq!(slots.remove(first), Some('a'));
        assert_eq!((slots.remove(first), slots.at(first), slots.at(9)), (None, None, None));
        assert_eq!(slots.insert('c'), first);
        assert_eq!((slots.at(second), slots.iter().count()), (Some(&'b'), 2));
    }
}
