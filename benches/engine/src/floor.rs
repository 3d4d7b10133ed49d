//! The traffic of memory that a hash needs, with nothing computed.

use std::thread;

use anyhow::{Context, Result};
use memmap2::{Advice, MmapMut};
use tc_calendar::hash::params::Params;

type Block = [u64; 128];

/// The traffic of memory alone: for each block, one that is at a random place is read, and the block is
/// written; from the second pass on, it is read before. What is read next is known early, and fetched. Each
/// thread has a part of the memory for itself.
pub(crate) struct Floor {
    map: MmapMut,
    start: usize,
    params: Params,
}

impl Floor {
    const HUGE: usize = 2 << 20;

    pub(crate) fn new(params: Params) -> Result<Self> {
        let map = MmapMut::map_anon(params.memory_kib() as usize * size_of::<Block>() + Self::HUGE)?;
        map.advise(Advice::HugePage)?;
        let start = map.as_ptr().align_offset(Self::HUGE);
        Ok(Self { map, start, params })
    }

    pub(crate) fn fill(&mut self, threads: u32) -> Result<()> {
        let (blocks, passes) = (self.params.memory_kib() as usize, self.params.iterations());
        let memory = &mut self.map[self.start..][..blocks * size_of::<Block>()];
        let memory: &mut [Block] = bytemuck::cast_slice_mut(memory);
        let mut parts = memory.chunks_mut(blocks.div_ceil(threads as usize));
        let mine = parts.next().context("no memory")?;
        thread::scope(|scope| {
            for part in parts {
                scope.spawn(|| fill(part, passes));
            }
            fill(mine, passes);
        });
        Ok(())
    }
}

fn fill(memory: &mut [Block], passes: u32) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut previous = [1; 128];
    let mut next = 0;
    for pass in 0..passes {
        for index in 0..memory.len() {
            let reference = next;
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            next = random as usize % if pass == 0 { index + 1 } else { memory.len() };
            for line in memory[next].as_chunks::<8>().0 {
                safe_arch::prefetch_t0(line);
            }
            for (word, other) in previous.iter_mut().zip(memory[reference]) {
                *word ^= other;
            }
            if pass > 0 {
                for (word, other) in previous.iter_mut().zip(memory[index]) {
                    *word ^= other;
                }
            }
            memory[index] = previous;
        }
    }
}
