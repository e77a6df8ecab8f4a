//! Bytes of a file, decompressed while they are read. What compresses them is told by their first bytes, not by a name.

use crate::error::{Fault, LONGEST_HEADER, show};
use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use zip::CompressionMethod;
use zip::ZipArchive;
use zip::result::ZipError;

/// How much of a file has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file, as compressed, that were read so far; runs ahead of the rows by a buffer.
    pub read: u64,
    /// Bytes of the whole file; 0 when unknown, as for a pipe.
    pub total: u64,
}

impl Progress {
    /// How fast it went so far and how long the rest will take at this rate; `None` before anything is read.
    ///
    /// ```
    /// use ringfence_market::{Pace, Progress};
    /// use std::time::Duration;
    /// let pace = Progress { read: 1_000, total: 4_000 }.pace(Duration::from_secs(2));
    /// assert_eq!(pace, Some(Pace { bytes_per_second: 500, left: Duration::from_secs(6) }));
    /// ```
    #[must_use]
    pub fn pace(self, elapsed: Duration) -> Option<Pace> {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let left = self.total.saturating_sub(self.read);
        let left = u128::from(left).saturating_mul(millis.into()).checked_div(self.read.into())?;
        Some(Pace {
            bytes_per_second: self.read.saturating_mul(1_000).checked_div(millis)?,
            left: Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX)),
        })
    }
}

/// How fast a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes of the file, as compressed, in a second.
    pub bytes_per_second: u64,
    /// How long the rest will take; zero for a file of unknown length.
    pub left: Duration,
}

/// Whether a file begins like a Parquet file. One that cannot be opened does not: whoever opens it says why.
pub(crate) fn is_parquet(path: &Path) -> bool {
    let mut head = [0_u8; 4];
    // A pipe would lose what is read here.
    path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"PAR1"
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// One or several gzip members.
    Gzip,
    /// A zip archive.
    Zip,
}

impl core::fmt::Display for Compression {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
        })
    }
}

/// Bytes read from and decompressed in one go.
const BUFFER: usize = 64 * 1024;

/// A file's content, decompressed.
pub(crate) struct Source {
    pub(crate) reader: BufReader<Box<dyn Read + Send>>,
    pub(crate) compression: Compression,
    read: Arc<AtomicU64>,
    total: u64,
}

impl Source {
    /// Detects the compression of `file`, which has `total` bytes.
    pub(crate) fn new<R: Read + Seek + Send + 'static>(mut file: R, total: u64) -> Result<Self, Fault> {
        let mut head = Vec::with_capacity(4);
        file.by_ref().take(4).read_to_end(&mut head).map_err(|error| Fault::Io { action: "read", error })?;
        let read = Arc::new(AtomicU64::new(0));
        let (compression, content): (_, Box<dyn Read + Send>) = if head.starts_with(b"PK\x03\x04") || head == b"PK\x05\x06" {
            (Compression::Zip, open_member(file, &read).map_err(zip_fault)?)
        } else {
            let gzip = head.starts_with(&[0x1f, 0x8b]);
            // The head is put back by chaining, not by seeking: a pipe cannot seek.
            let bytes = Counted { inner: Cursor::new(head).chain(file), read: Arc::clone(&read) };
            if gzip { (Compression::Gzip, Box::new(MultiGzDecoder::new(bytes))) } else { (Compression::Plain, Box::new(bytes)) }
        };
        Ok(Self { reader: BufReader::with_capacity(BUFFER, content), compression, read, total })
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress { read: self.read.load(Ordering::Relaxed), total: self.total }
    }

    /// Tells a file that fails to arrive from one that arrives damaged.
    pub(crate) fn fault(&self, error: io::Error) -> Fault {
        let compression = self.compression;
        if compression == Compression::Plain || error.raw_os_error().is_some() {
            return Fault::Io { action: "read", error };
        }
        let kind = error.kind();
        if kind == ErrorKind::UnexpectedEof {
            Fault::Truncated { compression }
        } else if kind == ErrorKind::InvalidData || kind == ErrorKind::InvalidInput {
            Fault::Corrupt { compression, detail: show(error.to_string().as_bytes(), LONGEST_HEADER) }
        } else {
            Fault::Io { action: "read", error }
        }
    }
}

/// Counts what is read, for whoever shows the progress.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(count)
    }
}

/// Holds the content of an archive against the checksum the archive gives.
struct Checked<R> {
    inner: R,
    sum: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.sum.sum() != self.expected {
            return Err(io::Error::new(ErrorKind::InvalidData, "the checksum differs"));
        }
        self.sum.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Why an archive cannot be opened.
enum ArchiveFault {
    Zip(ZipError),
    Here(Fault),
}

impl From<ZipError> for ArchiveFault {
    fn from(error: ZipError) -> Self {
        Self::Zip(error)
    }
}

impl From<io::Error> for ArchiveFault {
    fn from(error: io::Error) -> Self {
        Self::Zip(ZipError::Io(error))
    }
}

/// The one member of an archive, inflated while it is read.
///
/// The archive is only asked where the member lies: its own readers borrow it and could not be kept.
fn open_member<R: Read + Seek + Send + 'static>(file: R, read: &Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, ArchiveFault> {
    let corrupt = |detail: &str| ArchiveFault::Here(Fault::Corrupt { compression: Compression::Zip, detail: detail.to_owned() });
    let mut archive = ZipArchive::new(file)?;
    let index = only_csv(&archive).map_err(ArchiveFault::Here)?;
    let member = archive.by_index_raw(index)?;
    if member.encrypted() {
        return Err(corrupt("the member is encrypted"));
    }
    let start = member.data_start().ok_or_else(|| corrupt("the member has no place"))?;
    let (method, size, expected) = (member.compression(), member.compressed_size(), member.crc32());
    drop(member);
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start))?;
    read.store(start, Ordering::Relaxed);
    let bytes = Counted { inner: file.take(size), read: Arc::clone(read) };
    if method == CompressionMethod::Stored {
        Ok(Box::new(Checked { inner: bytes, sum: Crc::new(), expected }))
    } else if method == CompressionMethod::Deflated {
        Ok(Box::new(Checked { inner: DeflateDecoder::new(bytes), sum: Crc::new(), expected }))
    } else {
        Err(corrupt("a compression other than deflate"))
    }
}

/// Index of the one file in an archive, folders aside.
fn only_csv<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<usize, Fault> {
    let mut files = archive.file_names_raw().enumerate().filter(|(_, name)| !name.ends_with(b"/"));
    let seen = match (files.next(), files.next()) {
        (None, _) => "no file".to_owned(),
        (Some((index, name)), None) => {
            if name.to_ascii_lowercase().ends_with(b".csv") {
                return Ok(index);
            }
            format!("'{}'", show(name, LONGEST_HEADER))
        }
        (Some(_), Some(_)) => format!("{} files", files.count().saturating_add(2)),
    };
    Err(Fault::ZipMembers { seen })
}

fn zip_fault(fault: ArchiveFault) -> Fault {
    let compression = Compression::Zip;
    match fault {
        ArchiveFault::Here(fault) => fault,
        ArchiveFault::Zip(ZipError::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => Fault::Truncated { compression },
        ArchiveFault::Zip(ZipError::Io(error)) => Fault::Io { action: "read", error },
        ArchiveFault::Zip(error) => Fault::Corrupt { compression, detail: show(error.to_string().as_bytes(), LONGEST_HEADER) },
    }
}
