//! Runs spread over the cores; the results in order, whatever the number of cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Runs these numbers, each once, on so many threads, and hands each result to `keep` as soon as it is there, in no order. The first error
/// ends it: what runs is finished, nothing more is begun.
///
/// # Errors
/// The error of the run with the least place among those that failed.
pub fn over_cores<T, E, R, K>(numbers: &[usize], workers: usize, run: R, keep: K) -> Result<(), E>
where
    T: Send,
    E: Send,
    R: Fn(usize) -> Result<T, E> + Sync,
    K: FnMut(usize, T) -> Result<(), E> + Send,
{
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let keep = Mutex::new((keep, None::<(usize, E)>));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(number) = numbers.get(place).copied().filter(|_| !stop.load(Ordering::Relaxed)) else { return };
            let ran = run(number);
            let mut kept = keep.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (keep, failed) = &mut *kept;
            if let Err(error) = ran.and_then(|result| keep(number, result)) {
                stop.store(true, Ordering::Relaxed);
                if failed.as_ref().is_none_or(|(earlier, _)| place < *earlier) {
                    *failed = Some((place, error));
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let (_, failed) = keep.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.map_or(Ok(()), |(_, error)| Err(error))
}
