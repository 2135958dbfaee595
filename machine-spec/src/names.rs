//! Ids and epochs as names: what a packer may call otherwise, and how ids are told apart without their names.

/// What a packer calls the ids and epochs of a machine, and which of them it has met.
///
/// Types are known by their index in [`MachineSpec::types`](crate::spec::MachineSpec::types). The numbers are those of
/// epochs, and of ids less one: both start with zero.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By type: what each number is called; a number beyond keeps its own.
    called: Vec<Vec<u64>>,
    /// By type: the numbers met, a bit for each.
    met: Vec<u128>,
    /// A number was met that has no bit.
    beyond: bool,
}

impl Names {
    /// Everything keeps its name, in a machine of so many types.
    #[must_use]
    pub fn new(types: usize) -> Self {
        Self { called: vec![Vec::new(); types], met: vec![0; types], beyond: false }
    }

    /// Sets what the numbers of a type are called, from zero on. Different numbers need different names, and those of
    /// epochs the same order.
    pub fn call(&mut self, of: usize, names: &[u64]) {
        self.called[of].clear();
        self.called[of].extend_from_slice(names);
    }

    /// The numbers of a type that were met since the last [`Packer::clear`](crate::Packer::clear), a bit for each.
    #[must_use]
    pub fn met(&self, of: usize) -> u128 {
        self.met[of]
    }

    /// Whether a number above 127 was met, for which there is no bit.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        self.beyond
    }

    pub(crate) fn forget(&mut self) {
        self.met.fill(0);
        self.beyond = false;
    }

    pub(crate) fn meet(&mut self, of: usize, number: u64) -> u64 {
        if number < 128 {
            self.met[of] |= 1 << number;
        } else {
            self.beyond = true;
        }
        self.name(of, number)
    }

    pub(crate) fn name(&self, of: usize, number: u64) -> u64 {
        let called = usize::try_from(number).ok().and_then(|number| self.called[of].get(number));
        called.copied().unwrap_or(number)
    }
}

/// A number for each id of a state, from where the id occurs in it and not from its name: in states that differ in names
/// only, what is one id but for its name has one signature.
///
/// It is a sum over the places where the id occurs: a place is told by what stands in front of it and, in an entry of a
/// collection under ids, by what else stands in the entry; the entries themselves are added up, because their order is
/// that of names. Two ids may have one signature and different parts in a state; signatures cut down what has to be
/// tried, and decide nothing.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    /// By type: its ids have signatures.
    of: Vec<bool>,
    /// By type, by number.
    sums: Vec<Vec<u64>>,
    /// The entries that are being written, the innermost last; the first stands for the state.
    frames: Vec<Frame>,
}

#[derive(Clone, Debug)]
struct Frame {
    /// Of what was written.
    hash: u64,
    /// Of the entries within, in no order.
    entries: u64,
    /// The ids met.
    ids: Vec<(usize, u64)>,
}

impl Frame {
    const fn new(hash: u64) -> Self {
        Self { hash, entries: 0, ids: Vec::new() }
    }
}

impl Signatures {
    /// Of the ids of some types, in a machine of so many.
    #[must_use]
    pub fn new(types: usize, ids: &[usize]) -> Self {
        let of = (0..types).map(|of| ids.contains(&of)).collect();
        Self { of, sums: vec![Vec::new(); types], frames: vec![Frame::new(0)] }
    }

    /// The signature of an id, by its number less one.
    #[must_use]
    pub fn get(&self, of: usize, number: u64) -> u64 {
        let sum = usize::try_from(number).ok().and_then(|number| self.sums[of].get(number));
        sum.copied().unwrap_or(0)
    }

    pub(crate) fn has(&self, of: usize) -> bool {
        self.of[of]
    }

    pub(crate) fn forget(&mut self) {
        self.sums.iter_mut().for_each(Vec::clear);
        self.frames.clear();
        self.frames.push(Frame::new(0));
    }

    pub(crate) fn push(&mut self, value: u64, bits: u32) {
        if let Some(frame) = self.frames.last_mut() {
            frame.hash = mix(frame.hash ^ value, u64::from(bits));
        }
    }

    pub(crate) fn meet(&mut self, of: usize, number: u64) {
        if let Some(frame) = self.frames.last_mut() {
            frame.hash = mix(frame.hash, of as u64);
            frame.ids.push((of, number));
        }
    }

    /// Begins an entry whose place among the others is that of its name.
    pub(crate) fn open(&mut self) {
        let hash = self.frames.last().map_or(0, |frame| frame.hash);
        self.frames.push(Frame::new(mix(hash, 1)));
    }

    /// Ends it.
    pub(crate) fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        for (place, (of, number)) in frame.ids.into_iter().enumerate() {
            let Ok(number) = usize::try_from(number) else { continue };
            let sums = &mut self.sums[of];
            if sums.len() <= number {
                sums.resize(number + 1, 0);
            }
            sums[number] = sums[number].wrapping_add(mix(frame.hash, place as u64));
        }
        if let Some(outer) = self.frames.last_mut() {
            outer.entries = outer.entries.wrapping_add(mix(frame.hash, 2));
        }
    }

    /// Ends a collection.
    pub(crate) fn settle(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.hash = mix(frame.hash, frame.entries);
            frame.entries = 0;
        }
    }
}

/// Two multiplications and shifts, as in many hash functions: every bit of both ends up anywhere.
fn mix(one: u64, other: u64) -> u64 {
    let mixed = (one ^ other.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 29)
}
