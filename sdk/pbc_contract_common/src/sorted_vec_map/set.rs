//! [`SortedVecSet`].

use std::borrow::Borrow;
use std::ops::RangeBounds;

use super::range::indices;

/// A set, as a sorted vector.
#[derive(PartialEq, Eq, Debug, Clone)]
pub struct SortedVecSet<T> {
    /// Elements rise strictly.
    pub(super) elements: Vec<T>,
}

impl<T> SortedVecSet<T> {
    /// An empty set.
    pub fn new() -> Self {
        SortedVecSet { elements: Vec::new() }
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

    /// Removes the smallest element.
    pub fn pop_first(&mut self) -> Option<T> {
        (!self.elements.is_empty()).then(|| self.elements.remove(0))
    }

    /// Removes the largest element.
    pub fn pop_last(&mut self) -> Option<T> {
        self.elements.pop()
    }

    /// Keeps the elements for which `keep` is true.
    pub fn retain<F: FnMut(&T) -> bool>(&mut self, keep: F) {
        self.elements.retain(keep);
    }

    /// The elements, rising.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.elements.iter()
    }
}

impl<T: Ord> SortedVecSet<T> {
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

    /// Moves all elements of `other` here. Of equal elements, those of `other` win.
    pub fn append(&mut self, other: &mut Self) {
        for element in other.elements.drain(..) {
            self.insert(element);
        }
    }

    /// The elements within `range`; none if it is reversed.
    pub fn range<Q: Ord + ?Sized, R: RangeBounds<Q>>(
        &self,
        range: R,
    ) -> impl DoubleEndedIterator<Item = &T>
    where
        T: Borrow<Q>,
    {
        let indices = indices(&self.elements, &range, |element| element.borrow());
        self.elements[indices].iter()
    }

    fn search<Q: Ord + ?Sized>(&self, element: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.elements.binary_search_by(|found| found.borrow().cmp(element))
    }
}

/// An empty set.
impl<T> Default for SortedVecSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> IntoIterator for SortedVecSet<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements.into_iter()
    }
}

impl<T: Ord> FromIterator<T> for SortedVecSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Vec::from_iter(elements).into()
    }
}

impl<T: Ord> From<Vec<T>> for SortedVecSet<T> {
    fn from(mut elements: Vec<T>) -> Self {
        elements.sort();
        elements.dedup();
        SortedVecSet { elements }
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for SortedVecSet<T> {
    fn from(elements: [T; N]) -> Self {
        Vec::from(elements).into()
    }
}
