//! Arithmetic that cannot go wrong in silence, and the two kinds of names: ids and epochs.

use std::fmt::Debug;
use std::hash::Hash;

/// A value would leave the range of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl std::fmt::Display for Overflow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a value would leave the range of its type")
    }
}

impl std::error::Error for Overflow {}

/// Integers that the language may add, subtract and multiply: generated code calls these in place of the operators.
pub trait CheckedArithmetic: Sized {
    /// The sum, if it is in range.
    fn checked_plus(self, other: Self) -> Option<Self>;
    /// The difference, if it is in range.
    fn checked_minus(self, other: Self) -> Option<Self>;
    /// The product, if it is in range.
    fn checked_times(self, other: Self) -> Option<Self>;
    /// The quotient, unless the divisor is zero.
    fn checked_over(self, other: Self) -> Option<Self>;
    /// The remainder, unless the divisor is zero.
    fn checked_modulo(self, other: Self) -> Option<Self>;
}

macro_rules! checked_arithmetic {
    ($($integer:ty),*) => {$(
        impl CheckedArithmetic for $integer {
            #[inline(always)]
            fn checked_plus(self, other: Self) -> Option<Self> { self.checked_add(other) }
            #[inline(always)]
            fn checked_minus(self, other: Self) -> Option<Self> { self.checked_sub(other) }
            #[inline(always)]
            fn checked_times(self, other: Self) -> Option<Self> { self.checked_mul(other) }
            #[inline(always)]
            fn checked_over(self, other: Self) -> Option<Self> { self.checked_div(other) }
            #[inline(always)]
            fn checked_modulo(self, other: Self) -> Option<Self> { self.checked_rem(other) }
        }
    )*};
}
checked_arithmetic!(u8, u16, u32, u64, i8, i16, i32, i64);

/// An integer that is kept between two bounds. `machine!` declares such types with `number Name = low..=high;`.
pub trait Bounded: Copy + Ord {
    /// The least value.
    const LEAST: Self;
    /// The greatest value.
    const GREATEST: Self;
    /// The value that is this integer, if it is in range.
    fn from_integer(integer: i64) -> Option<Self>;
    /// The integer that it is.
    fn integer(self) -> i64;

    /// The result of arithmetic, if there is one and it is in range. Generated code calls this behind every operator.
    #[inline(always)]
    fn checked(result: Option<i64>) -> Option<Self> {
        result.and_then(Self::from_integer)
    }

    /// The greatest value that a check explores, if it goes no higher than this.
    #[must_use]
    fn within(highest: Option<u64>) -> Self {
        let highest = highest.map(|highest| i64::try_from(highest).unwrap_or(i64::MAX));
        let lowest = Self::LEAST.integer();
        highest.and_then(|highest| Self::from_integer(highest.max(lowest))).unwrap_or(Self::GREATEST)
    }
}

/// What a machine can carry without looking into it. `machine!` declares such types with `opaque Name = path::Type;`.
#[diagnostic::on_unimplemented(
    message = "a machine cannot carry `{Self}`",
    note = "an opaque type has `Default`, `Clone`, `Eq`, `Hash` and `Debug`, is `Send` and `Sync`, and borrows nothing"
)]
pub trait Opaque: Default + Clone + Eq + Hash + Debug + Send + Sync + 'static {}

impl<T: Default + Clone + Eq + Hash + Debug + Send + Sync + 'static> Opaque for T {}

/// A name compared with `==` only. `machine!` declares such types with `id Name;`.
pub trait Id: Copy {
    /// The id with this number.
    fn from_number(number: u64) -> Self;
    /// The number behind it, for storage and display.
    fn number(self) -> u64;
}

/// A counter that only grows and fences out holders of an older value. `machine!` declares such types with
/// `epoch Name;`.
pub trait Epoch: Copy + Ord {
    /// The lowest value, older than every one in use.
    const ZERO: Self;
    /// The epoch with this number.
    fn from_number(number: u64) -> Self;
    /// The number behind it, for storage and display.
    fn number(self) -> u64;
    /// The next value; none after the last, because an epoch never wraps.
    fn checked_fresh(self) -> Option<Self> {
        self.number().checked_add(1).map(Self::from_number)
    }
}
