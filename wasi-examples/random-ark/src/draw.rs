//! Fresh randomness: the host gives 32 new bytes of the operating system's generator to every run.

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    fn random_get(buffer: *mut u8, length: usize) -> i32;
}

/// Each number from `min` to `max` is as likely as the others: a plain remainder would favour the
/// low ones, so what lies above the last whole multiple is drawn again.
pub fn between(min: i64, max: i64) -> Result<i64, String> {
    let span = max.wrapping_sub(min) as u64;
    if span == u64::MAX {
        return Ok(random_u64()? as i64);
    }
    let count = span + 1;
    let uneven = (u64::MAX % count + 1) % count;
    loop {
        let drawn = random_u64()?;
        if drawn <= u64::MAX - uneven {
            return Ok(min.wrapping_add((drawn % count) as i64));
        }
    }
}

fn random_u64() -> Result<u64, String> {
    let mut bytes = [0u8; 8];
    // Sound: the host writes at most `bytes.len()` bytes, which are ours.
    let error = unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
    match error {
        0 => Ok(u64::from_le_bytes(bytes)),
        _ => Err(format!("no randomness: error {error}")),
    }
}
