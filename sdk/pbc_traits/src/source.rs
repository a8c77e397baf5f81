//! Where decoding reads from.

use std::io::{self, Read};

use crate::{Cause, DecodeError};

/// Most bytes that are reserved ahead of elements whose end is unknown.
const BLIND_RESERVE: usize = 4096;

/// Where decoding reads from: a slice, or a reader whose end is unknown.
pub trait Source {
    /// Whether there is one accepted encoding for each value: flags are 0 or 1, keys rise.
    const STRICT: bool;

    /// Bytes read so far.
    fn position(&self) -> usize;

    /// Bytes left, if the end is known.
    fn left(&self) -> Option<usize>;

    /// Fills `bytes` with what comes next.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), DecodeError>;

    /// The next `N` bytes.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError>;

    /// The next `length` bytes. Never reserves more than is there.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, DecodeError>;

    /// Notes that what follows is a part of what is being decoded.
    #[inline(always)]
    fn enter(&mut self, _step: Step) {}

    /// Notes that the part entered last is complete.
    #[inline(always)]
    fn leave(&mut self) {}

    /// The next byte.
    #[inline]
    fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A `bool` or option marker. Only strict sources insist on 0 and 1.
    #[inline]
    fn flag(&mut self) -> Result<bool, DecodeError> {
        let position = self.position();
        match self.byte()? {
            0 => Ok(false),
            byte if Self::STRICT && byte != 1 => {
                Err(DecodeError::at(position, Cause::InvalidFlag { byte }))
            }
            _ => Ok(true),
        }
    }

    /// Judges a `count` that has just been read, before any of its elements, each of which takes
    /// at least `min` bytes.
    #[inline]
    fn judge_count(&self, count: u32, min: usize) -> Result<usize, DecodeError> {
        let left = self.left();
        let fits = |left: usize| u64::from(count).saturating_mul(min as u64) <= left as u64;
        if count >> 31 == 0 && left.is_none_or(fits) {
            return Ok(count as usize);
        }
        let position = self.position() - size_of::<u32>();
        Err(DecodeError::at(position, Cause::InvalidLength { count, left }))
    }

    /// An empty vector for `count` elements, with no more reserved than there are bytes left.
    #[inline]
    fn vec_for<T>(&self, count: usize) -> Vec<T> {
        let room = self.left().unwrap_or(BLIND_RESERVE) / size_of::<T>().max(1);
        Vec::with_capacity(count.min(room))
    }

    /// A string of `length` bytes.
    fn string(&mut self, length: usize) -> Result<String, DecodeError> {
        let start = self.position();
        String::from_utf8(self.bytes(length)?).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(offset).copied().unwrap_or_default();
            DecodeError::at(start + offset, Cause::InvalidUtf8 { byte })
        })
    }
}

/// One step of the path to the part that is being decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field of a struct or variant.
    Field(&'static str),
    /// A variant of an enum.
    Variant(&'static str),
    /// An element, counted from 0.
    Index(usize),
    /// The key of an entry, counted from 0.
    Key(usize),
    /// The value of an entry, counted from 0.
    Value(usize),
}

/// Decodes a slice. Its end is known, so a count is judged before its elements.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Decoder<'a> {
    /// Decodes `bytes` from their start.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder { rest: bytes, length: bytes.len() }
    }

    /// What has not been read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Checks that everything has been read.
    ///
    /// # Errors
    ///
    /// [`Cause::TrailingBytes`].
    #[inline]
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(DecodeError::at(self.position(), Cause::TrailingBytes { left })),
        }
    }

    /// The next `length` bytes, without a copy.
    #[inline]
    pub fn slice(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.truncated(length)),
        }
    }

    #[cold]
    fn truncated(&self, wanted: usize) -> DecodeError {
        DecodeError::at(self.position(), Cause::Truncated { wanted })
    }
}

impl Source for Decoder<'_> {
    const STRICT: bool = false;

    #[inline]
    fn position(&self) -> usize {
        self.length - self.rest.len()
    }

    #[inline]
    fn left(&self) -> Option<usize> {
        Some(self.rest.len())
    }

    #[inline]
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), DecodeError> {
        self.slice(bytes.len()).map(|taken| bytes.copy_from_slice(taken))
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.rest.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(*taken)
            }
            None => Err(self.truncated(N)),
        }
    }

    #[inline]
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, DecodeError> {
        self.slice(length).map(<[u8]>::to_vec)
    }
}

/// Decodes a slice as a host loads stored state: one accepted encoding for each value, and an
/// error that says in which part it lies.
#[derive(Clone, Debug)]
pub struct StrictDecoder<'a> {
    decoder: Decoder<'a>,
    path: Vec<Step>,
}

impl<'a> StrictDecoder<'a> {
    /// Decodes `bytes` from their start.
    pub fn new(bytes: &'a [u8]) -> Self {
        StrictDecoder { decoder: Decoder::new(bytes), path: Vec::new() }
    }

    /// The part that is being decoded: after an error, the part that is wrong.
    pub fn path(&self) -> &[Step] {
        &self.path
    }

    /// Checks that everything has been read.
    ///
    /// # Errors
    ///
    /// [`Cause::TrailingBytes`].
    pub fn finish(&self) -> Result<(), DecodeError> {
        self.decoder.finish()
    }
}

impl Source for StrictDecoder<'_> {
    const STRICT: bool = true;

    #[inline]
    fn position(&self) -> usize {
        self.decoder.position()
    }

    #[inline]
    fn left(&self) -> Option<usize> {
        self.decoder.left()
    }

    #[inline]
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), DecodeError> {
        self.decoder.fill(bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.decoder.array()
    }

    #[inline]
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, DecodeError> {
        self.decoder.bytes(length)
    }

    #[inline]
    fn enter(&mut self, step: Step) {
        self.path.push(step);
    }

    #[inline]
    fn leave(&mut self) {
        self.path.pop();
    }
}

/// Decodes what any reader gives. Its end is unknown: a false count is found where the bytes end.
#[derive(Debug)]
pub struct Reader<'a, R: Read> {
    reader: &'a mut R,
    position: usize,
}

impl<'a, R: Read> Reader<'a, R> {
    /// Decodes what `reader` gives from now on.
    pub fn new(reader: &'a mut R) -> Self {
        Reader { reader, position: 0 }
    }
}

impl<R: Read> Source for Reader<'_, R> {
    const STRICT: bool = false;

    fn position(&self) -> usize {
        self.position
    }

    fn left(&self) -> Option<usize> {
        None
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), DecodeError> {
        let cause = Cause::Truncated { wanted: bytes.len() };
        self.reader.read_exact(bytes).map_err(|_| DecodeError::at(self.position, cause))?;
        self.position += bytes.len();
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, DecodeError> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let start = bytes.len();
            bytes.resize(length.min(start + BLIND_RESERVE), 0);
            self.fill(&mut bytes[start..])?;
        }
        Ok(bytes)
    }
}

/// A source seen as a reader, for codecs that are written by hand over [`Read`].
pub(crate) struct SourceReader<'a, S>(pub(crate) &'a mut S);

impl<S: Source> Read for SourceReader<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.0.left().map_or(buffer.len(), |left| left.min(buffer.len()));
        self.0
            .fill(&mut buffer[..wanted])
            .map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error))?;
        Ok(wanted)
    }
}

/// The smallest of `sizes`, or 0 if there is none: the least bytes that an enum's variants take.
pub const fn min_of(sizes: &[usize]) -> usize {
    let mut index = 0;
    let mut smallest = usize::MAX;
    while index < sizes.len() {
        if sizes[index] < smallest {
            smallest = sizes[index];
        }
        index += 1;
    }
    if sizes.is_empty() {
        0
    } else {
        smallest
    }
}
