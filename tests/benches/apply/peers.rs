//! The same machine with other crates. None of them says which guard refused; each is written as its manual does.

mod rust_fsm;
mod smlang;
mod statig;

pub(crate) use self::rust_fsm::RustFsm;
pub(crate) use self::smlang::Smlang;
pub(crate) use self::statig::Statig;
