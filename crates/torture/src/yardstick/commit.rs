//! Group commit: one sync for everything that waits.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::error::Failure;

/// Requests that may wait for the disk; more wait in their connections.
const MOST_WAITING: usize = 65_536;
/// Requests made durable by one sync.
const MOST_TOGETHER: usize = 4_096;
/// Bytes of the file, written before it is used: a sync of a file that grows costs more.
const FILE_BYTES: u64 = 64 << 20;

#[derive(Debug)]
struct Entry {
    record: Vec<u8>,
    durable: oneshot::Sender<u64>,
}

/// A thread that owns the file.
#[derive(Clone, Debug)]
pub(super) struct Committer {
    entries: mpsc::Sender<Entry>,
}

impl Committer {
    /// Starts the thread; without a directory nothing is written and every entry counts as durable.
    pub(super) fn start(directory: Option<&Path>) -> Result<Self, Failure> {
        let file = directory.map(allocated).transpose()?;
        let (entries, waiting) = mpsc::channel(MOST_WAITING);
        thread::spawn(move || commit(waiting, file.as_ref()));
        Ok(Self { entries })
    }

    /// The number of a record that is durable; None when the thread has ended.
    pub(super) async fn durable(&self, record: Vec<u8>) -> Option<u64> {
        let (durable, answer) = oneshot::channel();
        self.entries.send(Entry { record, durable }).await.ok()?;
        answer.await.ok()
    }
}

fn allocated(directory: &Path) -> Result<File, Failure> {
    let path = directory.join("yardstick.log");
    std::fs::create_dir_all(directory).map_err(Failure::file(directory))?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path).map_err(Failure::file(&path))?;
    let zeros = vec![0; 1 << 20];
    for _ in 0..FILE_BYTES / (1 << 20) {
        file.write_all(&zeros).map_err(Failure::file(&path))?;
    }
    file.sync_all().map_err(Failure::file(&path))?;
    Ok(file)
}

/// A broken disk ends the process: what was promised durable is not.
fn commit(mut waiting: mpsc::Receiver<Entry>, file: Option<&File>) {
    let (mut together, mut batch, mut at, mut number) = (Vec::new(), Vec::new(), 0_u64, 0_u64);
    while waiting.blocking_recv_many(&mut together, MOST_TOGETHER) > 0 {
        if let Some(file) = file {
            batch.clear();
            for entry in &together {
                batch.extend_from_slice(&entry.record);
            }
            if at + batch.len() as u64 > FILE_BYTES {
                at = 0;
            }
            if file.write_all_at(&batch, at).and_then(|()| file.sync_data()).is_err() {
                std::process::exit(4);
            }
            at += batch.len() as u64;
        }
        for entry in together.drain(..) {
            number += 1;
            let _ = entry.durable.send(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn records_are_numbered_and_written_one_after_the_other() {
        let directory = std::env::temp_dir().join(format!("ringfence-torture-commit-{}", std::process::id()));
        let committer = Committer::start(Some(&directory)).expect("a directory");
        assert_eq!(committer.durable(b"one".to_vec()).await, Some(1));
        assert_eq!(committer.durable(b"two".to_vec()).await, Some(2));
        let written = std::fs::read(directory.join("yardstick.log")).expect("a file");
        assert_eq!((&written[..6], written.len() as u64), (&b"onetwo"[..], FILE_BYTES));
        std::fs::remove_dir_all(&directory).expect("removed");
    }
}
