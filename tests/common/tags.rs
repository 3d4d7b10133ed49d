//! Tags of the engine and of the crate `argon2`, for the random tests and the fuzzer.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder};
use tc_calendar::hash::encoded::{Variant, Version};
use tc_calendar::hash::engine::{Engine, Input, Kernel};
use tc_calendar::hash::params::Params;

/// The tag of the crate `argon2`, which takes up to 32 bytes of associated data.
pub fn by_the_crate(
    variant: Variant,
    version: Version,
    params: Params,
    input: Input<'_>,
    bytes: usize,
) -> Vec<u8> {
    let algorithm = match variant {
        Variant::Argon2d => Algorithm::Argon2d,
        Variant::Argon2i => Algorithm::Argon2i,
        Variant::Argon2id => Algorithm::Argon2id,
    };
    let version = match version {
        Version::V16 => argon2::Version::V0x10,
        Version::V19 => argon2::Version::V0x13,
    };
    let its_params = ParamsBuilder::new()
        .m_cost(params.memory_kib())
        .t_cost(params.iterations())
        .p_cost(params.parallelism())
        .data(AssociatedData::new(input.associated_data).unwrap())
        .output_len(bytes)
        .build()
        .unwrap();
    let mut tag = vec![0; bytes];
    Argon2::new_with_secret(input.secret, algorithm, version, its_params)
        .unwrap()
        .hash_password_into(input.password, input.salt, &mut tag)
        .unwrap();
    tag
}

/// Takes everything that goes into a tag from the bytes, and says whether they were enough. All kernels give the tag of
/// the crate `argon2`.
pub fn tags(bytes: &[u8]) -> bool {
    let Some((&[kind, lanes, iterations, low, high, threads, tag_bytes, salt, secret, data], rest)) =
        bytes.split_first_chunk()
    else {
        return false;
    };
    let variant = [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id][usize::from(kind % 3)];
    let version = if kind < 128 { Version::V19 } else { Version::V16 };
    let (lanes, more) = (u64::from(lanes % 12) + 1, u64::from(u16::from_le_bytes([low, high]) % 4_096));
    let params = Params::new(8 * lanes + more, u64::from(iterations % 4) + 1, lanes).unwrap();
    let cut = |text: &mut &[u8], length: usize| {
        let part;
        (part, *text) = text.split_at(length.min(text.len()));
        part.to_vec()
    };
    let mut rest = rest;
    let mut salt = cut(&mut rest, salt.into());
    salt.resize(salt.len().max(8), 0);
    let secret = cut(&mut rest, secret.into());
    let associated_data = cut(&mut rest, usize::from(data) % (AssociatedData::MAX_LEN + 1));
    let input = Input { password: rest, salt: &salt, secret: &secret, associated_data: &associated_data };
    let tag_bytes = usize::from(tag_bytes) + 4;
    let expected = by_the_crate(variant, version, params, input, tag_bytes);
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        let engine = Engine::new(variant, version, params, threads.into());
        let mut engine = engine.with_kernel(kernel);
        for _ in 0..2 {
            let mut tag = vec![0; tag_bytes];
            engine.derive(input, &mut tag).unwrap();
            assert_eq!(tag, expected, "{kernel:?}, {variant:?}, {version:?}, {params}, {threads} threads");
        }
    }
    true
}
