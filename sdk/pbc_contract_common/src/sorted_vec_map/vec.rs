//! [`SortedVec`].

use std::borrow::Borrow;

/// A set, as a sorted vector that the ABI shows as one.
#[derive(Debug, Clone)]
pub struct SortedVec<T> {
    /// Elements rise strictly.
    pub(super) elements: Vec<T>,
}

impl<T> SortedVec<T> {
    /// An empty set.
    pub fn new() -> Self {
        SortedVec { elements: Vec::new() }
    }

    /// Removes every element.
    pub fn clear(&mut self) {
        self.elements.clear();
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Removes the largest element.
    pub fn pop_last(&mut self) -> Option<T> {
        self.elements.pop()
    }

    /// The elements, rising.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.elements.iter()
    }
}

impl<T: Ord> SortedVec<T> {
    /// The element equal to `element`.
    pub fn get<Q: Ord + ?Sized>(&self, element: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        let index = self.search(element).ok()?;
        self.elements.get(index)
    }

    /// Whether `element` is in the set.
    pub fn contains<Q: Ord + ?Sized>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.search(element).is_ok()
    }

    /// Adds `element` and returns the equal one that it replaces.
    pub fn insert(&mut self, element: T) -> Option<T> {
        match self.search(&element) {
            Ok(index) => Some(std::mem::replace(&mut self.elements[index], element)),
            Err(index) => {
                self.elements.insert(index, element);
                None
            }
        }
    }

    /// Removes `element` and returns it.
    pub fn remove<Q: Ord + ?Sized>(&mut self, element: &Q) -> Option<T>
    where
        T: Borrow<Q>,
    {
        self.search(element).ok().map(|index| self.elements.remove(index))
    }

    fn search<Q: Ord + ?Sized>(&self, element: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.elements.binary_search_by(|found| found.borrow().cmp(element))
    }
}

/// An empty set.
impl<T> Default for SortedVec<T> {
    fn default() -> Self {
        Self::new()
    }
}
