//! The registry once more, from its specification alone.
