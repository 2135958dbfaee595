//! How much memory a check may take, so that it ends with an honest "unknown" and not with the death of the process.

use std::fs;

/// Of what is free, so many parts in four are for the explored states. The rest is for what else grows, and for others.
const SHARE: usize = 3;

/// The default budget, in bytes; none where the system does not tell what is free.
pub(crate) fn default_budget() -> Option<usize> {
    let free = available(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    Some(free.min(limit.unwrap_or(usize::MAX)) / 4 * SHARE)
}

/// What the kernel says is available, in bytes.
fn available(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// A number of bytes as people write it: `1500000`, `64M`, `2G`.
///
/// # Errors
/// Says what a number of bytes looks like.
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((position, 'K' | 'k')) => (&text[..position], 1 << 10),
        Some((position, 'M' | 'm')) => (&text[..position], 1 << 20),
        Some((position, 'G' | 'g')) => (&text[..position], 1 << 30),
        _ => (text, 1),
    };
    let number = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| "a number of bytes is written like 1500000, 64M or 2G".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{available, bytes};

    #[test]
    fn the_kernel_counts_in_kibibytes() {
        assert_eq!(available("MemTotal:   9 kB\nMemAvailable:    2048 kB\n"), Some(2 << 20));
        assert_eq!(available("MemTotal:   9 kB\n"), None);
    }

    #[test]
    fn bytes_have_units() {
        assert_eq!(["17", "3K", "64M", "2g"].map(bytes), [17, 3 << 10, 64 << 20, 2 << 30].map(Ok));
        assert!(["", "M", "1.5G", "-1", "99999999999999999999"].into_iter().all(|text| bytes(text).is_err()));
    }
}
