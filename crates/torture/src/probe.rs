//! What the disk takes to make a write durable: the part of a durable order's time that is not the server's.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::histogram::Histogram;

/// Bytes of one write: a page.
const PAGE: usize = 4096;
/// Pages of the file, which is written before it is measured: a growing file costs more than its data.
const PAGES: u64 = 256;

/// A file that is written and synced again and again, and removed at the end.
#[derive(Debug)]
pub struct Probe {
    file: File,
    path: PathBuf,
    page: u64,
}

impl Probe {
    /// Makes the file in a directory.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn new(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(format!(".fdatasync-probe-{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path).map_err(Failure::file(&path))?;
        for _ in 0..PAGES {
            file.write_all(&[0; PAGE]).map_err(Failure::file(&path))?;
        }
        file.sync_all().map_err(Failure::file(&path))?;
        Ok(Self { file, path, page: 0 })
    }

    /// Writes a page, syncs it, and says how long both took.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn once(&mut self) -> Result<Duration, Failure> {
        self.page += 1;
        let fill = [self.page.to_le_bytes()[0]; PAGE];
        let begun = Instant::now();
        self.file.write_all_at(&fill, self.page % PAGES * PAGE as u64).map_err(Failure::file(&self.path))?;
        self.file.sync_data().map_err(Failure::file(&self.path))?;
        Ok(begun.elapsed())
    }

    /// Writes one after the other for a time.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn during(mut self, time: Duration) -> Result<Histogram, Failure> {
        let (mut times, end) = (Histogram::new(), Instant::now() + time);
        while Instant::now() < end {
            times.record(self.once()?);
        }
        Ok(times)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A probe beside a load: one sync every 10 ms, so that it sees the disk as the server does and hardly slows it.
#[derive(Debug)]
pub struct Beside {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Histogram, Failure>>,
}

impl Beside {
    /// Starts the probe.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn start(directory: &Path) -> Result<Self, Failure> {
        let mut probe = Probe::new(directory)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut times = Histogram::new();
            while !stopped.load(Ordering::Relaxed) {
                times.record(probe.once()?);
                thread::sleep(Duration::from_millis(10));
            }
            Ok(times)
        });
        Ok(Self { stop, thread })
    }

    /// Ends the probe.
    ///
    /// # Errors
    /// When the disk refused.
    pub fn stop(self) -> Result<Histogram, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| Failure::Server("the probe of the disk ended early".to_owned()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_measures_and_leaves_nothing_behind() {
        let directory = std::env::temp_dir().join(format!("ringfence-torture-probe-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let times = Probe::new(&directory).expect("a probe").during(Duration::from_millis(20)).expect("a disk");
        let beside = Beside::start(&directory).expect("a probe");
        assert!(beside.stop().is_ok());
        assert!(times.count() > 0 && times.longest() > Duration::ZERO);
        assert_eq!(std::fs::read_dir(&directory).expect("readable").count(), 0);
        std::fs::remove_dir(&directory).expect("removed");
    }
}
