//! The licences of all that is linked into the program, as `packaging/licenses/collect` writes them for each target of a
//! release. Linux on another processor has that for x86-64, which may name other libraries.

#[cfg(all(target_os = "linux", target_arch = "aarch64", not(portable)))]
pub const TEXT: &str = include_str!("../../packaging/licenses/aarch64-unknown-linux-gnu.txt");
#[cfg(all(target_os = "linux", not(target_arch = "aarch64"), not(portable)))]
pub const TEXT: &str = include_str!("../../packaging/licenses/x86_64-unknown-linux-gnu.txt");
#[cfg(windows)]
pub const TEXT: &str = include_str!("../../packaging/licenses/x86_64-pc-windows-gnu.txt");
#[cfg(any(portable, not(any(target_os = "linux", windows))))]
pub const TEXT: &str = include_str!("../../packaging/licenses/portable.txt");
